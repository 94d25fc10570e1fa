# SPDX-License-Identifier: Apache-2.0
"""What the sanitizers of CONFIG_UBSAN and CONFIG_KASAN find in Lodge, and that sound runs are clean.

Lodge is built with them, and with faults on demand, in directories of their own."""
import os
import re

import variant
from harness import test
from harness.guest import boot_guests, linux, linux_files, passes, run_linux
from harness.place import ARCH, built

# Fault -> what the report has to say.
UBSAN = {name: r"host trap on CPU 0: undefined behaviour"
         for name in ("shift", "overflow", "divide", "index", "misaligned", "boolean")}
KASAN = {
    "slab-write": r"out of bounds of a slab object\n  a write of 1 bytes at \w+ is at \w+ slab_write\+.*\n"
                  r"  0 bytes behind the end of an object of 40 bytes at \w+\n"
                  r"    allocated by \w+ slab_write\+",
    "slab-read-before": r"out of bounds of a slab object\n  a read of 1 bytes",
    "slab-wide": r"out of bounds of a slab object\n  a read of 4 bytes at \w+ is at \w+ slab_wide\+.*\n"
                 r"  0 bytes behind the end of an object of 45 bytes",
    "slab-freed": r"use after free of a slab object\n  a read of 1 bytes at \w+ is at \w+ slab_freed\+.*\n"
                  r"  8 bytes into an object of \d+ bytes at \w+\n"
                  r"    allocated by \w+ slab_freed\+.*\n    freed by \w+ slab_freed\+",
    "slab-freed-twice": r"a slab object is freed twice\n  the second free of \w+ is at \w+ slab_freed_twice\+",
    "large": r"out of bounds of an object of whole pages\n  a write of 1 bytes",
    "page-freed": r"use of a free page\n  a write of 8 bytes at \w+ is at \w+ page_freed\+",
    "global": r"out of bounds of a global variable\n  a write of 1 bytes at \w+ is at \w+ global\+.*\n"
              r"  0 bytes behind the end of global_bytes, 40 bytes at \w+, of .*sanitizer_test\.c",
    "stack": r"out of bounds of a variable on the stack\n  a write of 1 bytes at \w+ is at \w+ stack\+.*\n"
             r"  \d+ bytes into the frame of \w+ stack\+.*\n.* buf",
    "scope": r"use of a variable on the stack out of its scope\n  a write of 1 bytes at \w+ is at \w+ scope\+",
    "stack-freed": r"use after free of a stack\n  a write of 1 bytes at \w+ is at \w+ stack_freed\+",
    "copy": r"out of bounds of a slab object\n  a write of 32 bytes at \w+ is at \w+ memcpy\+.*\n"
            r"  0 bytes behind the end of an object of 40 bytes",
    "string": r"out of bounds of a slab object\n  a read of 1 bytes at \w+ is at \w+ str",
    "null": r"wild access\n  a write of 8 bytes at 0000000000000008 is at \w+ null\+",
    "wild": r"host trap on CPU 0: .*\n  a wild access: this is the shadow of \w+, where no memory is",
}
KINDS = {"UBSAN": UBSAN, "KASAN": KASAN}

# First touches, devices, several CPUs, and the crash of a VM's neighbour.
GUESTS = {"riscv64": ["mmio", "plic", "smp-fence", "uart"],
          "aarch64": ["gic", "mmio", "smp-fence", "uart"],
          "x86_64": ["apic", "mmio", "smp-fence", "uart"]}


def image(*options, llvm=False):
    """Lodge with these options and SANITIZER_TEST, in a directory of its own."""
    out = built("tests/" + "-".join(options).lower() + ("-llvm" if llvm else "") + "-faults")
    env = dict(os.environ, **({"LLVM": "1"} if llvm else {}))
    variant.build(out, ARCH, [f"CONFIG_{o}" for o in (*options, "SANITIZER_TEST")],
                  ["lodge.elf", "lodge.bin"], env)
    return f"{out}/lodge.elf"


def every_fault_is_reported(t, elf, faults):
    for fault in t.sample(faults, 10):
        m = t.boot(image=elf, append=f"lodge.fault={fault}", mem="128M")
        status = m.wait()
        text = m.text.partition(f"lodge: fault {fault}\n")[2]
        t.check(f"{fault} is reported", re.match(rf"lodge: (address sanitizer on CPU 0: )?{faults[fault]}", text))
        # A trap in a function without a frame hides its caller.
        t.check(f"{fault} has its place, a backtrace and a status", status == 101 and
                re.search(rf"\b{fault.replace('-', '_')}\+", text) and
                re.search(r"(?s)  backtrace:\n.* boot_thread\+", text), text)


def sound_runs_are_clean(t, elf):
    passes(t, boot_guests(t, GUESTS[ARCH], image=elf, mem="512M"), GUESTS[ARCH])
    files = linux_files(t)
    m = t.boot(image=elf, mem="512M", disk=t.disk(
        vms=[("10-linux", linux(bootargs=run_linux("uname -a")))], files=files))
    t.equal("Linux boots, and the machine ends well", m.wait(), 0)


@test
def both_together(t):
    elf = image("UBSAN", "KASAN")
    every_fault_is_reported(t, elf, {**UBSAN, **KASAN})
    sound_runs_are_clean(t, elf)


@test
def each_alone(t):
    for option in t.sample(KINDS, 0):
        elf = image(option)
        every_fault_is_reported(t, elf, KINDS[option])
        sound_runs_are_clean(t, elf)


@test
def by_clang(t):
    """Which finds other things undefined than gcc does, such as offsets from a null pointer."""
    for options in t.sample([("UBSAN", "KASAN")], 0):
        elf = image(*options, llvm=True)
        every_fault_is_reported(t, elf, {**UBSAN, **KASAN})
        sound_runs_are_clean(t, elf)
