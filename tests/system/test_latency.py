# SPDX-License-Identifier: Apache-2.0
"""How late a guest is that wants to run at a time, alone and beside busy VMs: a guest of our own, and
cyclictest of Debian's rt-tests in Linux."""
import re

from harness import test, test_on
from harness.guest import describe, linux, linux_files, run_linux

LOOPS = 1000
# A thread of highest priority that wants to run each millisecond. It tells at its end how many were so
# many microseconds late.
COMMAND = f"sleep 12;cyclictest -q -m -p 80 -i 1000 -l {LOOPS} -h 3000"
# What runs makes the next VM wait so long. Linux is the last, so that all have begun; it has done by
# then what it does once, and still sleeps.
NEXT_MS, BOOTED_MS = 5000, 5000
MOST = 100
MOST_RESERVED = 30


# Our own guest starts a second after each (CONFIG_AUTOSTART_WAIT_MS), and ticks when the busy ones compute.
OWN_NEXT_MS, OWN_FIRST_MS, OWN_MS = 1000, 500, 1500


def boot(t, busy, next_ms, first_ms, guest, files):
    """A CPU with @busy VMs, which at last compute and never sleep then, and with @guest."""
    vms = [(f"{i}0-busy-{i}", describe(
        f"busy-{i}", "/tests/spin", 16,
        chosen=f'bootargs = "after={next_ms * (busy - i) + first_ms}";')) for i in range(busy)]
    vms.append(("90-guest", guest))
    files = dict({"/tests/spin": "tests/guests/contain-spin"}, **files)
    return t.boot(smp=1, mem="512M", extra=["-icount", "shift=0,sleep=off", "-seed", "1"],
                  disk=t.disk(vms=vms, files=files))


def cyclic(t, what, args, weight, most):
    """Our own guest beside two busy ones of weight 256, with boot arguments @args."""
    guest = describe("cyclic", "/tests/cyclic", 16, more=f"weight = <{weight}>;",
                     chosen=f'bootargs = "after={OWN_MS} {args}";')
    m = boot(t, 2, OWN_NEXT_MS, OWN_FIRST_MS, guest, {"/tests/cyclic": "tests/guests/contain-cyclic"})
    late = m.expect(r"# late (\d+) us, (\d+) at most")
    t.equal(f"{what}: 2 VMs are busy", m.untangled().count("spinning"), 2)
    m.end()
    median, longest = int(late.group(1)), int(late.group(2))
    t.figure(f"{what}, median", median, "us")
    t.figure(f"{what}, most", longest, "us")
    t.check(f"{what}: its median is 15 us or less", median <= 15)
    t.check(f"{what}: none is later than {most} us", longest <= most)


@test
def one_that_sleeps_beside_busy_vms(t):
    cyclic(t, "wake each ms beside 2 busy VMs", "work=250", 256, 100)


@test
def one_that_computes_beside_busy_vms(t):
    # Its share is 99 %, and it has to wait for the others now and then, never ahead of its share for long.
    cyclic(t, "tick of a preempted guest", "period=200 loops=5000", 65536, 50)


def latencies(t, busy, more=""):
    """In us, sorted, of a Linux on one CPU beside @busy VMs. The machine is ended."""
    m = boot(t, busy, NEXT_MS, BOOTED_MS, linux(bootargs=run_linux(COMMAND), more=more),
             linux_files(t, tools=True))
    m.expect(rf"'{COMMAND}' ended with status 0")
    t.equal(f"{busy} VMs were busy", m.untangled().count("spinning"), busy)
    m.end()
    found = re.findall(r"^(?:\[linux\] )?(\d{6}) (\d{6})$", m.text, re.M)
    return [us for us, count in ((int(a), int(b)) for a, b in found) for _ in range(count)]


def measure(t, what, busy, most, more=""):
    """Whether cyclictest's loops are in time, in a VM with properties @more."""
    late = latencies(t, busy, more)
    if not t.check(f"{what}: all are measured", len(late) == LOOPS, len(late)):
        return
    t.figure(f"{what}, median", late[LOOPS // 2], "us")
    t.figure(f"{what}, most", late[-1], "us")
    t.check(f"{what}: its median is 15 us or less", late[LOOPS // 2] <= 15, str(late))
    t.check(f"{what}: none is later than {most} us", late[-1] <= most, str(late[-10:]))


@test_on("riscv64", "aarch64")  # Linux boots too slowly on x86_64 where instructions are counted
def linux_beside_busy_vms(t):
    measure(t, "cyclictest alone", 0, MOST)
    measure(t, "cyclictest beside 2 busy VMs", 2, MOST)


@test_on("riscv64", "aarch64")
def a_reserved_linux_beside_busy_vms(t):
    measure(t, "cyclictest with a reservation beside 2 busy VMs", 2, MOST_RESERVED,
            "reservation-us = <500 1000>;")
