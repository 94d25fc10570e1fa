# SPDX-License-Identifier: Apache-2.0
"""The life of a VM: every event in every state, on every CPU, whatever its guest does."""
import os
import re

from harness import test, test_on
from harness.guest import describe, test_guest
from harness.life import life_image
from harness.place import ARCH, source

# What a guest may be at, and by how many vCPUs; and one whose images take their time.
DEEDS = {"spin": 3, "mmio": 2, "wait": 3, "print": 2, "start": 4, "reset": 2, "suspend": 4, "resume": 4}
SUBJECTS = (*DEEDS, "load")
PLACES = 8 * 7  # states but for the last, and what can be asked for


def subjects(t):
    """A disk with a VM for each of them."""
    guest = test_guest("contain-states")[1]
    vms = [(f"{i}-{deed}", describe(deed, "/tests/contain-states", mib=8, cpus=cpus, chosen=f'bootargs = "do={i}";'))
           for i, (deed, cpus) in enumerate(DEEDS.items())]
    vms.append(("9-load", describe("load", "/tests/contain-states", mib=24, cpus=2, chosen='initrd = "/big";')))
    return t.disk(files={**guest, "/big": bytes(10 << 20)}, vms=vms)


def every_event_in_every_state(t, smp, how="", **options):
    seed = int(os.environ.get("LODGE_SEED") or 1)
    m = t.boot(image=life_image(), disk=subjects(t), append=f"lodge.life-test={seed}{how}", smp=smp, **options)
    status = m.wait()
    for deed in SUBJECTS:
        told = m.find(rf"^lodge: life test: {deed}: (\d+) checks in (\d+) places, (\d+) failed; "
                      r"ended within (\d+) us, or (\d+) us")
        if t.check(f"{deed}, {smp} CPUs: its lives come to their end", told, m.tail()):
            faults = re.findall(rf"^lodge: (?:error: )?life test: {deed}: .* in .*", m.text, re.M)
            t.check(f"{deed}: all {told.group(1)} checks pass", told.group(3) == "0", "\n".join(faults[:20]))
            t.note(f"{deed}: at most {told.group(4)} us from kill to the end, {told.group(5)} us of work if it was "
                   f"loaded; of {PLACES} places, it was seen in {told.group(2)}")
            if deed == "load":  # its state may change by itself while it dies
                t.check("load: it was seen in the places that it does not leave by itself",
                        int(told.group(2)) >= PLACES - 7, told.group(0))
    t.equal("the machine ends well", status, 0)


def text_of(path):
    with open(source(path), encoding="utf-8") as f:
        return f.read()


@test
def the_documented_table_is_that_of_the_code(t):
    states = re.findall(r"\[VM_(\w+)\] = \{\n(.*?)\n\t\},", text_of("virt/vm/state.c"), re.S)
    code = {(state.lower(), event.lower().replace("_", " "), (to or "busy").lower()) for state, events in states
            for event, to in re.findall(r"\[VM_EV_(\w+)\]\s*= (?:TO\((\w+)\)|BUSY),", events)}
    told = set()
    for head, rows in re.findall(r"csv-table::\n +:header: state, (.*)\n.*\n\n((?:   .*\n)+)",
                                 text_of("Documentation/life-cycle.rst")):
        for row in rows.splitlines():
            state, *cells = (cell.strip() for cell in row.split(","))
            told |= {(state, event, to) for event, to in zip(head.split(", "), cells, strict=True) if to != "-"}
    t.check("the code's is read right", len(code) > 30, code)
    t.equal("they are the same", sorted(told ^ code), [])


# Where memory is in single pages, too, a part of a load can't have its memory.
SPLIT = {"x86_64": """/dts-v1/;
/ { compatible = "lodge,vm"; label = "spin"; cpus = <2>; autostart; on-exit = "poweroff-host";
    memory@0 { device_type = "memory"; reg = <0 0 0 0x100000>; };
    memory@100000 { device_type = "memory"; reg = <0 0x100000 0 0x700000>; };
    chosen { kernel = "/tests/contain-states"; bootargs = "do=0"; };
};
"""}.get(ARCH) or describe("spin", "/tests/contain-states", mib=9, cpus=2, chosen='bootargs = "do=0";')


def lives(t, what, lodge=None, vm=None, **options):
    """Of a small VM whose vCPUs only spin: what Lodge says of them."""
    disk = t.disk(files=test_guest("contain-states")[1], vms=[("0-spin", vm or describe(
        "spin", "/tests/contain-states", mib=8, cpus=2, chosen='bootargs = "do=0";'))])
    m = t.boot(image=lodge or life_image(), disk=disk, append=what, **options)
    t.equal("the machine ends well", m.wait(), 0)
    return m


