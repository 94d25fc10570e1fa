# SPDX-License-Identifier: Apache-2.0
"""The bare guests of tests/guests: many on one disk, reported one by one."""
import re

from harness import test, test_on
from harness.arch import THIS
from harness.guest import boot_guests, by_guest, finish, passes, tap_faults, test_guests
from harness.machine import qemu_version
from harness.place import ARCH

# These want another machine, or are not to pass: other tests have them.
ELSEWHERE = ("bench", "contain-cyclic", "contain-paste", "contain-states", "cr4-mce", "fail", "given-disk", "honest", "marks",
             "marks-2", "memory-1g", "memory-3g", "passed", "quota", "share", "steal", "stop", "typed",
             "watchdog")
# These need the CPU to themselves, and one flash is for one VM.
CPUS = ("entry", "wfi", "smp", "smp-fence", "smp-storm", "reset-4",
        *(("eoi", "kick", "kvmclock") if ARCH == "x86_64" else ()))
# These run long enough that the next is started beside them.
LONG = ("fp", "fp-2", "firmware-fuzz", "rtc", "sbi-time", "sysreg", "timer")

NAMES = [n for n in test_guests() if not n.startswith("contain-") and n not in ELSEWHERE]


@test
def guests(t):
    short = [n for n in NAMES if n not in LONG + CPUS]
    passes(t, boot_guests(t, short), short)


@test
def guests_that_take_long(t):
    names = [n for n in LONG if n in NAMES]
    passes(t, boot_guests(t, names), names)


@test
def guests_by_themselves(t):
    for name in CPUS:
        passes(t, boot_guests(t, [name]), [name])


@test_on("riscv64")
def without_floating_point(t):
    names = ["isa", "exceptions", "sbi-base"]
    # Newer ones have by default what depends on it.
    cpu = "f=false,d=false" + (",zfa=false" if qemu_version() >= [8, 1] else "")
    m = boot_guests(t, names, cpu=cpu)
    passes(t, m, names)


@test
def a_guest_that_fails(t):
    m = boot_guests(t, ["fail", "good"])
    status = m.wait()
    t.check("its failure is in the report",
            m.find(r"^lodge: " + THIS.failed.format("fail")))
    t.check("the next VM runs", m.find(r"^lodge: vm good: powered off .*reason none"))
    t.equal("the machine's status tells of it", status, 1)


# What becomes of those that misbehave: a report of their end, or that they pass.
CRASH = r"^lodge: vm {}: crashed$"
WHY = r"^lodge: vm {}: vCPU 0 can't go on: "
NO_MEMORY = r"where it has no memory$"
SURVIVES = r"^lodge: vm {}: powered off \(type shutdown, reason none\)"
CONTAINED = {
    "contain-amo-mmio": SURVIVES,
    "contain-cpu-stop": r"^lodge: warning: vm {}: its last vCPU has switched itself off",
    "contain-fetch-mmio": WHY + rf"it runs at gpa {THIS.uart:#x} .*" + NO_MEMORY,
    "contain-fp-mmio": SURVIVES,
    "contain-livelock": WHY + r"it takes the same exception forever",
    "contain-livelock-paging": WHY + r"it takes the same exception forever",
    "contain-pagetable": WHY + r"the page-table walk .* reads gpa 0x50000[0-9a-f]+, " + NO_MEMORY,
    "contain-pagetable-mmio": WHY + rf"the page-table walk .* reads gpa {THIS.intc >> 16:#x}"
                                    r"0[0-9a-f]+, ",
    "contain-self-modify": SURVIVES,
    "contain-stack": WHY + r"it runs at gpa 0 ",
    "contain-store": SURVIVES,
    "contain-wild-pc": WHY + r"it runs at gpa 0x50000000 .*" + NO_MEMORY,
    "contain-wild-vector": WHY + r"it runs at gpa 0x50000[02]00 .*" + NO_MEMORY,
}
if ARCH == "aarch64":
    CONTAINED["contain-aarch32"] = SURVIVES
    # Of a walk the CPU tells the page that could not be read.
    CONTAINED["contain-pagetable"] = (WHY + r"the page-table walk .* reads gpa 0x50000000, "
                                      + NO_MEMORY)
if ARCH == "riscv64":
    CONTAINED["contain-finisher"] = (r"^lodge: vm {}: powered off "
                                     r"\(type shutdown, reason failure\)")
if ARCH == "x86_64":
    # What can't deliver an exception shuts down.
    CONTAINED.update({
        "contain-fetch-mmio": WHY + rf"it runs at gpa {THIS.intc:#x} .*" + NO_MEMORY,
        "contain-livelock-paging": WHY + r"a triple fault",
        "contain-pagetable": WHY + r"a triple fault",
        "contain-pagetable-mmio": WHY + r"a triple fault",
        "contain-stack": WHY + r"a triple fault",
        "contain-wild-vector": WHY + r"it runs at gpa 0x50000000 .*" + NO_MEMORY,
    })
CONTAINED = {n: end for n, end in CONTAINED.items() if n in test_guests()}
# These go on for ever.
ENDLESS = ("contain-exits", "contain-spin", "contain-wfi")
# And these are a trouble to their neighbours, which test_neighbours.py, test_hostile.py,
# test_timers.py and test_console.py look at.
NEIGHBOURS = ("contain-flood", "contain-hostile", "contain-reset-bss", "contain-sbi-flood", "contain-timers",
              "gap")


def dump_of(m, name):
    """What the host tells about the VM @name when that can't go on."""
    match = m.find(rf"^lodge: vm {name}: vCPU 0 can't go on: .*\n((?:    .*\n)+)")
    return match.group(1) if match else ""


