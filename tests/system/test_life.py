# SPDX-License-Identifier: Apache-2.0
"""The life of a VM: every event in every state, on every CPU, whatever its guest does."""
import os
import re

from harness import test
from harness.guest import describe, test_guest
from harness.place import ARCH, built
import variant

DEEDS = ("spin", "mmio", "wait", "print", "start", "reset")


def image():
    """Lodge with lives on demand, in a directory of its own."""
    out = built("tests/life")
    variant.build(out, ARCH, ["CONFIG_LIFE_TEST", "CONFIG_DEBUG_LOCKS"], ["lodge.elf", "lodge.bin"])
    return f"{out}/lodge.elf"


def subjects(t, cpus):
    """A disk with a VM for each thing that its guest may be at."""
    return t.disk(files=test_guest("contain-states")[1], vms=[(f"{i}-{deed}", describe(
        deed, "/tests/contain-states", mib=8, cpus=cpus, chosen=f'bootargs = "do={i}";'))
        for i, deed in enumerate(DEEDS)])


def every_event_in_every_state(t, smp, how="", **options):
    seed = int(os.environ.get("LODGE_SEED") or 1)
    m = t.boot(image=image(), disk=subjects(t, 2), append=f"lodge.life-test={seed}{how}", smp=smp, **options)
    status = m.wait()
    for deed in DEEDS:
        told = m.find(rf"^lodge: life test: {deed}: (\d+) checks, (\d+) failed; ended within (\d+) us")
        if t.check(f"{deed}, {smp} CPUs: its lives come to their end", told, m.tail()):
            faults = re.findall(rf"^lodge: (?:error: )?life test: {deed}: .* in .*", m.text, re.M)
            t.check(f"{deed}: all {told.group(1)} checks pass", told.group(2) == "0", "\n".join(faults[:20]))
            t.note(f"{deed}: at most {told.group(3)} us from kill to the end")
    t.equal("the machine ends well", status, 0)


@test
def on_one_cpu(t):
    """Where the machine's time is its instructions, so that what is to end soon can be seen to."""
    every_event_in_every_state(t, 1, how="t", extra=["-icount", "shift=0,sleep=off", "-seed", "1"])


@test
def on_several_cpus(t):
    every_event_in_every_state(t, 4)
