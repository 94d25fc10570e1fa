# SPDX-License-Identifier: Apache-2.0
"""EDK2 for QEMU's virt boards, as the distribution has it: it runs from flash."""
import os

from harness import test
from harness.arch import THIS
from harness.guest import describe, second_flash
from harness.machine import dump_tree
from harness.place import ARCH

# The package's file, where the board has its flash, and the size of a bank.
FIRMWARE, FLASH, BANK = {
    "aarch64": ("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", 0, 0x4000000),
    "riscv64": ("/usr/share/qemu-efi-riscv64/RISCV_VIRT_CODE.fd", 0x20000000, 0x2000000),
}.get(ARCH, (None, 0, 0))


def firmware(t):
    """What is in it, without what fills the bank; where there is none the test is skipped."""
    if not FIRMWARE:
        t.skip("there is no EDK2 for this board")
    if not os.path.exists(FIRMWARE):
        t.skip(f"{FIRMWARE} is not installed. Debian has qemu-efi-aarch64 since long, "
               "qemu-efi-riscv64 from 13 on. Try: make setup")
    with open(FIRMWARE, "rb") as f:
        return f.read().rstrip(b"\0")


@test
def edk2_in_flash(t):
    code = firmware(t)
    tree = os.path.join(t.tmp, "board.dtb")
    dump_tree(tree, THIS.qemu, "256M")
    # Its variables are in the second bank, which it finds in the tree and formats.
    vm = describe("edk2", "/edk2.fd", mib=256,
                  chosen=f'load = <{FLASH:#x}>; dtb = "/board.dtb";',
                  more=f"memory@{FLASH:x} {{ reg = <0 {FLASH:#x} 0 {BANK:#x}>; read-only; }};",
                  devices=second_flash(BANK))
    m = t.boot(disk=t.disk(vms=[vm], files={"/edk2.fd": code, "/board.dtb": tree}), mem="512M")
    m.expect("UEFI Interactive Shell")
    m.expect(r"Press .*ESC")
    m.type("\x1b")
    m.expect("Shell> ")
    t.check("it comes to its shell", True)
    m.send("reset -s")
    t.equal("reset -s ends the machine well", m.wait(), 0)
    t.check("by the firmware's call",
            m.find(r"^lodge: vm edk2: powered off \(type shutdown, reason none\)"))
    t.check("the places for virtio devices, which it looks at, are empty ones",
            not m.find(r"vm edk2: (nothing is at|no device emulates)"))
