# SPDX-License-Identifier: Apache-2.0
"""Guests that do whatever their seed says, beside one that must not notice."""
import os
import random
import re

from harness import test_on
from harness.guest import describe, tap_faults

ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1"]

# One that is always tried; the run's own is, too.
FIRST = 2
MORE = 100  # in make tests-long
MAX_VMS = 30  # on a disk, beside the honest one

SLICE_US = 1000

# How a VM ends: by itself, by what it does to its CPUs, or by the host, which tells why.
POWERED_OFF = r"^lodge: vm {}: powered off \(type shutdown, reason none\)"
SWITCHED_OFF = r"^lodge: warning: vm {}: its last vCPU has switched itself off"
CRASHED = (r"^lodge: vm {0}: vCPU \d can't go on: [^\n]+\n(?:    [^\n]+\n)+"
           r"(?:.*\n)*?lodge: vm {0}: crashed$")
ENDED = r"^lodge: vm {}: (?:powered off|crashed|ended)"


def hostile(guest, seed, cpus):
    """A VM whose guest acts by @seed: its name and its description."""
    name = f"{guest.removeprefix('contain-')}-{seed}"
    return name, describe(name, f"/tests/{guest}", chosen=f'bootargs = "seed={seed}";').replace(
        "cpus = <1>", f"cpus = <{cpus}>")


def most_at_once(text, names):
    """How many of the VMs @names, which start in this order, ran at once."""
    running, started, most = set(), 0, 0
    for line in text.splitlines():
        beside = re.match(r"lodge: vm \S+: still runs; starting (\S+) beside it", line)
        ended = re.match(ENDED.format(r"(\S+)"), line)
        if beside and beside.group(1) in names:
            running.add(beside.group(1))
            started = names.index(beside.group(1)) + 1
        elif ended and ended.group(1) in running:
            running.remove(ended.group(1))
            # The newest has ended in time, and the next one starts without a word.
            if names.index(ended.group(1)) == started - 1 and started < len(names):
                running.add(names[started])
                started += 1
        most = max(most, len(running))
    return most


def beside_an_honest_one(t, guest, seeds, cpus=1):
    """The same as some_of_them(), on as many machines as it takes."""
    for i in range(0, len(seeds), MAX_VMS):
        some_of_them(t, guest, seeds[i:i + MAX_VMS], cpus)


def some_of_them(t, guest, seeds, cpus):
    """Runs @guest by each of @seeds in VMs of @cpus, one after the other, beside an honest VM."""
    t.note(f"seeds: {seeds}")
    others = dict(hostile(guest, seed, cpus) for seed in seeds)
    vms = [("00-honest", describe("honest", "/tests/honest"))]
    vms += [(f"{i + 1:03}-hostile", text) for i, text in enumerate(others.values())]
    disk = t.disk(vms=vms, files={"/tests/honest": "tests/guests/honest",
                                  f"/tests/{guest}": f"tests/guests/{guest}"})
    m = t.boot(disk=disk, smp=1, extra=ICOUNT)
    status = m.wait()
    unclean = 0
    for name in others:
        stopped = m.find(CRASHED.format(name)) or m.find(SWITCHED_OFF.format(name))
        unclean += bool(stopped)
        t.check(f"{name}, {cpus} CPUs: it powers off, or is stopped with a report",
                stopped or m.find(POWERED_OFF.format(name)))
    t.equal("no guest's own code has failed", m.count(r"(?:^|\] )(?:Bail out!|not ok )"), 0)
    t.equal("the machine ends, and tells whether all went well", status, 1 if unclean else 0)
    t.check("the honest VM ends by itself", m.find(POWERED_OFF.format("honest")))
    said = m.text[m.text.find("# longest gap"):].replace("[honest] ", "").splitlines()
    t.equal("and its memory is what it wrote", tap_faults(
        [n for n in said if re.match(r"(not )?ok \d|1\.\.", n)]), [])
    gap = m.find(r"# longest gap (\d+) us, \d+ gaps, (\d+) rounds")
    if t.check("it was served", gap and int(gap.group(2)) > 0):
        longest, ended = int(gap.group(1)), m.find(ENDED.format(list(others)[-1]))
        # It may have seen no gap: they can do their work while it sleeps.
        t.check("the others ran meanwhile", ended and ended.start() < gap.start())
        # Their vCPUs, and the making of the next, have a slice each before it is its turn.
        most = (cpus * most_at_once(m.text, list(others)) + 1) * SLICE_US + 1000
        t.check("no gap is longer than the others' slices", longest <= most,
                f"{longest} us, at most {most} us")


def own_seed():
    """The run's."""
    return int(os.environ.get("LODGE_SEED") or 3)


def seeds_of(t):
    """What contain-hostile is tried with: two seeds, and in make tests-long many, which are
    others for each seed of the run."""
    more = random.Random(own_seed()).sample(range(1000, 1000000), MORE)
    return list(dict.fromkeys([FIRST, own_seed()] + t.sample(more, 0)))


@test_on("x86_64")
def everything_on_one_cpu(t):
    beside_an_honest_one(t, "contain-hostile", seeds_of(t))


@test_on("x86_64")
def everything_on_two_cpus(t):
    beside_an_honest_one(t, "contain-hostile", seeds_of(t), cpus=2)


# contain-hostile makes such calls, too.
@test_on("riscv64", "aarch64")
def calls_of_the_firmware(t):
    beside_an_honest_one(t, "firmware-fuzz", [own_seed()])


@test_on("aarch64")
def accesses_to_the_interrupt_controller(t):
    beside_an_honest_one(t, "gic-fuzz", [own_seed()])
