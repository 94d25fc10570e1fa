# SPDX-License-Identifier: Apache-2.0
"""What no VM may see of another, as far as an emulator shows it: Documentation/hardening.rst."""
from harness import test, test_on
from harness.guest import boot_guests, by_guest, passes
from harness.machine import qemu_version
from harness.place import ARCH

# Side by side on one CPU, each with other marks.
MARKS = ["marks", "marks-2"]


def marks_stay(t, **options):
    m = boot_guests(t, MARKS, **options)
    passes(t, m, MARKS)
    said = by_guest(m.text, MARKS)
    # Harts' extensions, on riscv64. The host breaks long lines of a guest in the background.
    return ["".join(said[n]).partition(" registers, isa ")[2] for n in MARKS]


@test
def registers_keep_what_is_theirs(t):
    marks_stay(t)


def newer(old, new):
    """Properties of QEMU's harts that lost an x- once they were ratified."""
    return new if qemu_version() >= [8, 0] else old


@test_on("riscv64")
def registers_that_nothing_guards(t):
    # Without Smstateen a guest has AIA's registers, whether it is told of them or not.
    isas = marks_stay(t, cpu=newer("x-smaia=true,x-ssaia=true", "smaia=true,ssaia=true"))
    t.check("nor is it told", not any("ssaia" in n for n in isas))


@test_on("riscv64")
def memory_types_need_caches_that_can_be_cleaned(t):
    off = newer("", ",zicbom=false")
    isas = marks_stay(t, cpu="svpbmt=true" + off)
    t.check("the guests tell their harts' extensions", all(n.startswith("rv64") for n in isas))
    t.check("without Zicbom there is no Svpbmt", not any("svpbmt" in n for n in isas))
    if qemu_version() >= [8, 0]:
        isas = marks_stay(t, cpu="svpbmt=true,zicbom=true")
        t.check("with it there is", all("svpbmt" in n for n in isas))


@test_on("aarch64")
def on_a_cpu_whose_branch_history_is_replaced(t):
    # By the firmware's word, QEMU's has none; by Arm's list, this one.
    m = boot_guests(t, ["good"], cpu="cortex-a57")
    m.wait()
    t.check("it is told", m.find(r"^lodge: speculation: branch history cleared at each exit$"))


# Of the backings that tests/guests/guests.mk has, a page of the one that is claimed.
CLAIMED = {"riscv64": 0x88002000, "aarch64": 0x46002000, "x86_64": 0x8002000}


@test
def claimed_memory_is_zero(t):
    m = boot_guests(t, ["backings"], extra=["-device", "loader,data-len=8,"
                                            f"data=0x1badb0021badb002,addr={CLAIMED[ARCH]:#x}"])
    passes(t, m, ["backings"])


@test_on("x86_64")
def machine_checks_are_the_hosts(t):
    # Nobody shuts the processor down by them: a guest that has cleared CR4.MCE sees that, but
    # by an exit, as the bit is set.
    if qemu_version() >= [9, 0]:
        t.skip("this QEMU takes each read of a control register for one of CR0")
    m = boot_guests(t, ["cr4-mce"])
    passes(t, m, ["cr4-mce"])
    t.check("CR4 is not all its own", m.find(r"^lodge: vm cr4-mce: .*\bcr4-read \d+"))
