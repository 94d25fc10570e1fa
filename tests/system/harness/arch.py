# SPDX-License-Identifier: Apache-2.0
"""What tests have to know of an architecture: its board's addresses, and names."""
from dataclasses import dataclass

from .place import ARCH


@dataclass(frozen=True)
class Arch:
    """One of them."""

    ram: int            # where guests, and the host, have RAM
    entry: int          # where a plain kernel goes in it
    kernel: int         # where the RAM begins that pgkernel tells of
    flash: int          # the second flash bank
    intc: int           # the interrupt controller, for guests
    uart: int
    console: str        # Linux's name of it
    serial: str         # the same, in /proc/iomem
    power_off: str      # the exit by which a guest powers off
    modes: tuple        # of translation, that pgkernel runs in
    machine: int        # ELF's number
    cpuinfo: str        # what Linux says of each CPU
    # Why a guest that has failed ends, as the host has it.
    failed: str
    qemu: tuple         # a bare machine like the guests' board


ARCHS = {
    "riscv64": Arch(
        ram=0x80000000, entry=0x80200000, kernel=0x80000000, flash=0x22000000, intc=0xc000000,
        uart=0x10000000,
        console="ttyS0", serial="10000000.serial", power_off="sbi",
        modes=("Sv39", "Sv48", "Sv57"), machine=243, cpuinfo=r"^isa\s*: rv64",
        failed=r"vm {}: powered off \(type shutdown, reason failure\)",
        qemu=("-M", "virt", "-cpu", "rv64")),
    "aarch64": Arch(
        ram=0x40000000, entry=0x40200000, kernel=0x40000000, flash=0x04000000, intc=0x8000000,
        uart=0x9000000,
        console="ttyAMA0", serial="9000000.pl011", power_off="hvc",
        modes=("39-bit", "48-bit"), machine=183, cpuinfo=r"^CPU part\s*: 0x",
        failed=r"warning: vm {}: its last vCPU has switched itself off",
        qemu=("-M", "virt,gic-version=3", "-cpu", "max")),
    "x86_64": Arch(
        ram=0, entry=0x10000, kernel=0x200000, flash=0xffc00000, intc=0xfec00000, uart=0x3f8,
        console="ttyS0", serial="serial", power_off="vmmcall", modes=("4-level",), machine=62,
        cpuinfo=r"^vendor_id\s*: AuthenticAMD", failed=r"vm {}: crashed",
        qemu=("-M", "q35", "-cpu", "EPYC")),
}

THIS = ARCHS.get(ARCH)
