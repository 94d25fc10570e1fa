# SPDX-License-Identifier: Apache-2.0
"""What descriptions give vCPUs of the host's CPUs: shares, caps, reservations, affinity, exclusive CPUs.

Where it is a matter of time, by the guests' own clocks, which count the machine's instructions."""
import re

from harness import test, test_on
from harness.guest import SKERNEL, by_guest, describe
from harness.place import ARCH

QUOTA = {"/tests/quota": "tests/guests/quota"}
# An instruction is a nanosecond.
ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1"]


def quota(name, args, cpus=""):
    """A VM of the guest quota; @cpus: properties."""
    return describe(name, "/tests/quota", chosen=f'bootargs = "{args}";', more=cpus)


def boot(t, *vms, **options):
    """These VMs, which start in this order."""
    names = [re.search('label = "(.*)"', vm).group(1) for vm in vms]
    return t.boot(disk=t.disk(vms=[(f"{i:02}-{n}", vm) for i, (n, vm) in enumerate(zip(names, vms))],
                              files=QUOTA), **options)


def least(m, started):
    """How much of a second each of those that @started ran at the least, in percent: when all did."""
    return {name: min((int(re.search(r"\d+", n).group()) / 10000 for n in lines if re.match("# ran ", n)),
                      default=0) for name, lines in by_guest(m.text, started).items()}


def ends_well(t, m, status=0):
    t.equal("the machine ends", m.wait(), status)


@test
def weights_give_shares(t):
    """1:2:4, over any second in which all three want all that they can get."""
    names = ("light", "medium", "heavy")
    m = boot(t, quota("light", "windows=5", "weight = <100>;"), quota("medium", "windows=4", "weight = <200>;"),
             quota("heavy", "windows=2", "weight = <400>;"), smp=1, extra=ICOUNT)
    ends_well(t, m)
    shares = least(m, names)
    total = sum(shares.values())
    for name, weight in zip(names, (1, 2, 4)):
        share, want = shares[name], total * weight / 7
        t.check(f"{name} has its share within 1 %", abs(share - want) <= 1, f"{share} % of {want:.2f} %")
    t.check("nothing is lost between them", total > 95, f"{shares} %")


@test
def a_cap_holds(t):
    """Also where nobody else wants the rest."""
    m = boot(t, quota("capped", "windows=2", "cap = <25>;"), smp=1, extra=ICOUNT)
    ends_well(t, m)
    share = least(m, ["capped"])["capped"]
    t.check("it has a quarter of the CPU, within 1 %", 24 <= share <= 25.1, f"{share} %")


@test
def a_reservation_meets_its_deadlines(t):
    """Beside two that are busy, which alone would leave it a third, and one that overruns its own."""
    m = boot(t, quota("busy", "windows=6"), quota("greedy", "windows=4", "reservation-us = <2000 10000>;"),
             quota("late", "windows=2"),
             quota("rt", "job=4500 period=10000 count=100", "reservation-us = <5000 10000>;"),
             smp=1, extra=ICOUNT)
    ends_well(t, m)
    jobs = m.find(r"# (\d+) jobs, (\d+) missed, the latest took (\d+) us")
    if t.check("it has done its jobs", jobs):
        t.equal("it misses no deadline", jobs.group(2), "0")
    share = least(m, ["busy", "greedy", "late", "rt"])["greedy"]
    t.check("who overruns has what it has reserved, within 1 %", 19 <= share <= 20.1, f"{share} %")


@test
def what_does_not_fit_is_refused(t):
    """With a sentence that has the numbers; the VM that is there goes on."""
    m = boot(t, quota("there", "windows=3", "reservation-us = <6000 10000>;"),
             quota("more", "windows=1", "reservation-us = <3600 10000>;"),
             quota("absent", "windows=1", "affinity = <0 3>;"),
             quota("fits", "windows=1", "reservation-us = <3400 10000>;"), smp=1, extra=ICOUNT)
    ends_well(t, m, 1)
    t.check("more than is left", m.find(
        r'^lodge: error: /vms/01-more\.dtb: vCPU 0: "reservation-us" is 3600 of 10000, 36\.0 % of a CPU, and '
        r"no CPU for it has more than 3(4\.9|5\.0) % left: reserve less, or end another VM$"))
    t.check("a CPU that is not there", m.find(
        r'^lodge: error: /vms/02-absent\.dtb: vCPU 0: "affinity" names CPU 3, and the machine has 1, from 0 on: '
        r"choose another$"))
    for name in ("there", "fits"):
        t.check(f"{name} has been run", m.find(rf"^lodge: vm {name}: powered off"))


@test
def a_cpu_with_reservations_can_not_be_owned(t):
    there = quota("there", "windows=3", "reservation-us = <6000 10000>;").replace("cpus = <1>", "cpus = <2>")
    m = boot(t, there, quota("owner", "windows=1", "affinity = <1>; exclusive;"), smp=2)
    ends_well(t, m, 1)
    t.check("it is refused", m.find(
        r'^lodge: error: /vms/01-owner\.dtb: vCPU 0: "exclusive" can\'t have CPU 1, where others have '
        r"reservations or have to run: choose another$"))


def ran_on(m, name):
    """The CPUs on which the vCPUs of @name ran."""
    return m.find(rf"^lodge: vm {name}: ran on CPUs? (.*)$").group(1)


