# SPDX-License-Identifier: Apache-2.0
"""Guests with several vCPUs on several CPUs; test_guests.py has them on one."""
from harness import test, test_on
from harness.guest import boot_guests, passes
from harness.place import ARCH

CPUS = (2, 4)
NAMES = ("smp", "smp-fence", "smp-storm", "reset-4", "ipi",
         *(("eoi", "kick") if ARCH == "x86_64" else ()))


@test
def several_vcpus(t):
    """They start and stop each other, send interrupts, and change translations under each other."""
    for smp in CPUS:
        for name in NAMES:
            passes(t, boot_guests(t, [name], smp=smp), [name])


@test_on("riscv64")
def without_sstc(t):
    """The host's timer of a hart is armed on the CPU where that was last."""
    for smp in CPUS:
        for name in ("smp", "smp-storm"):
            passes(t, boot_guests(t, [name], smp=smp, cpu="sstc=false"), [name])


@test_on("aarch64")
def with_a_gicv2(t):
    for smp in CPUS:
        for name in ("smp", "smp-storm"):
            passes(t, boot_guests(t, [name], smp=smp, machine="gic-version=2"), [name])
