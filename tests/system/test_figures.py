# SPDX-License-Identifier: Apache-2.0
"""What exits, a boot and the image cost, as figures that tests/figures.csv lists.

One instruction is one nanosecond of the machine's time (icount), so that two runs agree.
Instructions before a guest are counted one by one, from QEMU's log of what it executes.
"""
import os
import re
import shutil
import subprocess
import threading
import time

import watchdog

from harness import test, test_on
from harness.guest import SKERNEL, boot_guests, linux, linux_files, run_linux, skernel
from harness.arch import THIS
from harness.elf import sections
from harness.figures import known
from harness.place import ARCH, built
from harness.trace import Log

ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]

@test
def exits(t):
    m = boot_guests(t, ["bench"], extra=ICOUNT)
    status = m.wait()
    cost = dict(re.findall(r"^bench: (\S+) +(\d+)$", m.text, re.M))
    for name, instructions in cost.items():
        t.figure(f"exit: {name}", instructions, "instructions")
    listed = {n[6:] for n in known() if n.startswith("exit: ")}
    if not os.environ.get("LODGE_BENCH"):
        t.equal("those are measured that tests/figures.csv has", set(cost), listed)
    t.equal("the machine ends well", status, 0)


# More of -M for a machine without what Lodge needs it for.
BARE = {"aarch64": "virtualization=off"}


def to_init(t, **options):
    """Boots Linux: its uptime at /init, by its log and by /proc, and QEMU's processor time."""
    m = t.boot(**options)
    log = float(m.expect(r"\[ *([0-9.]+)\] Run /init as init process").group(1))
    proc = float(m.expect(r"lodge-init: uptime ([0-9.]+) s").group(1))
    host = m.own_time()
    t.equal("Linux powers the machine off", m.wait(), 0)
    return log, proc, host


@test
def uptime_at_init(t):
    files = linux_files(t)
    args = run_linux("poweroff")
    disk = t.disk(vms=[linux(256, bootargs=args)], files=files, size=0)
    bare = to_init(t, image="linux/Image", flash=None, mem="256M", machine=BARE.get(ARCH),
                   append=f"console={THIS.console} {args}",
                   extra=ICOUNT + ["-initrd", built("linux/initrd.gz")])
    # The disk answers when it likes, so no two runs in Lodge are alike: all are told.
    lodge = [to_init(t, disk=disk, mem="512M", extra=ICOUNT) for _ in range(3)]
    for what, n in (("Linux at /init by its log", 0), ("Linux at /init by /proc/uptime", 1)):
        runs = [run[n] for run in lodge]
        t.note(f"{what}: {', '.join(f'{s:.3f}' for s in runs)} s in Lodge, {bare[n]:.3f} s without")
        t.figure(f"{what}, mean", f"{sum(runs) / len(runs) / bare[n]:.3f}", "times bare QEMU")
        t.figure(f"{what}, worst", f"{max(runs) / bare[n]:.3f}", "times bare QEMU")
    host = min(run[2] for run in lodge)
    t.note(f"least processor time of QEMU: {host:.1f} s in Lodge, {bare[2]:.1f} s without")
    t.figure("Linux at /init, least processor time of QEMU", f"{host / bare[2]:.2f}", "times bare QEMU")
    t.check("all are measured", all(run[0] > 0 for run in lodge + [bare]))


@test
def size(t):
    alloc, write, nobits = 2, 1, 8
    parts = {"text and constants": 0, "data": 0, "zeroed": 0}
    for _, flags, kind, length in sections(built("lodge.elf")).values():
        if flags & alloc:
            parts["zeroed" if kind == nobits else "data" if flags & write else
                  "text and constants"] += length
    for name, length in parts.items():
        t.figure(f"lodge.elf: {name}", f"{length / 1024:.1f}", "KiB")
    loaded = parts["text and constants"] + parts["data"]
    t.figure("lodge.elf: text, constants and data", f"{loaded / 1024:.1f}", "KiB")
    t.check("the file is read right", loaded > 4096)
    m = t.boot(disk=t.disk(vms=[skernel()], files=SKERNEL))
    used = m.expect(r"lodge: memory: \d+ MiB, of which Lodge uses (\d+) KiB").group(1)
    t.figure("memory that Lodge uses before there is a VM", used, "KiB")


MTIME = 0x200bff8  # the clock of QEMU's virt, 100 ns a tick

# Where Lodge starts, before it translates, and where guests do: once each.
ENTRY = THIS and THIS.entry


def executed_before_guest(t, **options):
    """How many instructions Lodge executes, from its first to before its first guest's."""
    text = sections(built("lodge.elf"))[".text"]
    log = Log(t, (ENTRY, 0x1000), (text[0], text[3]))
    marks, seen = [], threading.Event()

    def read():
        for n, line in enumerate(log.lines()):
            if b"/%016x/" % ENTRY in line:
                marks.append(n)
                if len(marks) == 2:
                    seen.set()

    reader = threading.Thread(target=read)
    reader.start()
    m = t.boot(extra=log.options(), **options)
    while not seen.wait(m.watchdog.poll):
        m.watchdog.look()
    m.end()
    log.end()
    reader.join()
    log.close()
    return marks[1] - marks[0] if len(marks) > 1 else 0


def instructions_of_the_firmware(t):
    """From reset to Lodge's first instruction, to 100: the clock of the machine tells."""
    if ARCH != "riscv64" or not shutil.which("gdb-multiarch"):
        return None  # elsewhere QEMU is the firmware, or there is one of megabytes
    sock = os.path.join(t.tmp, "gdb")
    m = t.boot(icount=True, extra=["-S", "-gdb", f"unix:{sock},server=on,wait=off"])
    for _ in range(500):
        if os.path.exists(sock):
            break
        time.sleep(0.02)
    script = ["set remotetimeout 300", "target remote " + sock, f"tbreak *{ENTRY:#x}", "continue",
              f"monitor xp /1gx {MTIME:#x}"]
    done = watchdog.run(
        ["gdb-multiarch", "-batch", "-nx"] + [w for c in script for w in ("-ex", c)]
        + [built("lodge.elf")], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    m.end()
    ticks = re.search(rf"{MTIME:016x}: 0x([0-9a-f]+)", done.stdout)
    return int(ticks.group(1), 16) * 100 if ticks else None


@test_on("riscv64", "aarch64")
def before_the_first_guest(t):
    firmware = instructions_of_the_firmware(t)
    if firmware:
        t.figure("the firmware from reset to Lodge's first instruction", firmware,
                 "instructions")
    base = executed_before_guest(t, disk=t.disk(vms=[skernel()], files=SKERNEL))
    if t.check("instructions to the first guest are counted", base):
        t.figure("Lodge's first instruction to its first guest's", base, "instructions")
    files = linux_files(t)
    files.pop("/guests/linux/initrd.gz")
    vm = linux(256).replace('initrd = "/guests/linux/initrd.gz";', "")
    loaded = executed_before_guest(t, disk=t.disk(vms=[vm], files=files, size=0), mem="512M")
    kernel = os.path.getsize(built("linux/Image"))
    if t.check("so are those that load a Linux kernel", loaded > base):
        t.note(f"the kernel has {kernel >> 20} MiB")
        t.figure("loading a Linux kernel", f"{(loaded - base) / kernel:.4f}",
                 "instructions per byte")
