# SPDX-License-Identifier: Apache-2.0
"""EDK2 for QEMU's virt board, as the distribution has it: it runs from flash."""
import os

from harness import test
from harness.arch import THIS
from harness.guest import describe, second_flash
from harness.machine import dump_tree
from harness.place import ARCH

FIRMWARE = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"


@test
def edk2_in_flash(t):
    if ARCH != "aarch64":
        t.skip("there is no EDK2 for this board")
    if not os.path.exists(FIRMWARE):
        t.skip(f"{FIRMWARE} is not installed. Try: make setup")
    tree = os.path.join(t.tmp, "board.dtb")
    dump_tree(tree, THIS.qemu, "256M")
    # Its variables are in the second bank, which it finds in the tree and formats.
    vm = describe("edk2", "/edk2.fd", mib=256, chosen='load = <0>; dtb = "/board.dtb";',
                  more="memory@0 { reg = <0 0 0 0x4000000>; read-only; };",
                  devices=second_flash(0x4000000))
    m = t.boot(disk=t.disk(vms=[vm], files={"/edk2.fd": FIRMWARE, "/board.dtb": tree}),
               mem="512M")
    m.expect("UEFI firmware")
    m.expect("UEFI Interactive Shell")
    m.expect(r"Press .*ESC")
    m.type("\x1b")
    m.expect("Shell> ")
    t.check("it comes to its shell", True)
    m.send("reset -s")
    t.equal("reset -s ends the machine well", m.wait(), 0)
    t.check("by the firmware's call",
            m.find(r"^lodge: vm edk2: powered off \(type shutdown, reason none\)"))
