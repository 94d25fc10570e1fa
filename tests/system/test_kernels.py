# SPDX-License-Identifier: Apache-2.0
"""The guests that are kernels themselves: tkernel with its threads, mkernel with its processes."""
from harness import test, test_on
from harness.arch import THIS
from harness.guest import describe, second_flash

POWERED_OFF = r"^lodge: vm {}: powered off \(type shutdown, reason none\)"
TEXT = max(THIS.entry, 0x200000)  # where our kernels begin
# mkernel's table: what its processes do, and what it has to say of that.
STACK = 0x40000000 - (64 << 10)
TRESPASSES = (
    ("loads from the kernel", f"load from {TEXT:#x}"),
    ("stores to the kernel", f"store to {TEXT:#x}"),
    ("jumps to the kernel", f"run at {TEXT:#x}"),
    ("loads from 0", "load from 0x0"),
    ("stores to its code", "store to 0x1000"),
    ("runs on its stack", f"run at {STACK:#x}"),
    ("stores below its stack", f"store to {STACK - 8:#x}"),
)


def boot_tkernel(t, ask_ms, kernel="tkernel", **options):
    """A machine with tkernel alone, which waits so long for who types."""
    vm = describe("tkernel", "/sbin/" + kernel, 16, chosen=f'bootargs = "ask-ms={ask_ms}";',
                  devices=second_flash(0x10000))
    return t.boot(disk=t.disk(vms=[vm], files={"/sbin/" + kernel: "guests/" + kernel}), **options)


def number(m, pattern):
    """What the console has said there, or 0."""
    match = m.find(pattern)
    return int(match.group(1)) if match else 0


def threads_ran(t, m, told_by):
    """What tkernel says of its threads."""
    t.check(f"it is told of its machine by {told_by}",
            m.find(rf"^tkernel: threads on .*, told by {told_by}$"))
    t.check("the flash is read through a fault, under preemption",
            m.find(rf"^tkernel: flash at {THIS.flash:#x} begins with 0x646c6670 \(\"pfld\"\)$"))
    t.check("the values 0 to 256 are taken once each, in order",
            m.find(rf"^tkernel: 257 values taken, their sum {sum(range(257))}, 0 out of order$"))
    for who, what in ("producer", "times for room"), ("consumer", "times for a value"):
        t.check(f"the {who} really waits", number(m, rf"{who}(?: waited)? (\d+) {what}") > 0)
    match = m.find(r"^tkernel: .* preempted (\d+) times, 0 of its (\d+) results wrong$")
    t.check("one that never waits is preempted, and does not notice",
            match and int(match.group(1)) > 0 and int(match.group(2)) > 0)
    t.check("timer interrupts are counted, and are not fewer than preemptions",
            match and number(m, r"^tkernel: (\d+) timer interrupts in \d+ ms$")
            >= int(match.group(1)))


def ends_well(t, m, name):
    """The guest finds all well, and so does the host."""
    status = m.wait()
    t.check(f"{name} is content", m.find(rf"^{name}: all well, powering off$"))
    t.check("and powers off", m.find(POWERED_OFF.format(name)))
    t.equal("the machine ends well", status, 0)


def types(t, m):
    """What is typed comes back, and an answer."""
    m.expect(r"tkernel: type a line; it has to begin within \d+ ms: ")
    m.send("stressed")
    m.expect(r"stressed\s*\n")
    m.expect(r'tkernel: that is (\d+) characters, and backwards "(\w+)"')
    t.equal("it reads what is typed, and answers", m.child.match.groups(), ("8", "desserts"))


FIRMWARE = "PVH" if THIS.machine == 62 else "a devicetree"


@test
def threads(t):
    m = boot_tkernel(t, 600000)
    types(t, m)
    ends_well(t, m, "tkernel")
    threads_ran(t, m, FIRMWARE)


@test
def nobody_types(t):
    m = boot_tkernel(t, 1)
    ends_well(t, m, "tkernel")
    t.check("where nobody types it goes on", m.find(r"begin within 1 ms: nobody has$"))


@test
def another_flash(t):
    m = boot_tkernel(t, 0, flash=None)
    t.equal("without its word in the flash tkernel has failed", m.wait(), 1)
    t.check("and says so", m.find(r"^tkernel: FAILED: what the flash begins with$"))
    t.check("without having asked for a line", not m.find("type a line"))


@test_on("x86_64")
def threads_by_multiboot(t):
    m = boot_tkernel(t, 600000, "tkernel-multiboot")
    types(t, m)
    ends_well(t, m, "tkernel")
    threads_ran(t, m, "Multiboot")


@test
def processes(t):
    m = t.boot(disk=t.disk(vms=["guests/36-mkernel.dts"],
                           files={"/sbin/mkernel": "guests/mkernel"}))
    ends_well(t, m, "mkernel")
    t.check("a process writes, from the address that it is linked for",
            m.find(r"^hello: this line comes by write, from user mode\n"
                   r"hello: my code is at 0x1000, my stack from 0x3fff0000 to 0x40000000$"))
    t.equal("each unknown call is answered with ENOSYS",
            m.count(r"^hello: system call -?\d+: -38$"), 3)
    t.equal("each bad pointer with EFAULT", m.count(r"^hello: write from [^:\n]*: -14$"), 8)
    t.check("an exit code reaches the kernel", m.find(r"^mkernel: hello exited with 42$"))
    for what, why in TRESPASSES:
        t.check(f"a process that {what} crashes",
                m.find(rf"^mkernel: one that {what} crashed.*: it can't {why}$"))
    t.check("and one with a privileged instruction",
            m.find(r"^mkernel: one that does what a kernel does crashed at 0x1\w+: exception "))
