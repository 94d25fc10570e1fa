# SPDX-License-Identifier: Apache-2.0
"""U-Boot's builds for QEMU's virt boards, as the distribution has them."""
import datetime
import os
import re
import time

from harness import test, test_on
from harness.guest import describe, second_flash
from harness.place import ARCH

# The package's folder, where the board's RAM is, and where an ELF file linked for flash goes.
BUILD, RAM, LOAD = {
    "riscv64": ("qemu-riscv64_smode", 0x80000000, ""),
    "aarch64": ("qemu_arm64", 0x40000000, "load = <0x40200000>;"),
}.get(ARCH, (None, 0, ""))

FOLDER = os.path.join("/usr/lib/u-boot", BUILD or "")

# The second bank, where U-Boot for arm64 looks for its environment.
FLASH = second_flash(0x4000000) if ARCH == "aarch64" else ""

# Those that this U-Boot has no name for are not listed.
EXTENSIONS = ("Set Timer", "Console Putchar", "Console Getchar", "Clear IPI", "Send IPI",
              "Remote FENCE.I", "Remote SFENCE.VMA", "Remote SFENCE.VMA with ASID",
              "System Shutdown", "SBI Base Functionality", "Timer Extension", "IPI Extension",
              "RFENCE Extension", "Hart State Management Extension", "System Reset Extension",
              "Debug Console Extension", "Steal-time Accounting Extension")


def prompt(m):
    """Stops U-Boot from booting something."""
    m.expect("Hit any key to stop autoboot")
    m.type(" ")
    m.expect("=> ")


def boot(t, image, **more):
    """A machine at U-Boot's prompt; @more of its description."""
    path = os.path.join(FOLDER, image)
    if not BUILD:
        t.skip("there is no U-Boot for this board")
    if not os.path.exists(path):
        t.skip(f"{path} is not installed. Try: make setup")
    disk = t.disk(vms=[describe("u-boot", "/u-boot/" + image, mib=128, **more)],
                  files={"/u-boot/" + image: path})
    m = t.boot(disk=disk)
    prompt(m)
    return m


def run(m, command):
    """What @command prints."""
    m.send(command)
    m.expect(r"\n")
    return m.expect(r"(?s)(.*?)=> $").group(1).replace("\r", "")


def check_sbi(t, m, image):
    """What it says of the firmware that Lodge is to it; the U-Boot at @image has names for
    some extensions only, U-Boot 2023.01 for none that SBI 2.0 added."""
    with open(image, "rb") as f:
        names = f.read()
    sbi = run(m, "sbi")
    t.check("sbi: the specification's version", sbi.startswith("SBI 2.0"), sbi)
    t.check("sbi: an implementation of our own", "Unknown implementation ID" in sbi, sbi)
    listed = [n.strip() for n in sbi.partition("Extensions:")[2].splitlines() if n.strip()]
    t.equal("sbi: what there is, and nothing else", sorted(listed),
            sorted(n for n in EXTENSIONS if n.encode() in names))


def check_date(t, m):
    """Whether the clock tells today's date, or yesterday's at midnight."""
    today = datetime.datetime.now(datetime.timezone.utc)
    days = [(today - datetime.timedelta(hours=h)).strftime("Date: %Y-%m-%d") for h in (0, 1)]
    date = run(m, "date")
    t.check("date: it reads the clock", any(d in date for d in days), date)


@test
def u_boot_as_elf(t):
    m = boot(t, "uboot.elf", chosen=LOAD, devices=FLASH)
    t.check("it finds its RAM", m.find(r"^DRAM: +128 MiB"))
    t.check("version", "U-Boot 20" in run(m, "version"))
    if ARCH == "riscv64":
        t.check("it finds the board", m.find(r"^Model: "))
        check_sbi(t, m, os.path.join(FOLDER, "uboot.elf"))
    else:
        check_date(t, m)
    info = run(m, "bdinfo")
    t.check("bdinfo: where its RAM is", f"start    = 0x{RAM:016x}" in info
            and "size     = 0x0000000008000000" in info, info)
    start, own = time.monotonic(), m.own_time()
    run(m, "sleep 1")
    took, own = time.monotonic() - start, m.own_time() - own
    t.check("sleep 1 takes a second", took > 0.9 and own < 10, f"{took:.2f} s, {own:.2f} of its own")
    m.send("poweroff")
    t.equal("poweroff ends the machine well", m.wait(), 0)
    t.check("without a reason",
            m.find(r"^lodge: vm u-boot: powered off \(type shutdown, reason none\)"))


