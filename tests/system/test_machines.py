# SPDX-License-Identifier: Apache-2.0
"""Which machines the host comes up on. There is no disk, so that is all it does."""
import itertools
import os
import struct
import subprocess

from harness import test
from harness.place import ARCH, built, source

CPUS = {"riscv64": [None, "sstc=false"],
        "aarch64": [None, "cortex-a57", "cortex-a72", "neoverse-n1"],
        "x86_64": [None, "smep=off,smap=off", "EPYC-Rome", "phenom", "max"]}
# More of -M; each with all of the CPUs.
BOARDS = {"riscv64": [None], "aarch64": [None, "gic-version=2"], "x86_64": [None]}


def comes_up(t, what, mib=256, smp=1, **options):
    """It finds the CPUs and the memory, and that there is no disk."""
    m = t.boot(smp=smp, mem=f"{mib}M", flash=None, **options)
    status = m.wait()
    t.check(f"{what}: finds its CPUs", m.find(rf"^lodge: {smp} CPUs?$"), m.text)
    # A PC's lowest MiB has holes, and its firmware keeps some.
    found = f"({mib}|{mib - 1})" if ARCH == "x86_64" else mib
    t.check(f"{what}: finds its memory", m.find(rf"^lodge: memory: {found} MiB, of which"))
    t.check(f"{what}: ends with a status, as it has no disk",
            status == 1 and m.find(r"^lodge: error: no boot disk"), status)
    t.equal(f"{what}: has nothing to complain of", m.count(r"lodge: warning"), 0)
    return m


@test
def cpu_models(t):
    for cpu in CPUS[ARCH]:
        comes_up(t, cpu or "the default CPU", cpu=cpu, smp=2)


@test
def boards_cpus_and_memory(t):
    every = itertools.product(BOARDS[ARCH], CPUS[ARCH], (1, 2, 3, 4), (64, 128, 1000, 4096))
    for board, cpu, smp, mib in t.sample(every, 6):
        what = " ".join(w for w in (board, cpu or "the default CPU") if w)
        comes_up(t, f"{what}, {smp} of them, {mib} MiB", cpu=cpu, machine=board, smp=smp, mib=mib)


def arm_only(t):
    """What follows is of the arm64 boot protocol."""
    if ARCH != "aarch64":
        t.skip("another boot protocol")


@test
def secure_firmware_below(t):
    arm_only(t)
    # Not the default CPU: CPUs that QEMU starts in the firmware's place have no access to what is
    # newer than EL3's reset values allow.
    for cpu in ("cortex-a57", "neoverse-n1"):
        comes_up(t, f"{cpu} with EL3", machine="secure=on", smp=2, cpu=cpu)


@test
def a_wrong_exception_level(t):
    arm_only(t)
    m = t.boot(machine="virtualization=off", flash=None)
    m.expect(r"lodge: can't run here: started at EL1, but it needs EL2\. On QEMU use -M "
             r"virt,virtualization=on\s")
    t.check("EL1 is told, and how to do better", True)
    t.check("and nothing else happens", not m.find(r"^Lodge"))


def moved(t, offset):
    """The image with another place asked for in its header (text_offset)."""
    path = os.path.join(t.tmp, f"moved-{offset:x}.bin")
    with open(built("lodge.bin"), "rb") as f:
        image = bytearray(f.read())
    struct.pack_into("<Q", image, 8, offset)
    with open(path, "wb") as f:
        f.write(image)
    return path


@test
def load_addresses(t):
    arm_only(t)
    for offset in (0x201000, 0x3ff000, 0x7e5000, 0x8000000):
        comes_up(t, f"loaded at {offset:#x} of memory", image=moved(t, offset), smp=2)


@test
def the_header(t):
    arm_only(t)
    with open(built("lodge.bin"), "rb") as f:
        head = f.read(64)
    _, _, offset, size, flags, magic = struct.unpack("<IIQQQ24xI4x", head)
    t.equal("magic", magic, 0x644d5241)
    t.equal("little-endian, 4 KiB pages, anywhere in memory", flags, 0xa)
    t.equal("no offset from 2 MiB", offset, 0)
    t.check("its size has what is not in the file, too",
            size % 4096 == 0 and size > os.path.getsize(built("lodge.bin")), size)


def tree(t, pad):
    """The machine's own devicetree with @pad bytes of room behind it."""
    blob, padded = (os.path.join(t.tmp, n) for n in ("machine.dtb", f"padded-{pad}.dtb"))
    subprocess.run([source("scripts/qemu-run"), ARCH, built("lodge.elf"), "--machine",
                    "dumpdtb=" + blob], env=dict(os.environ, SMP="2", MEM="256M"), check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", "-p", str(pad), "-o", padded, blob],
                   check=True)
    return padded


@test
def places_of_the_tree(t):
    arm_only(t)
    # QEMU gives it as much room again.
    comes_up(t, "a tree of nearly 2 MiB", smp=2, extra=["-dtb", tree(t, 950000)])
    initrd = os.path.join(t.tmp, "initrd")
    with open(initrd, "wb") as f:
        f.truncate(70 << 20)
    comes_up(t, "a tree behind 70 MiB of another file", smp=2, extra=["-initrd", initrd])
