# SPDX-License-Identifier: Apache-2.0
"""VMs that start again and again: none waits for the pause of another."""
from harness import test
from harness.guest import SKERNEL, describe, skernel

FILES = {"/tests/grow": "tests/guests/grow", **SKERNEL}


def restart(text):
    """The same, but made anew when it ends."""
    return text.replace('"poweroff-host"', '"restart"')


def lasting(name, ms):
    """A VM that ends after so many milliseconds."""
    return describe(name, "/tests/grow", 8, chosen=f'bootargs = "{ms}";')


@test
def a_pause_is_for_one(t):
    """One ends at once, the other after a little more than a second, which is not too soon."""
    m = t.boot(disk=t.disk(vms=[("10-hasty", restart(skernel("hasty"))),
                                ("20-steady", restart(lasting("steady", 1200)))], files=FILES))
    pauses = [m.expect(r"lodge: vm hasty: starts again in (\d+) ms").group(1)
              for _ in range(6)]
    t.equal("its pauses double", pauses, ["100", "200", "400", "800", "1600", "3200"])
    before = m.count(r"^lodge: vm steady: powered off")
    m.expect(r"lodge: vm hasty: powered off")
    t.check("another is started again meanwhile",
            m.count(r"^lodge: vm steady: powered off") > before)
    t.check("at once", not m.find(r"^lodge: vm steady: starts again"))


@test
def autostart_does_not_hold_up_others(t):
    """While the last waits for its turn beside one that stays."""
    m = t.boot(disk=t.disk(vms=[("10-hasty", restart(skernel("hasty"))),
                                ("20-long", lasting("long", 3000)),
                                ("30-last", skernel("last"))], files=FILES))
    m.expect(r"still runs; starting last beside it")
    t.check("one that has ended is started again",
            m.count(r"^lodge: vm hasty: powered off") >= 2)
