# SPDX-License-Identifier: Apache-2.0
"""What "make qemu" shows: the disk as it is built, from the first guest to Linux's end."""
import re
import time

from harness import test
from harness.arch import THIS
from harness.guest import Shell, linux_files
from harness.place import ARCH, dts


# Of /proc/interrupts.
CONSOLE_LINE = r"\s[1-9]\d*\s.*(ttyS0|uart-pl011)"


def bare_guests(t, m):
    """Those that come first on the disk."""
    # Where the machine is slow the next begins beside tkernel, and may end before it.
    for _ in range(2):
        m.expect(r"lodge: vm [tm]kernel: (powered off|crashed)[^\n]*\n[^\n]*\n")
    # So may those before, whose lines begin with their names then.
    said = re.sub(r"^\[\w+\] ", "", m.text, flags=re.M)
    t.check("skernel makes one exit",
            m.find(rf"^lodge: vm skernel: \d+ exits?: (?:interrupt \d+, )?{THIS.power_off} 1"
                   r"(?:, interrupt \d+)?; \d+ us of CPU time; \d+ KiB"))
    t.check("its end is a shutdown without a reason",
            m.find(r"^lodge: vm skernel: powered off \(type shutdown, reason none\)"))
    t.check("gkernel reads the host's flash through a fault",
            re.search(rf"^gkernel: flash at {THIS.flash:#x} begins with 0x646c6670 "
                      r"\(\"pfld\"\)", said, re.M))
    t.check("and powers off",
            m.find(r"^lodge: vm gkernel: powered off \(type shutdown, reason none\)"))
    for mode in THIS.modes:
        t.check(f"pgkernel runs its process under {mode}",
                re.search(rf"^pgkernel: {mode}(?s:.)*?process exited with 3 after \d+ timer "
                          rf"ticks(?s:.)*?^  {THIS.kernel:#010x} .* kernel$", said, re.M))
    t.equal("the process cannot reach the kernel, in any of them",
            m.count(r"process: the kernel's memory is out of reach"), len(THIS.modes))
    t.check("pgkernel powers off",
            m.find(r"^lodge: vm pgkernel: powered off \(type shutdown, reason none\)"))
    # What they say, which a change of focus may cut in two, is for test_kernels.py.
    for name in "tkernel", "mkernel":
        t.check(f"{name} is content, and powers off",
                m.find(rf"^lodge: vm {name}: powered off \(type shutdown, reason none\)"))


def shell_works(t, shell):
    """What one types at BusyBox."""
    t.check("/init tells Linux's uptime", 0 < shell.uptime < 60, shell.uptime)
    t.equal("what is typed reaches the shell and comes back", shell.run("echo to and fro"),
            ("to and fro", 0))
    t.equal("a failing command's status does", shell.run("false"), ("", 1))
    t.equal("uname -m", shell.run("uname -m"), (ARCH, 0))
    cpus, _ = shell.run("cat /proc/cpuinfo")
    t.equal("Linux has one CPU", len(re.findall(r"^processor", cpus, re.M)), 1)
    if ARCH == "riscv64":
        t.check("with an ISA string that has no H",
                re.search(r"isa\s*: rv64ima[a-gi-z]*(_|$)", cpus, re.M), cpus)
    out, _ = shell.run(f"grep -c {THIS.serial} /proc/iomem; cat /proc/interrupts")
    t.check("its console uses interrupts", re.search(CONSOLE_LINE, out), out)
    t.check("no error or oops is in its log",
            shell.run("dmesg | grep -E 'Oops|BUG:|Call Trace|rcu.*stall|Unable to handle'")[1] == 1)
    if ARCH == "x86_64":
        said, status = shell.run("dmesg | grep -E 'ACPI.*(Error|Exception|Warning)|clocksource.*unstable"
                                 "|Marking clocksource'")
        t.check("its log has no ACPI errors, and no clock that is not stable", status == 1, said)
        said, status = shell.run("dmesg | grep 'Switched to clocksource' | tail -n 1")
        t.check("it tells the time by the TSC", said.endswith("clocksource tsc"), said)
    out, _ = shell.run("seq 1 400 | md5sum; seq 1 400 > /tmp/n; md5sum < /tmp/n")
    t.equal("processes and files work", len(set(re.findall(r"[0-9a-f]{32}", out))), 1)


@test
def the_boot_disk(t):
    linux_files(t)
    m = t.boot(disk="disk.img", smp=2, mem="1G")
    bare_guests(t, m)
    shell = Shell(m)
    shell_works(t, shell)
    m.send("reboot -f")
    m.expect(r"lodge: vm linux: reset in place")
    since = time.monotonic()
    again = Shell(m)
    # Its time begins anew; the line about the reset may have come a little late.
    t.check("after reboot -f Linux boots again, in place",
            0 < again.uptime < time.monotonic() - since + 5)
    t.equal("its shell answers", again.run("echo again"), ("again", 0))
    t.equal("nothing of its first life is left", again.run("ls /tmp"), ("", 0))
    m.send("poweroff -f")
    t.equal("poweroff -f ends the machine, with status 0", m.wait(), 0)
    t.check("Linux powered off without a reason",
            m.find(r"^lodge: vm linux: powered off \(type shutdown, reason none\)"))
    t.check("its exits are reported by cause",
            m.find(r"^lodge: vm linux: \d+ exits: (?:[a-z0-9-]+ \d+, )+interrupt \d+[,;]"))
    t.equal("nothing but that was to report", m.count(r"^lodge: (error|warning)"), 0)


@test
def without_linux(t):
    names = ("skernel", "gkernel", "pgkernel", "tkernel", "mkernel")
    vms = [dts(n) for n in ("10-skernel", "20-gkernel", "30-pgkernel", "32-tkernel", "36-mkernel")]
    m = t.boot(disk=t.disk(vms=vms, files={f"/sbin/{n}": f"guests/{n}" for n in names}))
    t.equal("the other guests' machine ends by itself, with status 0", m.wait(), 0)
    t.equal("each of them has run", m.count(r"powered off \(type shutdown, reason none\)"), len(names))
    t.check("and nothing else", m.find(r"^lodge: no VM runs any more; the machine ends$"))