@test
def affinity_holds(t):
    """Also where a CPU idles."""
    bound = quota("bound", "windows=3", "affinity = <1>;").replace("cpus = <1>", "cpus = <2>")
    m = boot(t, bound, quota("beside", "windows=1", "affinity = <1>;"), quota("none", "windows=1"), smp=2)
    ends_well(t, m)
    for name in ("bound", "beside"):
        t.equal(f"{name} runs where it may", ran_on(m, name), "1")


@test
def an_exclusive_cpu_is_nobody_elses(t):
    """Neither of those that are there before, which go on on the other, nor of those that come."""
    m = boot(t, *(quota(f"before{i}", "windows=4") for i in range(2)),
             quota("owner", "windows=100000", "affinity = <1>; exclusive;"),
             *(quota(f"after{i}", "windows=1") for i in range(2)), smp=2)
    for i in range(2):
        m.expect(r"lodge: vm after\d: ran on CPU 0", never=r"lodge: vm after\d: ran on CPUs? (?:0, )?1")
    for i in range(2):
        t.check(f"before{i} goes on", m.count(rf"^lodge: vm before{i}: powered off")
                or m.expect(rf"lodge: vm before{i}: powered off"))
    t.check("the owner runs all the time", not m.find("lodge: vm owner: (?!still runs)"))


def exits_of_an_owner(t, args, **options):
    """What the report says of the exits of a VM that has CPU 1 to itself, beside two that are busy."""
    m = boot(t, *(quota(f"busy{i}", "windows=100000") for i in range(2)),
             quota("owner", args, "affinity = <1>; exclusive;"), smp=2, **options)
    exits = m.expect(r"lodge: vm owner: \d+ exits: ([^;]*);").group(1)
    return {name: int(n) for name, n in re.findall(r"(\S+) (\d+)", exits)}


@test
def an_owner_is_left_alone(t):
    """Nothing ends its run in three seconds, once it is there: no tick, no interrupt of a device."""
    exits = exits_of_an_owner(t, "windows=3")
    t.check("no interrupt but the one that says that the CPU is its own", exits.get("interrupt", 0) <= 1, exits)


@test
def an_owner_that_is_stuck_is_reported(t):
    """It has neither exits nor a tick by which others are found."""
    guest = {"/tests/livelock": "tests/guests/contain-livelock"}
    stuck = describe("stuck", "/tests/livelock", more="affinity = <1>; exclusive;")
    m = t.boot(disk=t.disk(vms=[("00-stuck", stuck)], files=guest), smp=2)
    ends_well(t, m, 1)
    t.check("it is reported", m.find("lodge: vm stuck: vCPU 0 can't go on: it takes the same exception forever"))


@test_on("x86_64")
def an_owner_that_is_halted_for_good_ends(t):
    """HLT with interrupts off has no exit there."""
    guest = {"/tests/stop": "tests/guests/contain-cpu-stop"}
    stop = describe("stop", "/tests/stop", more="affinity = <1>; exclusive;")
    m = t.boot(disk=t.disk(vms=[("00-stop", stop)], files=guest), smp=2)
    ends_well(t, m, 1)
    t.check("it is reported", m.find("lodge: warning: vm stop: its last vCPU has switched itself off"))


@test
def an_owner_waits_without_exits(t):
    """In fifty periods; what is there now and then is from its beginning."""
    exits = exits_of_an_owner(t, "job=1000 period=10000 count=50")
    waits = exits.get({"riscv64": "virtual-insn", "aarch64": "wfx", "x86_64": "hlt"}[ARCH], 0)
    t.equal("none for waiting", waits, 0)
    # One of the host for each period, where it has the timer.
    t.check("it has waited", exits.get("interrupt", 0) >= {"riscv64": 0, "aarch64": 40, "x86_64": 40}[ARCH], exits)


@test_on("riscv64")
def an_owner_without_a_timer_of_its_own_has_one_exit_for_each(t):
    """Without Sstc a call sets it, and an interrupt of the host tells that it is due: nothing else."""
    few, many = (exits_of_an_owner(t, f"job=1000 period=10000 count={n}", cpu="sstc=false") for n in (10, 110))
    more = {name: n - few.get(name, 0) for name, n in many.items()}
    # But for the digits of what it prints.
    t.equal("only these are more", {name for name, n in more.items() if n > 5}, {"sbi", "interrupt"})
    t.check("one for each of a hundred periods", 90 <= more["interrupt"] <= 110 and 90 <= more["sbi"] <= 110, more)


@test
def what_a_kept_vm_had_is_free(t):
    """It stays as it was when it has ended, but has nothing of the host's CPUs any more."""
    # What has been used of a reservation is free when its period is over: that of another VM's life.
    names, cpus = ("first", "middle", "second"), "reservation-us = <600 1000>;"
    vms = [(name, describe(name, "/sbin/skernel", mib=8, more="" if name == "middle" else cpus)
            .replace("poweroff-host", "keep")) for name in names]
    m = t.boot(disk=t.disk(vms=vms, files=SKERNEL), smp=1)
    ends_well(t, m)
    for name in names:
        t.check(f"{name} has run", m.find(rf"^lodge: vm {name}: powered off .*reason none"), m.tail())
