# SPDX-License-Identifier: Apache-2.0
"""What a VM has the host do takes no time of its neighbours but its own slices."""
from harness import test
from harness.guest import boot_guests, describe
from harness.place import enabled

ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1"]

SLICE_US = 1000
# The slice of the one that works, and what it does between two looks at its end.
GAP_US = SLICE_US + 1000


def gap_beside(t, neighbour, **options):
    """The longest gap that an honest VM sees beside @neighbour, and how many there were."""
    m = boot_guests(t, [neighbour, "gap"], extra=ICOUNT, **options)
    longest, gaps = map(int, m.expect(r"# longest gap (\d+) us, (\d+) gaps").groups())
    t.figure(f"longest gap beside {neighbour}", longest, "us")
    t.check(f"no gap beside {neighbour} is above a slice and a millisecond", longest <= GAP_US,
            f"{longest} us")
    return m, gaps


@test
def resets_that_clear_memory(t):
    m, gaps = gap_beside(t, "contain-reset-bss", mem="512M")
    t.check("the neighbour was reset meanwhile, and had its slices", gaps > 2,
            f"{gaps} gaps")
    # With the address sanitizer's checks a reset takes longer than the others' time.
    t.check("more than once", m.count(r"^lodge: vm contain-reset-bss: reset in place")
            > (0 if enabled("KASAN") else 1))


@test
def what_loading_takes_is_charged(t):
    mib = 256  # of zeroes, in the guest's file
    vm = describe("zeroes", "/tests/zeroes", mib=300, chosen='bootargs = "off";')
    disk = t.disk(vms=[vm], files={"/tests/zeroes": "tests/guests/contain-reset-bss"})
    m = t.boot(disk=disk, mem="512M", extra=ICOUNT)
    t.equal("the machine ends well", m.wait(), 0)
    cpu = m.find(r"^lodge: vm zeroes: \d+ exits?: .*; (\d+) us of CPU time")
    load = m.find(r"^lodge: vm zeroes: (\d+) us of the CPU time to create and load it$")
    if t.check("its report tells what making it took", cpu and load):
        cpu, load = int(cpu.group(1)), int(load.group(1))
        # An instruction stores sixteen bytes at most, and a thousand of them are a microsecond.
        t.check("which is at least the stores that it takes", load > (mib << 20) // 16 // 1000, f"{load} us")
        t.check("and is part of its CPU time", load <= cpu < 2 * load, f"{load} of {cpu} us")