@test
def guests_that_misbehave(t):
    names = sorted(CONTAINED) + ["good"]
    m = boot_guests(t, names)
    status = finish(m)
    for name, end in CONTAINED.items():
        t.check(f"{name} is contained", m.find(end.format(name)), end.format(name))
    crashed = [n for n in CONTAINED if CONTAINED[n].startswith(WHY)]
    t.equal("a report says of those that can't go on that they crashed",
            [n for n in crashed if not m.find(CRASH.format(n))], [])
    t.equal("and what each has cost",
            [n for n in CONTAINED if not m.find(rf"^lodge: vm {n}: \d+ exits: .* us of CPU")], [])
    t.check("a VM that starts after all of them runs",
            m.find(r"^lodge: vm good: powered off \(type shutdown, reason none\)"))
    t.equal("the machine's status tells of them", status, 1)

    said = by_guest(m.text, names)
    t.equal("a guest that stores where nothing is goes on", tap_faults(said["contain-store"]), [])
    t.equal("its addresses are reported once each",
            m.count(r"^lodge: warning: vm contain-store: nothing is at "), 3)
    t.check("and the accesses counted",
            m.find(r"^lodge: vm contain-store: 3000 unclaimed accesses"))


# Of a report's registers.
SHOWN = {
    "riscv64": {
        "cause": r"scause 20 \(fetch guest-page fault\), fault in: nested \(G\) stage",
        "registers": r"ra|sp|gp|tp|[ast]\d+",
        "control": (r"vs(?:status|tvec|epc|cause|tval|atp|ie)", 7),
        "fetch": r"fetch-fault +pc 0000000050000000 +gpa 50000000",
        "store": "store-fault",
        "walk": r"stval +[0-9a-f]+ .*gpa +00000000500[0-9a-f]+",
        "where": r"pc +0000000050000000 .* gpa +0000000050000000",
        "number": 31,
        "livelock": "guest's last trap: illegal instruction",
    },
    "aarch64": {
        "cause": r"\(instruction abort from a lower level\), fault in: stage 2\n",
        "registers": r"x\d+",
        "control": (r"\w+_EL[01]", 12),
        "fetch": r"fetch-abort +pc 0000000050000000  syndrome 8200000[4-7]",
        "store": "data-abort",
        "walk": r"FAR_EL2 +[0-9a-f]+ .*gpa +00000000500[0-9a-f]+",
        "where": r"pc +0000000050000000 .* gpa +0000000050000000",
        "number": 31,
        "livelock": r"guest's last: undefined instruction",
    },
    "x86_64": {
        "cause": r"exit code 0x400 \(memory-fault\), fault in: nested; 64-bit mode",
        "registers": r"r(?:[a-d]x|[sd]i|[sb]p|\d+)",
        "control": (r"cr[0234]|efer", 5),
        "fetch": r"memory-fault +rip 0000000050000000 +info 50000000",
        "store": "io",
        "before": r"rip \w+ +info ",
        "walk": r"memory-fault +rip [0-9a-f]+ +info 50000000",
        "where": r"rip +0000000050000000 .*info 100000014 50000000",
        "number": 16,
        "livelock": r"intinfo 306\b",
    },
}


@test
def what_is_shown_of_a_crash(t):
    m = boot_guests(t, ["contain-wild-pc", "contain-pagetable", "contain-livelock"])
    m.wait()
    dump = dump_of(m, "contain-wild-pc")
    shown = SHOWN[ARCH]
    t.check("the cause and the stage that faulted", re.search(shown["cause"], dump), dump)
    t.check("pc and guest-physical address",
            re.search(shown["where"], dump), dump)
    t.equal("all general registers", len(re.findall(
        rf"\b(?:{shown['registers']}) +[0-9a-f]{{16}}", dump)), shown["number"])
    t.equal("the guest's control registers", len(re.findall(
        rf"\b(?:{shown['control'][0]}) +[0-9a-f]{{4,16}}\b", dump)), shown["control"][1])
    before = shown.get("before", rf"pc \w+ +gpa {THIS.uart:x}\n")
    t.check("the last exits, that one first", re.search(
        rf"last exits, newest first:\n +{shown['fetch']}\n"
        rf" +{shown['store']} +{before}", dump), dump)
    t.check("of a page-table walk, the address and the table's",
            re.search(shown["walk"], dump_of(m, "contain-pagetable")),
            dump_of(m, "contain-pagetable"))
    t.check("of a livelock, what the guest was trapping on",
            re.search(shown["livelock"], dump_of(m, "contain-livelock")))


@test
def guests_that_never_end(t):
    for name in ENDLESS:
        m = boot_guests(t, [name, "exceptions"])
        m.expect(rf"lodge: vm {name}: still runs; starting exceptions beside it")
        m.expect(r"lodge: vm exceptions: (powered off|crashed|ended)[^\n]*\n")
        t.equal(f"beside {name} the next VM runs and passes",
                tap_faults(by_guest(m.text, [name, "exceptions"])["exceptions"]), [])
        m.end()
    names = list(ENDLESS) + ["exceptions", "good"]
    m = boot_guests(t, names)
    m.expect(r"lodge: vm good: powered off")
    t.equal("beside all of them it does", tap_faults(by_guest(m.text, names)["exceptions"]), [])


@test
def all_bare_guests_are_in_a_test(t):
    known = set(NAMES) | set(ELSEWHERE) | set(CONTAINED) | set(ENDLESS) | set(NEIGHBOURS)
    t.equal("none is left out", sorted(set(test_guests()) - known), [])
