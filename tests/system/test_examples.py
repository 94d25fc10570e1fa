# SPDX-License-Identifier: Apache-2.0
"""The descriptions in guests/examples, in the sets that getting-started.rst runs."""
import os

from harness import test
from harness.guest import Shell, linux_files
from harness.place import SRC


def boot(t, *names, **options):
    """A machine with these descriptions."""
    vms = [(n, os.path.join(SRC, f"guests/examples/{n}.dts")) for n in names]
    return t.boot(disk=t.disk(vms=vms, files={"/sbin/rkernel": "guests/rkernel", **linux_files(t)}),
                  mem="1G", **options)


@test
def linux_with_four_cpus(t):
    m = boot(t, "linux-smp", smp=4)
    shell = Shell(m)
    t.equal("Linux has four CPUs", shell.run("nproc")[0], "4")
    m.send("poweroff")
    t.equal("the machine ends well", m.wait(), 0)
    t.check("it ran on all CPUs", m.find(r"^lodge: vm linux-smp: ran on CPUs 0, 1, 2, 3"))


@test
def two_linux_on_one_cpu(t):
    m = boot(t, "linux-a", "linux-b", smp=2)
    # The lines of the one with the terminal may be cut by those of the other.
    m.expect(r"\nlodge-init:")
    if not m.find(r"^\[linux-a\] lodge-init:"):
        m.expect(r"\[linux-a\] lodge-init:")
    m.send("poweroff")
    m.expect(r"lodge: vm linux-b: powered off")
    t.check("both have booted, and one has ended", True)
    m.expect(r"lodge: vm linux-b: ran on CPU 0", never=r"lodge: vm linux-b: ran on CPUs? (?:0, )?1")


@test
def a_real_time_guest_beside_linux(t):
    """Which boots meanwhile; an instruction is a nanosecond."""
    m = boot(t, "linux-beside-rt", "rt", smp=1, extra=["-icount", "shift=0,sleep=off", "-seed", "1"])
    done = m.expect(r"rkernel: (\d+) periods, (\d+) missed; the latest was done after (\d+) us")
    t.equal("all of its periods are in time", done.group(1, 2), ("200", "0"))
    if not m.find("lodge-init: uptime"):
        m.expect("lodge-init: uptime")
    t.check("Linux comes to its /init", True)


@test
def linux_with_a_watchdog(t):
    """As getting-started.rst has it."""
    m = boot(t, "linux-watchdog")
    shell = Shell(m)
    t.equal("a daemon starts", shell.run("watchdog -T 4 -t 1 /dev/watchdog")[1], 0)
    m.send("kill -STOP $(pidof watchdog)")
    m.expect(r"lodge: warning: vm linux-watchdog: its watchdog has expired")
    shell = Shell(m)
    t.check("Linux boots anew", shell.uptime < 60)
    m.send("poweroff")
    t.equal("the machine ends well", m.wait(), 0)