@test
def u_boot_as_raw_image(t):
    m = boot(t, "u-boot.bin")
    t.check("it runs from the board's default address", m.find(r"^U-Boot 20"))
    m.send("reset")
    m.expect(r"lodge: vm u-boot: reset in place")
    prompt(m)
    t.equal("after reset it starts again", m.count(r"^U-Boot 20"), 2)
    m.send("poweroff")
    t.equal("and powers off", m.wait(), 0)


@test
def u_boot_in_flash(t):
    if ARCH != "aarch64":
        t.skip("its build for this board runs from RAM")
    m = boot(t, "u-boot.bin", chosen="load = <0>;", devices=FLASH,
             more="memory@0 { reg = <0 0 0 0x4000000>; read-only; };")
    t.check("its RAM is where the board has it, and the flash is none",
            m.find(r"^DRAM: +128 MiB") and f"start    = 0x{RAM:016x}" in run(m, "bdinfo"))
    t.check("it runs in place until it has moved itself", "reloc off   = 0x0000000047" in
            run(m, "bdinfo"))
    t.check("the second bank is the host's", "646c6670" in run(m, "md 4000000 1"))
    t.check("nothing is looked for where nothing is", not m.find("nothing is at"))
    before = run(m, "md 100 1")
    run(m, "mw 100 12345678")
    t.equal("a store to flash changes nothing", run(m, "md 100 1"), before)
    t.check("and is reported", m.find(r"vm u-boot: memory is read-only at 0x100 \(store of 4 bytes\)"))
    m.send("poweroff")
    t.equal("it powers off", m.wait(), 0)


def rom(size):
    """A PC's of @size bytes, the last of which are the reset vector: the description's
    nodes, and what is chosen."""
    base = (1 << 32) - size
    return (f"""#address-cells = <2>; #size-cells = <2>;
        memory@{base:x} {{ reg = <0 {base:#x} 0 {size:#x}>; }};""",
            f"load = <{base:#x}>; entry = <0xfffffff0>;")


def boot_rom(t, build, **options):
    """A machine at U-Boot's prompt."""
    path = f"/usr/lib/u-boot/{build}/u-boot.rom"
    if not os.path.exists(path):
        t.skip(f"{path} is not installed. Try: make setup")
    more, chosen = rom(os.path.getsize(path))
    disk = t.disk(vms=[describe("u-boot", "/u-boot.rom", mib=128, chosen=chosen, more=more)],
                  files={"/u-boot.rom": path})
    m = t.boot(disk=disk, **options)
    prompt(m)
    return m


def time_of_day(m):
    """What its real-time clock shows, in seconds."""
    hours, minutes, seconds = re.search(r"Time: +(\d+):(\d+):(\d+)", run(m, "date")).groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def try_out(t, m):
    """What there is to be seen of the guest's machine."""
    t.check("it finds its RAM", m.find(r"^DRAM: +128 MiB"))
    t.check("version", "U-Boot 20" in run(m, "version"))
    check_date(t, m)
    # Under emulation reading the 8254 takes too long to measure with: it believes that the TSC
    # has 1 GHz.
    start, own = time.monotonic(), m.own_time()
    run(m, "sleep 1")
    took, own = time.monotonic() - start, m.own_time() - own
    t.check("sleep 1 ends", took > 0.1 and own < 10, f"{took:.2f} s, {own:.2f} of its own")
    m.send("reset")
    m.expect(r"lodge: vm u-boot: reset in place")
    prompt(m)
    t.equal("after reset it starts again", m.count(r"^DRAM: "), 2)
    m.send("iow.w 604 2000")
    t.equal("it powers off", m.wait(), 0)
    t.check("without a reason",
            m.find(r"^lodge: vm u-boot: powered off \(type shutdown, reason none\)"))


@test_on("x86_64")
def u_boot_in_32_bits(t):
    try_out(t, boot_rom(t, "qemu-x86"))


@test_on("x86_64")
def u_boot_measures_the_tsc(t):
    # An instruction is a nanosecond: an exit takes as long as on hardware, so that it can.
    m = boot_rom(t, "qemu-x86", icount=True)
    start = time_of_day(m)
    run(m, "sleep 3")
    took = (time_of_day(m) - start) % 86400
    t.check("sleep 3 takes three seconds of the real-time clock's", took in (3, 4), took)
    m.end()


@test_on("x86_64")
def u_boot_in_64_bits(t):
    m = boot_rom(t, "qemu-x86_64")
    t.check("its first stage runs in real and in protected mode", m.find(r"^U-Boot SPL 20"))
    try_out(t, m)
