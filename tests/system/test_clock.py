# SPDX-License-Identifier: Apache-2.0
"""Linux on x86_64 need not measure its clock: it is told, whichever way it is booted."""
import gzip
import lzma
import os
import re
import shutil
import struct
import subprocess

from harness import test_on
from harness.guest import linux, linux_files, run_linux
from harness.place import built

SECTOR = 512
# What it says where it measures, or distrusts what it was told.
MEASURED = (r"TSC calibration|calibrate against PIT|HPET/PMTIMER|using (PIT|HPET|PMTIMER) reference"
            r"|Marking TSC unstable|Refined TSC|TSC deadline timer not|tsc: Detected .* TSC")


def vmlinux(t):
    """The ELF file within the kernel that Linux was fetched as: its path."""
    with open(built("linux/Image"), "rb") as f:
        image = f.read()
    start, length = struct.unpack_from("<II", image, 0x248)
    start += ((image[0x1f1] or 4) + 1) * SECTOR
    # The size of what is unpacked follows what is packed.
    packed = image[start:start + length - 4]
    path = os.path.join(t.tmp, "vmlinux")
    if packed.startswith(b"\x28\xb5\x2f\xfd"):
        if not shutil.which("zstd"):
            t.skip("zstd is not installed. Try: make setup")
        elf = subprocess.run(["zstd", "-dc"], input=packed, stdout=subprocess.PIPE, check=True).stdout
    else:
        elf = (gzip if packed.startswith(b"\x1f\x8b") else lzma).decompress(packed)
    t.equal("the kernel's payload is an ELF file", elf[:4], b"\x7fELF")
    with open(path, "wb") as f:
        f.write(elf)
    return path


def boot_linux(t, kernel="linux/Image", cpus=2, mib=256):
    """Linux with @cpus, with no argument but where its console is and what it is to run."""
    files = dict(linux_files(t), **{"/guests/linux/Image": kernel})
    vm = linux(mib, bootargs=run_linux("cat /proc/sys/kernel/bootloader_type")).replace("cpus = <1>", f"cpus = <{cpus}>")
    m = t.boot(disk=t.disk(vms=[vm], files=files, size=0), mem="768M")
    t.equal("Linux runs its command, and powers off", m.wait(), 0)
    return m


def is_told(t, m, cpus=2):
    """What its log says of its clock."""
    t.check("its command line is that of the description",
            m.find(r"\] Command line: console=ttyS0 lodge\.run=\S+\s*$"))
    t.check("it finds KVM's clock",
            m.find(r"kvm-clock: Using msrs 4b564d01 and 4b564d00\s*$"))
    mhz = m.find(r"tsc: Detected ([0-9.]+) MHz processor\s*$")
    t.check("and its TSC's rate there", mhz)
    t.check("so that it measures nothing", not m.find(MEASURED), m.find(MEASURED))
    t.check("it tells the time by its TSC", m.find(r"clocksource: Switched to clocksource tsc\s*$"))
    t.check("all its CPUs are there", m.find(rf"smp: Brought up 1 node, {cpus} CPUs?\s*$"))
    t.check("waiting for a lock it sleeps, and is kicked", cpus == 1 or m.find(r"kvm-guest: PV spinlocks enabled"))
    # What it does by KVM besides is "kvm-guest: setup PV IPIs" and the like.
    said = [s for s in re.findall(r"(?i)\] (.*(?:kvm|stealtime|async PF|PV ).*?)\s*$", m.text, re.M)
            if not re.match(r"kvm-clock: |Hypervisor detected: KVM|Booting paravirtualized kernel on KVM"
                            r"|clocksource: .*kvm-clock|kvm-guest: PV spinlocks enabled|PV qspinlock hash"
                            r"|kvm-guest: APIC: eoi\(\) replaced with kvm_guest_apic_eoi_write", s)]
    t.equal("it uses nothing else of KVM's", said, [])
    t.equal("and takes us for no other hypervisor",
            m.count(r"Hyper-V|VMware|Hypervisor detected: (?!KVM)|Xen "), 0)
    t.equal("no access was in vain, no warning given", m.count(r"^lodge: (error|warning)"), 0)
    return mhz and float(mhz.group(1))


@test_on("x86_64")
def linux_by_its_own_boot_protocol(t):
    m = boot_linux(t)
    t.check("its loader is one of no number", m.find(r"^255\s*$"))
    is_told(t, m)


@test_on("x86_64")
def linux_by_pvh(t):
    linux_files(t)
    m = boot_linux(t, vmlinux(t))
    t.check("its loader is PVH's", m.find(r"^176\s*$"))
    is_told(t, m)
