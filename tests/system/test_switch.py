# SPDX-License-Identifier: Apache-2.0
"""What it costs to switch between vCPUs, in instructions of Lodge."""
import statistics

from harness import test
from harness.guest import describe, test_guest
from harness.place import number
from harness.trace import Visits

# Of those that are counted, the first find memory untouched.
FIRST, SWITCHES = 10, 60

# How long the second of them sleeps, after it has been loaded; both begin to compute then.
SLEEP_MS = 20


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
    t.figure("vcpu-switch", round(statistics.mean(cost)), "instructions")