def cycles(t, n, **options):
    m = lives(t, f"lodge.life-cycles={n}", **options)
    told = m.find(r"^lodge: life test: spin: (\d+) lives, (\d+) failed; on average (\d+) us .* (\d+) us to its end")
    if t.check(f"{n} lives end", told, m.tail()):
        t.equal("all of them, and no memory is missing", told.groups()[:2], (str(n), "0"))
        return int(told.group(3)), int(told.group(4))
    return None


@test
def life_after_life(t):
    n = 10000 if os.environ.get("LODGE_LONG") else 1000
    cycles(t, n, smp=2)


@test
def from_start_to_end(t):
    """Where the machine's time is its instructions."""
    times = cycles(t, 10, lodge=life_image("life-fast", ()), extra=["-icount", "shift=0,sleep=off", "-seed", "1"])
    if times:
        t.figure("small VM, created to first instruction", times[0], "us")
        t.figure("small VM, kill to stopped", times[1], "us")


@test
def every_allocation_is_refused_once(t):
    m = lives(t, "lodge.life-faults=1", vm=SPLIT, smp=2)
    told = m.find(r"^lodge: life test: spin: (\d+) and (\d+) allocations refused, (\d+) failed")
    if t.check("each of its lives ends", told, m.tail()):
        t.check("they are what a VM takes", min(int(n) for n in told.groups()[:2]) > 30, told.group(0))
        t.equal("nothing is left behind", told.group(3), "0")
    wrong = [line for line in re.findall(r"^lodge: error:.*", m.text, re.M)
             if not re.match(r"lodge: error: (/vms/0-spin.dtb|vm spin): ..", line)]
    t.equal("each says whose it is, and something", wrong, [])


def pauses(t, kernel, options, lodge=None, **machine):
    """Of a guest, over a reset and another start, each ten times as long as what it would take for a gap."""
    disk = t.disk(files=test_guest(kernel)[1], vms=[("0-" + kernel, describe(
        kernel, f"/tests/{kernel}", mib=8, cpus=2, chosen=f'bootargs = "{options}";', more='on-watchdog = "stop";'))])
    m = t.boot(image=lodge or life_image("life-fast", ()), disk=disk, append="lodge.life-pause=1000",
               extra=["-icount", "shift=0,sleep=off", "-seed", "1"], **machine)
    t.equal("the machine ends well", m.wait(), 0)
    t.equal("it is paused in two lives", re.findall(rf"^lodge: life test: {kernel}: paused (\d) times: (\w+)", m.text,
                                                   re.M), [("3", "stopped"), ("1", "stopped")])
    return m


def time_stands_in_pauses(t, **machine):
    m = pauses(t, "pause", "for=400 gap=100", **machine)
    t.equal("its guest finds no gap, twice", re.findall(r"^\[pause\] ((?:not )?ok \d - .*)", m.text, re.M), [
        "ok 1 - its time never goes back", "ok 2 - its time has no gaps", "ok 3 - timers don't interrupt late",
        "ok 4 - nor early"] * 2)
    begins = [int(us) for us in re.findall(r"^\[pause\] # begins at (\d+) us", m.text, re.M)]
    t.check("neither a reset nor a start sets its counter back", len(begins) == 3 and begins == sorted(begins)
            and begins[1] >= 100000 and begins[2] >= 500000, begins)


@test
def time_while_paused(t):
    time_stands_in_pauses(t)


@test_on("riscv64")
def time_while_paused_without_sstc(t):
    time_stands_in_pauses(t, cpu="sstc=false")


@test
def a_watchdog_while_paused(t):
    """It has not expired, though pauses are longer than it takes."""
    m = pauses(t, "watchdog", "do=0")
    t.check("no watchdog has expired", "expired" not in re.sub(r"(?m)^\[.*", "", m.text), m.tail())
    t.equal("its guest is content", re.findall(r"^\[watchdog\] not ok.*", m.text, re.M), [])


@test
def on_one_cpu(t):
    """Where the machine's time is its instructions, so that what is to end soon can be seen to."""
    every_event_in_every_state(t, 1, how="t", extra=["-icount", "shift=0,sleep=off", "-seed", "1"])


@test
def on_several_cpus(t):
    every_event_in_every_state(t, 4)
