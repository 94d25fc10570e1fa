# SPDX-License-Identifier: Apache-2.0
"""Steal time: what guests are told of it is what the scheduler counted."""
from harness import test, test_on
from harness.guest import Shell, boot_guests, linux, linux_files, passes, run_linux
from harness.place import enabled

# Instructions are time, so that what a guest sees between two looks at its clock is all that took time.
ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1"]

JIFFY_US = 10000


def near(a, b, percent, more=0):
    """Whether @a is within so much of @b."""
    return abs(a - b) <= b * percent / 100 + more


def counted(m, name):
    """What the scheduler counted for the VM @name, in microseconds."""
    return int(m.find(rf"^lodge: vm {name}: its vCPUs waited (\d+) us for a CPU$").group(1))


@test
def own_guest(t):
    """It compares what it is told with the gaps that it sees; the host has counted the same."""
    m = boot_guests(t, ["steal"], extra=ICOUNT)
    passes(t, m, ["steal"])
    gaps, stolen = map(int, m.find(r"# gaps (\d+) ns, \d+ of them, stolen (\d+) ns").groups())
    # What a switch takes is nobody's wait, and with the sanitizers' checks that is much.
    if not enabled("KASAN"):
        t.check("a CPU is told of the gaps that it sees", stolen <= gaps and near(stolen, gaps, 5),
                f"{stolen} of {gaps} ns")
    told = int(m.find(r"# stolen (\d+) us").group(1))
    t.check("and both of what the scheduler counted", near(told, counted(m, "steal"), 1),
            f"{told} of {counted(m, 'steal')} us")


# Debian's kernel for riscv64 is built without CONFIG_PARAVIRT.
@test_on("aarch64", "x86_64")
def two_linux(t):
    """Two Linux VMs boot on one CPU. What /proc/stat of the one says when the other has ended is final."""
    one = linux(label="one")
    other = linux(label="other", bootargs=run_linux("poweroff"))
    m = t.boot(disk=t.disk(vms=[one, other], files=linux_files(t), size=0), mem="1G")
    Shell(m)
    if not m.find(r"^lodge: vm other: powered off"):
        m.expect(r"lodge: vm other: powered off")
    # Alone, its one CPU waits no more.
    m.send("sleep 1; head -n 1 /proc/stat; poweroff -f")
    t.equal("both power off", m.wait(), 0)
    stat = m.find(r"^cpu  .*").group(0)
    told, count = int(stat.split()[8]) * JIFFY_US, counted(m, "one")
    t.check("the two have competed", count > 100 * JIFFY_US, f"{count} us")
    t.check("Linux has been told of what the scheduler counted", near(told, count, 1, JIFFY_US),
            f"{told} of {count} us: {stat}")
