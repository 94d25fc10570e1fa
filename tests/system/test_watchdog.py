# SPDX-License-Identifier: Apache-2.0
"""Watchdogs of VMs: what becomes of a guest that does not keep its own from expiring, and of others."""
import re

from harness import test
from harness.guest import Shell, by_guest, describe, linux, linux_files, tap_faults, test_guest


PING, HANG, GO_ON = range(3)
EXPIRED = r"^lodge: warning: vm {}: its watchdog has expired$"


def guest(name, then, deed=PING, args=""):
    """A description of the test guest."""
    return describe(name, "/tests/watchdog", mib=8, more=f'on-watchdog = "{then}";',
                    chosen=f'bootargs = "do={deed} {args}";')


def machine(t, *guests, **options):
    """With these on its disk, which start in this order."""
    return t.boot(disk=t.disk(vms=[(f"{i}", g) for i, g in enumerate(guests)],
                              files=test_guest("watchdog")[1]), **options)


def passes(t, m, name, names):
    """This guest has passed all that it checks, and ended itself."""
    t.equal(f"{name} passes all it checks", tap_faults(by_guest(m.text, names)[name]), [])
    t.check(f"{name} powers off", m.find(rf"^lodge: vm {name}: powered off \(type shutdown, reason none\)"),
            m.tail())


@test
def a_guest_that_keeps_it_from_expiring(t):
    m = machine(t, guest("good", "stop"))
    t.equal("the machine ends well", m.wait(), 0)
    passes(t, m, "good", ["good"])
    t.equal("nothing has expired", m.count(EXPIRED.format("good")), 0)


@test
def one_that_hangs_is_stopped(t):
    """And one beside it, on the same CPU, is not."""
    m = machine(t, guest("hangs", "stop", HANG), guest("good", "stop", args="for=12"))
    t.equal("the machine's status tells of it", m.wait(), 1)
    t.check("its watchdog has expired", m.find(EXPIRED.format("hangs")), m.tail())
    t.check("and stopped it", m.find(r"^lodge: vm hangs: stopped by its watchdog$"), m.tail())
    t.check("another ends later", re.search(r"(?s)vm hangs: stopped by.*vm good: powered off", m.text), m.tail())
    passes(t, m, "good", ["hangs", "good"])


@test
def one_that_hangs_starts_again(t):
    """With pauses in between, as it does nothing else."""
    m = machine(t, guest("hangs", "reset", HANG, "for=0"), guest("good", "stop", args="for=20"), smp=2)
    for _ in range(4):
        m.expect(r"lodge: warning: vm hangs: its watchdog has expired")
        m.expect(r"lodge: vm hangs: reset in place")
    m.expect(r"lodge: vm good: powered off \(type shutdown, reason none\)")
    starts = len(re.findall(r"ok \d+ - it has a watchdog, which is off", m.untangled()))
    t.check("each time it begins anew", starts >= 4, f"{starts}\n{m.tail()}")
    t.check("it has not ended", not m.find(r"^lodge: vm hangs: (?:powered off|stopped|crashed)"))
    t.equal("the other's has not expired", m.count(EXPIRED.format("good")), 0)


@test
def one_that_is_only_told_of_goes_on(t):
    m = machine(t, guest("late", "notify", GO_ON))
    t.equal("the machine ends well", m.wait(), 0)
    passes(t, m, "late", ["late"])
    t.equal("it is told each time", m.count(EXPIRED.format("late")), 2)
    t.check("when it happens", re.search(
        r"(?s)kept from expiring.*has expired.*it runs on.*has expired.*what is stopped", m.text), m.tail())


@test
def with_restart(t):
    """What ends a VM for good is followed by what on-exit says."""
    m = machine(t, guest("hangs", "stop", HANG, "for=0").replace('"poweroff-host"', '"restart"'))
    for _ in range(2):
        m.expect(r"lodge: vm hangs: stopped by its watchdog")
    t.check("it starts again", m.expect(r"ok \d+ - it has a watchdog, which is off"))


@test
def linux_drives_it(t):
    """Debian's kernel by its own driver: what a daemon keeps from expiring expires when that stops."""
    m = t.boot(mem="512M", disk=t.disk(vms=[("10-linux", linux(more='on-watchdog = "reset";'))],
                                       files=linux_files(t, tools=True)))
    shell = Shell(m)
    t.equal("its driver finds it", shell.run("ls /dev/watchdog"), ("/dev/watchdog", 0))
    t.equal("a daemon keeps it from expiring", shell.run(
        "watchdog -T 4 -t 1 /dev/watchdog && sleep 10 && pidof watchdog >/dev/null")[1], 0)
    t.equal("so far it has not expired", m.count(EXPIRED.format("linux")), 0)
    m.send("kill -STOP $(pidof watchdog)")
    m.expect(r"lodge: warning: vm linux: its watchdog has expired")
    m.expect(r"lodge: vm linux: reset in place")
    shell = Shell(m)
    t.check("Linux starts anew", shell.uptime < 60)
    m.send("poweroff -f")
    t.equal("and the machine ends well", m.wait(), 0)
