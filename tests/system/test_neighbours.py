# SPDX-License-Identifier: Apache-2.0
"""What a VM has the host do takes no time of its neighbours but its own slices."""
from harness import test, test_on
from harness.guest import boot_guests, describe, test_guest
from harness.place import enabled, number

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
    resets = m.count(r"^lodge: vm contain-reset-bss: reset in place")
    t.check("more than once", resets > (0 if enabled("KASAN") else 1), f"{resets} resets\n{m.tail()}")


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


@test_on("riscv64")
def fp_registers_stay_private(t):
    """One that never uses them sees none of its neighbour's, which it shares a CPU with."""
    ms = number("AUTOSTART_WAIT_MS") + 2000
    unused = describe("unused", "/tests/fp-unused", chosen=f'bootargs = "ms={ms}";')
    files = {**test_guest("fp-unused")[1], **test_guest("fp")[1]}
    m = t.boot(disk=t.disk(vms=[("10-unused", unused), ("20-fp", test_guest("fp")[0])], files=files),
               smp=1)
    status = m.wait()
    t.check("they ran beside each other", m.find(r"unused: still runs; starting fp beside it"))
    t.check("none is seen", m.find(r"^(\[unused\] )?ok 1 - its FP registers are 0"), m.tail())
    t.check("and none is lost", m.find(r"^ok \d+ - and half a second of computing"), m.tail())
    t.equal("their machine ends well", status, 0)
