# SPDX-License-Identifier: Apache-2.0
"""What CONFIG_DEBUG_LOCKS finds in Lodge, that sound runs are clean, and calls between CPUs.

Lodge is built with it, and with faults on demand, in a directory of its own."""
import re

import variant
from harness import test
from harness.guest import boot_guests, describe, linux, linux_files, passes, run_linux
from harness.place import ARCH, SRC, built



def declared(*names):
    """Where kernel/lock/test.c declares these locks, as a report names them."""
    with open(f"{SRC}/kernel/lock/test.c", encoding="utf-8") as f:
        lines = f.read().splitlines()
    return (rf"kernel/lock/test\.c:{n}" for name in names
            for n, line in enumerate(lines, 1)
            if re.match(rf"static struct (spinlock|mutex) {name}\b.* = ", line))


A, B, C, TWINS, M, N = declared("a", "b", "c", "twins", "m", "n")


def reversed_order(fault, lock, held, *before):
    """The report of an order that is the other way round than @before, pairs of locks."""
    text = rf"the order of locks is reversed: acquires: {lock}\n  at \w+ {fault}\+.*\n" \
           rf"  while {held} is held, acquired at \w+ {fault}\+.*\n"
    return text + "".join(rf"  before: {b} acquired at \w+ {fault}\+.*, while {a} was held, "
                          rf"acquired at \w+ {fault}\+.*\n" for a, b in before)


def irq(fault, lock):
    """The report of a handler that may wait for what it has interrupted."""
    return r"an interrupt may wait for what it interrupts\n  at .*\n" \
           rf"  {A} is acquired by an interrupt handler at \w+ handler_locks_a\+.*\n" \
           rf"  {lock} is acquired or held with interrupts on at \w+ {fault}\+.*\n"


# Fault -> what the report has to say.
FAULTS = {
    "order": reversed_order("order", A, B, (A, B)),
    "order-of-three": reversed_order("order_of_three", A, C, (A, B), (B, C)),
    "order-mutex": reversed_order("order_mutex", M, N, (M, N)),
    "recursion": rf"acquires a lock that it holds: {A}\n  at \w+ recursion\+.*\n"
                 rf"  while {A} is held, acquired at \w+ recursion\+",
    "recursion-mutex": rf"acquires a lock that it holds: {M}\n  at \w+ recursion_mutex\+.*\n"
                       rf"  while {M} is held, acquired at \w+ recursion_mutex\+",
    "same-class": rf"two locks of a class are acquired: {TWINS}\n  at \w+ same_class\+.*\n"
                  rf"  while {TWINS} is held, acquired at \w+ same_class\+",
    "no-init": r"a lock that was never initialised is acquired: a lock\n  at \w+ no_init\+",
    "init-held": rf"initialises a lock that is held: {A}\n  at \w+ init_held\+.*\n"
                 rf"  while {A} is held, acquired at \w+ init_held\+",
    "init-mutex": rf"initialises a lock that is held: {M}\n  at \w+ init_mutex\+.*\n"
                  rf"  while {M} is held, acquired at \w+ init_mutex\+",
    "mutex-irqs-off": rf"acquires a mutex with interrupts off: {M}\n  at \w+ mutex_irqs_off\+",
    "irq": irq("irq", A),
    "irq-afterwards": irq("irq_afterwards", A),
    "irq-turned-on": irq("irq_turned_on", A),
    "irq-between": irq("irq_between", C) +
                   rf"  before: {B} acquired at \w+ irq_between\+.*, while {A} was held.*\n"
                   rf"  before: {C} acquired at \w+ irq_between\+.*, while {B} was held",
    "sleep": rf"sleeps with a spinlock held\n  at \w+ waitq_wait\+.*\n"
             rf"  while {A} is held, acquired at \w+ sleep\+",
    "yield": rf"sleeps with a spinlock held\n  at .*\n  while {A} is held, acquired at \w+ yield\+",
    "sleep-in-irq": r"an interrupt handler sleeps\n  at ",
    "call": rf"waits for other CPUs with a spinlock held\n  at \w+ cpus_call\+.*\n"
            rf"  while {A} is held, acquired at \w+ call\+",
    "release-free": rf"releases a lock that nobody holds: {A}\n  at \w+ release_free\+",
    "release-other": rf"releases a lock that another CPU holds: {A}\n  at \w+ release_other\+.*\n"
                     rf"  while {A} is held, acquired at \w+ hold_a\+",
    "release-mutex": rf"releases a mutex that this thread does not hold: {M}\n"
                     r"  at \w+ release_mutex\+",
    "end-with-mutex": rf"a thread ends with a mutex held: {M}\n  at .*\n"
                      rf"  while {M} is held, acquired at \w+ hold_m\+",
}
# Two locks of a class whose ranks are first in order and then are not.
RANK = r"lodge: the other way round\nlodge: locks on CPU 0: two locks of a class are acquired: twin\n" \
       r"  at \w+ rank\+.*\n  while twin is held, acquired at \w+ rank\+"

# First touches, devices, several vCPUs, and the crash of a VM's neighbour.
GUESTS = {"riscv64": ["mmio", "plic", "smp-fence", "uart"],
          "aarch64": ["gic", "mmio", "smp-fence", "uart"],
          "x86_64": ["apic", "mmio", "smp-fence", "uart"]}


def image():
    """Lodge with the checks and the faults, in a directory of its own."""
    out = built("tests/locks")
    variant.build(out, ARCH, ["CONFIG_DEBUG_LOCKS", "CONFIG_LOCK_TEST"], ["lodge.elf", "lodge.bin"])
    return f"{out}/lodge.elf"


def is_reported(t, fault, report):
    """Whether @fault is, as @report says."""
    m = t.boot(image=image(), append=f"lodge.lock-fault={fault}", mem="128M", smp=2)
    status = m.wait()
    text = m.text.partition(f"lodge: fault {fault}\n")[2]
    t.check(f"{fault} is reported", status == 101 and re.match(report, text), text)


@test
def every_fault_is_reported(t):
    for fault, report in FAULTS.items():
        is_reported(t, fault, rf"lodge: locks on CPU \d+: {report}")
    is_reported(t, "rank", RANK)


@test
def cpus_call_each_other(t):
    for smp in (1, 4):
        m = t.boot(image=image(), append="lodge.call-test=1", mem="128M", smp=smp)
        m.wait()
        t.check(f"all of {smp} CPUs call all", m.find(rf"^lodge: call test: {smp} CPUs have made \d+ calls"),
                m.text)


@test
def sound_runs_are_clean(t):
    passes(t, boot_guests(t, GUESTS[ARCH], image=image(), mem="512M", smp=2), GUESTS[ARCH])
    # What their threads are entitled to is changed where several run queues are locked.
    entitled = {"busy": "", "reserved": "reservation-us = <5000 10000>;", "own": "affinity = <1>; exclusive;",
                "late": "cap = <50>;"}
    m = t.boot(image=image(), mem="512M", smp=2, disk=t.disk(
        vms=[(f"{i}0-{name}", describe(name, "/tests/quota", chosen='bootargs = "windows=2";', more=more))
             for i, (name, more) in enumerate(entitled.items())],
        files={"/tests/quota": "tests/guests/quota"}))
    t.equal("VMs that share CPUs run, and the machine ends well", m.wait(), 0)
    m = t.boot(image=image(), mem="512M", smp=2, disk=t.disk(
        vms=[("10-linux", linux(bootargs=run_linux("uname -a")))], files=linux_files(t)))
    t.equal("Linux boots, and the machine ends well", m.wait(), 0)
