# SPDX-License-Identifier: Apache-2.0
"""What it costs to switch between vCPUs, and to interrupt one, in instructions of Lodge."""
import statistics

from harness import test
from harness.guest import describe, test_guest
from harness.place import number
from harness.trace import Visits

# Of those that are counted, the first find memory untouched.
FIRST, SWITCHES = 10, 60

# How long the second of them sleeps, after it has been loaded; both begin to compute then.
SLEEP_MS = 20

# Interrupts, and how long it takes at most until the target sleeps or computes again.
IPIS, PAUSE_US = 20, 5000


def busy(name, after):
    """A VM that computes for ever, without FP or vector registers, when it has slept so long."""
    return name, describe(name, "/tests/contain-spin", chosen=f'bootargs = "after={after}";')


@test
def two_busy_vms(t):
    """On one CPU: from the end of one's time slice to the other's entry."""
    visits, left = Visits(), [FIRST + SWITCHES]

    def enough(visit):
        left[0] -= visits.passed(visit, "arch_context_switch")
        return not left[0]

    vms = [busy("one", number("AUTOSTART_WAIT_MS") + SLEEP_MS), busy("two", SLEEP_MS)]
    found = visits.collect(t, r"# spinning(?s:.*)# spinning", enough, smp=1, icount=True,
                           disk=t.disk(vms=vms, files=test_guest("contain-spin")[1]))
    cost = [len(v.pcs) for v in found if visits.passed(v, "arch_context_switch")][FIRST:]
    t.equal("they take turns", len(cost), SWITCHES)
    t.note(f"{min(cost)} to {max(cost)} instructions")
    t.figure("vcpu-switch", round(statistics.median(cost)), "instructions")


def woken(visits, visit):
    """How many instructions are behind the last place where the CPU waits, if there is one."""
    waits = [i for i, pc in enumerate(visit.pcs) if visits.function(pc) == "arch_cpu_wait"]
    return len(visit.pcs) - (waits[-1] + 1 if waits else 0)


def ipi(t, asleep):
    """On two CPUs, from the exit of the sender to the entry of its target, both together."""
    visits, sent, taken = Visits(), [], []
    args = f"forever asleep={asleep} pause={PAUSE_US}"

    def enough(visit):
        if visits.passed(visit, "timer_interrupt"):
            return False
        if visits.passed(visit, "arch_cpu_kick"):
            sent.append(len(visit.pcs))
        elif visits.passed(visit, "cpu_kicked"):
            taken.append(woken(visits, visit))
        return min(len(sent), len(taken)) >= FIRST + IPIS

    vm = describe("ipi", "/tests/ipi", cpus=2, chosen=f'bootargs = "{args}";')
    visits.collect(t, r"# \d+ interrupts", enough, smp=2,
                   disk=t.disk(vms=[vm], files=test_guest("ipi")[1]))
    sent, taken = sent[FIRST:], taken[FIRST:]
    t.check("they come", sent and taken)
    t.note(f"sender {min(sent)} to {max(sent)}, target {min(taken)} to {max(taken)} instructions")
    # Most are alike: a few find the target still busy with the one before.
    return statistics.mode(sent) + statistics.mode(taken)


@test
def ipi_to_one_that_runs(t):
    t.figure("vcpu-ipi", ipi(t, 0), "instructions")


@test
def ipi_to_one_that_sleeps(t):
    t.figure("vcpu-ipi-asleep", ipi(t, 1), "instructions")
