# SPDX-License-Identifier: Apache-2.0
"""How long interrupts are off at most, in instructions, and where: by CONFIG_IRQSOFF_TRACER."""
import re

import variant
from harness import test
from harness.guest import SKERNEL, describe, guests_disk
from harness.arch import THIS
from harness.place import ARCH, built

ICOUNT = ["-icount", "shift=0,sleep=off", "-seed", "1"]
LIMIT = 20000

# First touches, devices, string instructions, several CPUs, an image with much to zero, and the
# crash of a VM.
GUESTS = {"riscv64": ["backings", "mmio", "plic", "smp-fence", "uart", "contain-wild-pc"],
          "aarch64": ["backings", "gic", "mmio", "smp-fence", "uart", "contain-wild-pc"],
          "x86_64": ["apic", "backings", "mmio", "smp-fence", "uart", "contain-wild-pc", "contain-fetch-mmio",
                     "contain-pagetable-mmio", "walk"]}

# Its RAM ends in the middle of a block: tables that are taken apart entry by entry.
ODD = ("90-odd", describe("odd", "/sbin/skernel").replace(
    "memory-mib = <32>;", "#address-cells = <2>; #size-cells = <2>;").replace(
    "chosen {", f"memory@{THIS.ram:x} {{ reg = <0 {THIS.ram:#x} 0 0x1fff000>; }}; chosen {{"))


def traced_image():
    """Lodge with the tracer in it, in a directory of its own."""
    out = built("tests/irqsoff")
    # The latter is what QEMU boots on aarch64.
    variant.build(out, ARCH, ["CONFIG_IRQSOFF_TRACER"], ["lodge.elf", "lodge.bin"])
    return f"{out}/lodge.elf"


@test
def interrupts_are_never_off_for_long(t):
    disk = guests_disk(t, GUESTS[ARCH], vms=[ODD], files=SKERNEL)
    m = t.boot(disk=disk, image=traced_image(), extra=ICOUNT, mem="512M")
    m.wait()
    found = re.findall(r"^lodge: interrupts off for (\d+) cycles: from (.*) to (.*)$", m.text, re.M)
    if not t.check("the machine tells at its end", found):
        return
    t.figure("longest stretch with interrupts off", int(found[0][0]), "instructions")
    for cycles, begin, end in found[:4]:
        print(f"# {cycles}: from {begin} to {end}")
    t.check("the longest first", [int(f[0]) for f in found] ==
            sorted((int(f[0]) for f in found), reverse=True))
    t.equal("none is longer than it may be", [f for f in found if int(f[0]) > LIMIT], [])
