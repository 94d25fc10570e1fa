# SPDX-License-Identifier: Apache-2.0
"""U-Boot's supervisor-mode build for QEMU's virt, as the distribution has it."""
import os
import time

from harness import test
from harness.guest import describe
from harness.place import ARCH

FOLDER = f"/usr/lib/u-boot/qemu-{ARCH}_smode"

EXTENSIONS = ("Set Timer", "Console Putchar", "Console Getchar", "Clear IPI", "Send IPI",
              "Remote FENCE.I", "Remote SFENCE.VMA", "Remote SFENCE.VMA with ASID",
              "System Shutdown", "SBI Base Functionality", "Timer Extension", "IPI Extension",
              "RFENCE Extension", "Hart State Management Extension", "System Reset Extension")


def boot(t, image, **options):
    """A machine at U-Boot's prompt."""
    path = os.path.join(FOLDER, image)
    if not os.path.exists(path):
        t.skip(f"{path} is not installed. Try: make setup")
    disk = t.disk(vms=[describe("u-boot", "/u-boot/" + image, mib=128)],
                  files={"/u-boot/" + image: path})
    m = t.boot(disk=disk, **options)
    m.expect("Hit any key to stop autoboot", 30)
    m.type(" ")
    m.expect("=> ", 10)
    return m


def run(m, command):
    """What @command prints."""
    m.send(command)
    m.expect(r"\n", 10)
    return m.expect(r"(?s)(.*?)=> $", 20).group(1).replace("\r", "")


@test
def u_boot_as_elf(t):
    m = boot(t, "uboot.elf")
    t.check("it finds the board and its RAM", m.find(r"^Model: ") and m.find(r"^DRAM: +128 MiB"))
    t.check("version", "U-Boot 20" in run(m, "version"))
    sbi = run(m, "sbi")
    t.check("sbi: the specification's version", sbi.startswith("SBI 2.0"), sbi)
    t.check("sbi: an implementation of our own", "Unknown implementation ID" in sbi, sbi)
    listed = [n.strip() for n in sbi.partition("Extensions:")[2].splitlines() if n.strip()]
    t.equal("sbi: what there is, and nothing else", sorted(listed), sorted(EXTENSIONS))
    info = run(m, "bdinfo")
    t.check("bdinfo: where its RAM is", "start    = 0x0000000080000000" in info
            and "size     = 0x0000000008000000" in info, info)
    start = time.monotonic()
    run(m, "sleep 1")
    took = time.monotonic() - start
    t.check("sleep 1 takes a second", 0.9 < took < 10, f"{took:.2f} s")
    m.send("poweroff")
    t.equal("poweroff ends the machine well", m.wait(20), 0)
    t.check("without a reason",
            m.find(r"^lodge: vm u-boot: powered off \(type shutdown, reason none\)"))


@test
def u_boot_as_raw_image(t):
    m = boot(t, "u-boot.bin")
    t.check("it runs from the board's default address", m.find(r"^U-Boot 20"))
    m.send("reset")
    m.expect(r"lodge: vm u-boot: reset in place", 20)
    m.expect("Hit any key to stop autoboot", 30)
    m.type(" ")
    m.expect("=> ", 10)
    t.equal("after reset it starts again", m.count(r"^U-Boot 20"), 2)
    m.send("poweroff")
    t.equal("and powers off", m.wait(20), 0)
