# SPDX-License-Identifier: Apache-2.0
"""Trees that firmware may hand over: memory told of twice, in odd pieces, reserved to the end."""
import os
import subprocess

from harness import test
from harness.guest import boot_guests, passes
from harness.place import ARCH

MEMORY = "\tmemory@80000000 {"
REG = "reg = <0x00 0x80000000 0x00 0x10000000>"
TREES = {
    "memory told of twice":
        (MEMORY, '\tmemory@88000000 { device_type = "memory"; '
                 "reg = <0 0x88000000 0 0x07ff1234>; };\n" + MEMORY),
    "memory in odd pieces":
        (REG, "reg = <0 0x80000000 0 0x6000801 0 0x86100fff 0 0x9eff001>"),
    "a reservation to the end of all addresses":
        (MEMORY, "\treserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;\n"
                 "\ta@84000000 { reg = <0 0x84000000 0xffffffff 0xffff0000>; };\n"
                 "\tb@83000123 { reg = <0 0x83000123 0 0x111>; no-map; }; };\n" + MEMORY),
}


def board_tree(t):
    """The source of the tree that QEMU's board gives to the firmware."""
    path = os.path.join(t.tmp, "board.dtb")
    qemu = os.environ.get("QEMU") or "qemu-system-" + ARCH
    subprocess.run(["timeout", "-k", "5", "20", qemu, "-M", "virt,dumpdtb=" + path, "-cpu",
                    "rv64,h=true", "-m", "256M", "-smp", "1", "-display", "none"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


@test
def host_trees(t):
    board = board_tree(t)
    for n, (what, (old, new)) in enumerate(TREES.items()):
        t.equal(f"{what}: the board's tree has the place", board.count(old), 1)
        path = os.path.join(t.tmp, f"host{n}.dtb")
        subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", path], check=True,
                       input=board.replace(old, new), text=True, stderr=subprocess.DEVNULL)
        passes(t, boot_guests(t, ["board"], extra=["-dtb", path]), ["board"])
