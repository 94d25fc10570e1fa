# SPDX-License-Identifier: Apache-2.0
"""Timers of a VM that does not run: what they take from the others."""
from harness import test, test_on
from harness.guest import boot_guests

# Instructions are time, so that two runs can be compared.
ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]


def share(t, other, **options):
    """What a VM gets done that starts after @other, which goes on for ever."""
    m = boot_guests(t, [other, "share"], extra=ICOUNT, **options)
    done = int(m.expect(r"share: (\d+)\s").group(1))
    m.expect("lodge: vm share: powered off")
    m.end()
    return done, m


def timers_take_nothing(t, what="", **options):
    """Eight vCPUs of another VM sleep with all timers at their fastest, and nothing wakes them."""
    alone, _ = share(t, "contain-wfi", **options)
    beside, m = share(t, "contain-timers", **options)
    t.check(f"the timers of another VM go off{what}", "# flooding" in m.text)
    taken = 100 * (alone - beside) / alone
    t.check(f"they take less than 1 % of the CPU{what}", taken < 1,
            f"{alone} rounds beside one that has none, {beside} beside them")
    t.figure(f"taken by the timers of a VM that sleeps{what}", f"{taken:.2f}", "%")


@test
def of_a_vm_that_sleeps(t):
    timers_take_nothing(t)


@test_on("riscv64")
def without_sstc(t):
    timers_take_nothing(t, ", without Sstc", cpu="sstc=false")


@test_on("aarch64")
def on_a_gicv2(t):
    timers_take_nothing(t, ", on a GICv2", machine="gic-version=2")
