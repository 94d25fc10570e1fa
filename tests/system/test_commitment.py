# SPDX-License-Identifier: Apache-2.0
"""Memory that VMs were promised: nobody else gets it.

Where one has to begin while another waits, time is counted in instructions: a slow machine
would have the other end first.
"""
from harness import test
from harness.arch import THIS
from harness.guest import describe

GROW = {"/tests/grow": "tests/guests/grow"}
NO_MEMORY = r"lodge: vm {}: vCPU 0 can't go on: no memory left for its page"


def grow(name, mib, args="", more="", on_exit="poweroff-host"):
    """A VM that uses all of its memory."""
    text = describe(name, "/tests/grow", mib, chosen=f'bootargs = "{args}";', more=more)
    return text.replace('"poweroff-host"', f'"{on_exit}"')


def done(m, name, count=1):
    """That the guest @name has used all of its memory and ended well, so often."""
    return m.count(rf"^lodge: vm {name}: powered off \(type shutdown, reason none\)") >= count


@test
def two_that_do_not_fit_together(t):
    disk = t.disk(vms=[("10-honest", grow("honest", 120, "1500")),
                       ("20-hostile", grow("hostile", 200, "stay")),
                       ("30-small", grow("small", 16))], files=GROW)
    m = t.boot(disk=disk, mem="256M", smp=1, icount=True)
    status = m.wait()
    t.check("the second is refused, in a sentence",
            m.find(r"^lodge: error: /vms/20-hostile.dtb: the VM may use up to 20\d MiB, page "
                   r"tables and state included, and the host has 1[0-3]\d MiB left "
                   r"beside 12\d MiB of /vms/10-honest.dtb: make the VM smaller, end another, or say "
                   r"\"overcommit\"$"))
    t.check("the first gets all of its memory", done(m, "honest"))
    t.check("a third that fits beside it runs", done(m, "small"))
    t.equal("the machine's status tells of the refusal", status, 1)


@test
def one_that_overcommits(t):
    """It takes all that is left, and then it is the one that ends, again and again."""
    disk = t.disk(vms=[("10-honest", grow("honest", 120, "2500")),
                       ("20-greedy", grow("greedy", 200, "stay", "overcommit;", "keep"))],
                  files=GROW)
    m = t.boot(disk=disk, mem="256M", smp=1, icount=True)
    m.wait()
    t.check("who overcommits ends", m.find(NO_MEMORY.format("greedy")))
    t.check("who was promised its memory has it", done(m, "honest"))
    t.check("and does not crash", not m.find(NO_MEMORY.format("honest")))


@test
def a_restart_keeps_the_promise(t):
    """The greedy one takes all there is while the other is down."""
    vms = [("10-honest", grow("honest", 120, "", "", "restart")),
           ("20-greedy", grow("greedy", 200, "stay", "overcommit;", "keep"))]
    m = t.boot(disk=t.disk(vms=vms, files=GROW), mem="256M", smp=1)
    m.expect(NO_MEMORY.format("greedy"))
    before = m.count(r"^lodge: vm honest: powered off")
    for _ in range(2):
        m.expect(r"lodge: vm honest: powered off \(type shutdown, reason none\)")
    t.check("it is started again", done(m, "honest", before + 2))
    t.check("and has its memory each time", not m.find(NO_MEMORY.format("honest")))
    t.check("and is not refused", not m.find(r"/vms/10-honest.dtb: "))


@test
def a_host_range_stays_claimed(t):
    """So does the part of the host's memory that a description names."""
    low = THIS.ram + 0xa000000  # free: QEMU puts the devicetree at 128 MiB, or at the end
    range_ = (f"#address-cells = <2>; #size-cells = <2>; memory@{low:x} {{ "
              f'reg = <0 {low:#x} 0 0x1000000>; backing = "identical"; }};')
    vms = [("10-honest", grow("honest", 8, "", range_, "restart")),
           ("20-greedy", grow("greedy", 240, "stay", "overcommit;", "keep"))]
    m = t.boot(disk=t.disk(vms=vms, files=GROW), mem="256M", smp=1)
    m.expect(NO_MEMORY.format("greedy"))
    m.expect(r"lodge: vm honest: powered off \(type shutdown, reason none\)")
    m.expect(r"lodge: vm honest: powered off \(type shutdown, reason none\)")
    t.check("it is not refused", not m.find(r"/vms/10-honest.dtb: "))
