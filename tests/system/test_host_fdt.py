# SPDX-License-Identifier: Apache-2.0
"""Trees that firmware may hand over: memory told of twice, in odd pieces, reserved to the end;
and one that it does not hand over."""
import os
import re
import struct
import subprocess

from harness import test_on
from harness.arch import THIS
from harness.guest import boot_guests, describe, passes
from harness.machine import dump_tree
from harness.place import ARCH, built

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


def board_tree(t, smp=1):
    """The source of the tree that QEMU's board gives to the firmware."""
    path = os.path.join(t.tmp, "board.dtb")
    dump_tree(path, {"riscv64": ["-M", "virt", "-cpu", "rv64,h=true"],
                     "aarch64": ["-M", "virt,gic-version=3,virtualization=on", "-cpu", "max"]}[ARCH],
              "256M", smp)
    return subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def compiled(t, source, name):
    """The path of a tree by its source."""
    path = os.path.join(t.tmp, name)
    subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", path], check=True,
                   input=source, text=True, stderr=subprocess.DEVNULL)
    return path


@test_on("riscv64")
def interrupts_of_other_harts(t):
    # As where the hart that boots is of another socket: the PLIC has a context of hart 1 only.
    board = board_tree(t, smp=2)
    contexts = re.search(r"interrupts-extended = <(0x\w+ 0x0b 0x\w+) 0x09 0x\w+ 0x0b 0x\w+ 0x09>", board)
    if not t.check("the board's tree has the place", contexts):
        return
    board = board.replace(contexts.group(1) + " 0x09", contexts.group(1) + " 0xffffffff")
    tree = ["-dtb", compiled(t, board, "other.dtb")]
    m = boot_guests(t, ["board"], extra=tree)
    passes(t, m, ["board"])
    t.equal("that is told once", m.count("CPU 0 has no context, it takes no external interrupts$"), 1)
    t.check("the disk is polled", m.find("no interrupt, so it is polled$"))
    t.check("so is the terminal", m.find("no interrupt, so the terminal is polled$"))
    vm = describe("typed", "/tests/typed", 16, chosen='bootargs = "dbcn";')
    m = t.boot(disk=t.disk(vms=[("10-typed", vm)], files={"/tests/typed": "tests/guests/typed"}),
               extra=tree)
    m.expect("typed: ready")
    m.send("0123456789abcdefghijklmnopqrstuvwxyz")
    m.expect("typed: .*\n")
    t.check("what is typed arrives", m.find("^typed: 0123456789abcdefghijklmnopqrstuvwxyz$"))


@test_on("riscv64", "aarch64")
def host_trees(t):
    board = board_tree(t)
    for n, (what, (old, new)) in enumerate(TREES.items()):
        t.equal(f"{what}: the board's tree has the place", board.count(old), 1)
        path = compiled(t, board.replace(old, new), f"host{n}.dtb")
        passes(t, boot_guests(t, ["board"], extra=["-dtb", path]), ["board"])


# A firmware: copies the tree that QEMU passes to the start of memory, and starts what is here.
BL33 = 0x60000000
FIRMWARE = [
    0xd2a80002,  # mov x2, #0x40000000
    0xd2a00203,  # mov x3, #0x100000
    0xa8c11404,  # ldp x4, x5, [x0], #16
    0xa8811444,  # stp x4, x5, [x2], #16
    0xf1004063,  # subs x3, x3, #16
    0x54ffffa1,  # b.ne .-12
    0xd2ac0001,  # mov x1, #0x60000000
]
X0 = {
    "its number without its upper half, as TF-A has it": [0xd53800a0,   # mrs x0, mpidr_el1
                                                          0x92403c00],  # and x0, x0, #0xffff
    "its number": [0xd53800a0],                                         # mrs x0, mpidr_el1
    "0": [0xd2800000],                                                  # mov x0, #0
}
BRANCH = 0xd61f0020  # br x1


def image(code):
    """A Linux Image of these instructions."""
    size = 64 + 4 * len(code)
    header = struct.pack("<II6Q4sI", 0x14000010, 0, 0, size, 2, 0, 0, 0, b"ARM\x64", 0)
    return header + struct.pack(f"<{len(code)}I", *code)


@test_on("aarch64")
def no_tree_is_passed(t):
    for n, (what, code) in enumerate(X0.items()):
        path = os.path.join(t.tmp, f"firmware{n}.bin")
        with open(path, "wb") as f:
            f.write(image(FIRMWARE + code + [BRANCH]))
        lodge = f"loader,file={built('lodge.bin')},addr={BL33:#x},force-raw=on"
        t.note(f"x0 of the CPU that starts Lodge is {what}")
        passes(t, boot_guests(t, ["board"], image=path, mem="1G", extra=["-device", lodge]),
               ["board"])
