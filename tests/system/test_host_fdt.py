# SPDX-License-Identifier: Apache-2.0
"""Trees that firmware may hand over: memory told of twice, in odd pieces, reserved to the end."""
import os
import subprocess

from harness import test_on
from harness.arch import THIS
from harness.guest import boot_guests, passes
from harness.machine import dump_tree
from harness.place import ARCH

RAM = THIS.ram
MEMORY = f"\tmemory@{RAM:x} {{"
REG = f"reg = <0x00 {RAM:#x} 0x00 0x10000000>"
TREES = {
    "memory told of twice":
        (MEMORY, '\tmemory@ff { device_type = "memory"; '
                 f"reg = <0 {RAM + 0x8000000:#x} 0 0x07ff1234>; }};\n" + MEMORY),
    "memory in odd pieces":
        (REG, f"reg = <0 {RAM:#x} 0 0x6000801 0 {RAM + 0x6100fff:#x} 0 0x9eff001>"),
    "a reservation to the end of all addresses":
        (MEMORY, "\treserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;\n"
                 f"\ta@84 {{ reg = <0 {RAM + 0x4000000:#x} 0xffffffff 0xffff0000>; }};\n"
                 f"\tb@83 {{ reg = <0 {RAM + 0x3000123:#x} 0 0x111>; no-map; }}; }};\n" + MEMORY),
}


def board_tree(t):
    """The source of the tree that QEMU's board gives to the firmware."""
    path = os.path.join(t.tmp, "board.dtb")
    dump_tree(path, {"riscv64": ["-M", "virt", "-cpu", "rv64,h=true"],
                     "aarch64": ["-M", "virt,gic-version=3,virtualization=on", "-cpu", "max"]}[ARCH],
              "256M")
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


@test_on("riscv64", "aarch64")
def host_trees(t):
    board = board_tree(t)
    for n, (what, (old, new)) in enumerate(TREES.items()):
        t.equal(f"{what}: the board's tree has the place", board.count(old), 1)
        path = os.path.join(t.tmp, f"host{n}.dtb")
        subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", path], check=True,
                       input=board.replace(old, new), text=True, stderr=subprocess.DEVNULL)
        passes(t, boot_guests(t, ["board"], extra=["-dtb", path]), ["board"])
