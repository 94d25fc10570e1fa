# SPDX-License-Identifier: Apache-2.0
"""Other machines, other sizes, other CPUs, another QEMU."""
import os

from harness import test, test_on
from harness.arch import THIS
from harness.guest import (boot_guests, by_guest, linux, linux_files, passes, run_linux,
                           tap_faults)
from harness.machine import qemu_version
from harness.place import ARCH


def linux_passes(t, m, mib, name, cpu=THIS.cpuinfo):
    """Linux runs, sees @mib of RAM, and the machine ends well."""
    uptime = m.expect(r"lodge-init: uptime ([0-9.]+) s").group(1)
    total = m.expect(r"MemTotal:\s+(\d+) kB")
    seen = int(total.group(1)) // 1024
    t.check(f"Linux {name} comes to its /init", float(uptime) > 0)
    # What the kernel itself takes is some 60 MiB, and grows with RAM.
    t.check(f"and sees {mib} MiB of RAM", mib * 0.9 - 64 < seen <= mib, f"{seen} MiB")
    t.equal("its machine ends well", m.wait(), 0)
    t.check("it knows its CPU", m.find(cpu))


def boot_linux(t, mib, args="", **options):
    """A machine with Linux of @mib that tells what it sees, and powers off."""
    files = linux_files(t)
    what = run_linux("cat /proc/meminfo /proc/cpuinfo") + args
    disk = t.disk(vms=[linux(mib, bootargs=what)], files=files, size=0)
    return t.boot(**{"disk": disk, "mem": "512M", **options})


@test_on("riscv64")
def without_sstc(t):
    names = ["counters", "exceptions", "sbi-legacy", "timer", "wfi", "sbi-time"]
    m = boot_guests(t, names, cpu="sstc=false")
    passes(t, m, names)
    t.check("the host says that it multiplexes the timer",
            m.find(r"^lodge: guests: Sv39x4, \d+ VMIDs, timer by the host"))
    m = boot_linux(t, 256, cpu="sstc=false")
    linux_passes(t, m, 256, "without Sstc")
    t.check("its ISA string has no Sstc", not m.find(r"^isa\s*:.*sstc"))


@test
def four_cpus(t):
    names = {"riscv64": ["board", "exceptions", "sbi-ipi", "sbi-rfence", "plic", "uart"],
             "aarch64": ["board", "exceptions", "psci", "smccc", "gic", "uart"],
             "x86_64": ["board", "exceptions", "apic", "init", "ioapic", "uart"]}[ARCH]
    m = boot_guests(t, names, smp=4)
    passes(t, m, names)
    t.check("the host has started them all", m.find(r"^lodge: 4 CPUs$"))
    linux_passes(t, boot_linux(t, 256, smp=4), 256, "with four CPUs")


@test_on("riscv64")
def two_sockets(t):
    half = "memory-backend-ram,size=256M,id="
    extra = ["-smp", "4,sockets=2,cores=2", "-object", half + "a", "-object", half + "b",
             "-numa", "node,cpus=0-1,memdev=a", "-numa", "node,cpus=2-3,memdev=b"]
    m = boot_linux(t, 256, extra=extra)
    linux_passes(t, m, 256, "with two sockets")
    t.check("the disk on the second PLIC is polled", m.find(r"no interrupt, so it is polled$"))


@test
def little_memory(t):
    names = ["board", "memory", "paging"]
    m = boot_guests(t, names, mem="128M")
    passes(t, m, names)
    used = m.find(r"^lodge: memory: (\d+) MiB, of which Lodge uses (\d+) KiB")
    t.check("the host uses little of 128 MiB", used and int(used.group(2)) < 4096,
            used and used.group(0))
    # Debian's kernel would keep 64 MiB for DMA, and then now and then has too little for its start.
    linux_passes(t, boot_linux(t, 112, " cma=8M", mem="128M"), 112, "in 112 of 128 MiB")


@test
def much_memory(t):
    names = ["memory-1g", "memory-3g"]
    # Both are promised all of their memory, and the host keeps some.
    m = boot_guests(t, names, mem="5G", smp=2)
    passes(t, m, names)
    for name, mib in zip(names, (1024, 3072)):
        peak = m.find(rf"^lodge: vm {name}: .* (\d+) KiB of memory at most")
        t.check(f"{name} gets memory only where it touches it",
                peak and 64 << 10 < int(peak.group(1)) < mib << 9, peak and peak.group(0))
    linux_passes(t, boot_linux(t, 3072, mem="4G"), 3072, "with 3 GiB")


@test_on("riscv64")
def other_nested_formats(t):
    names = ["board", "memory", "mmio", "paging", "contain-wild-pc", "contain-pagetable"]
    for mode in ("Sv48x4", "Sv57x4"):
        m = boot_guests(t, names, append=f"lodge.stage2={mode}")
        status = m.wait()
        t.check(f"{mode} is used when asked for", m.find(rf"^lodge: guests: {mode}, "))
        t.equal(f"under {mode} guests run",
                m.count(r"^lodge: vm \S+: powered off \(type shutdown, reason none\)"), 4)
        said = by_guest(m.text, names)
        t.equal(f"under {mode} no check fails",
                [fault for name in names if not name.startswith("contain-")
                 for fault in tap_faults(said[name])], [])
        t.equal(f"under {mode} guests are contained", m.count(r"^lodge: vm contain\S+: crashed"),
                2)
        t.equal("the machine says that two were", status, 1)
    linux_passes(t, boot_linux(t, 256, append="lodge.stage2=Sv57x4"), 256, "under Sv57x4")


@test_on("riscv64")
def other_host_formats(t):
    for asked, used in (("Sv39", "Sv39"), ("Sv48", "Sv48"), ("Sv57", "Sv57")):
        m = boot_guests(t, ["memory", "good"], append=f"lodge.mmu={asked}")
        t.equal(f"the host runs guests when it is limited to {asked}", m.wait(), 0)
        t.check(f"and uses {used}", m.find(rf"^lodge: guests: .*; host: {used}$"))


@test_on("riscv64")
def vector_registers(t):
    names = ["vector", "vector-2", "fp", "fp-2", "exec-only"]
    m = boot_guests(t, names, cpu="v=true")
    passes(t, m, names)
    passes(t, boot_guests(t, ["entry"], cpu="v=true"), ["entry"])
    t.equal("the guests do have vectors", m.count(r"vlenb is \d+$"), 2)
    linux_passes(t, boot_linux(t, 256, cpu="v=true"), 256, "with vectors", cpu=r"^isa\s*: rv64ima[a-z]*v")


# What another GIC or another CPU may change, on aarch64.
MANY = ["board", "counters", "exceptions", "fp", "gic", "memory", "mmio", "paging", "psci",
        "smccc", "sysreg", "timer", "uart", "wfi"]


def on_machine(t, name, smp_guests=(), **options):
    """Bare guests and Linux on another machine."""
    passes(t, boot_guests(t, MANY, **options), MANY)
    for guest in smp_guests:
        passes(t, boot_guests(t, [guest], **options), [guest])
    linux_passes(t, boot_linux(t, 256, **options), 256, name)


# Name, guests with several CPUs, and the machine's options.
MACHINES = [("with a GICv2", ("entry", "smp", "reset-4"), {"machine": "gic-version=2"}),
            ("on a cortex-a57", ("smp",), {"cpu": "cortex-a57"}),
            ("on a cortex-a57 with a GICv2", ("smp-fence",),
             {"cpu": "cortex-a57", "machine": "gic-version=2"})]


@test_on("aarch64")
def on_other_machines(t):
    for name, guests, options in t.sample(MACHINES, 1):
        on_machine(t, name, guests, **options)


@test_on("aarch64")
def with_gicv2(t):
    m = boot_linux(t, 256, machine="gic-version=2", smp=2)
    linux_passes(t, m, 256, "with a GICv2 and two CPUs")


@test_on("aarch64")
def with_el3(t):
    names = ["smccc", "psci", "wfi"]
    passes(t, boot_guests(t, names, machine="secure=on"), names)


def qemu_10():
    """A QEMU of version 10 or later, or None."""
    for path in (os.environ.get("QEMU10"), os.environ.get("QEMU"), "qemu-system-" + ARCH):
        if path and qemu_version(path) >= [10]:
            return path
    return None


NO_QEMU_10 = "no QEMU 10 is installed; QEMU10=path says where one is"


@test
def on_qemu_10(t):
    qemu = qemu_10()
    if not qemu:
        t.skip(NO_QEMU_10)
    own = {"riscv64": ["csr", "isa", "sbi-time"], "aarch64": ["sysreg", "gic", "timer"],
           "x86_64": ["sysreg", "apic", "timer"]}[ARCH]
    names = ["board", "exceptions", "memory", "mmio", "paging", "wfi", "fp"] + own
    passes(t, boot_guests(t, names, qemu=qemu, smp=2), names)
    linux_passes(t, boot_linux(t, 256, qemu=qemu, smp=2), 256, "on QEMU 10")


@test_on("riscv64")
def newer_cpus(t):
    qemu = qemu_10()
    if not qemu:
        t.skip(NO_QEMU_10)
    names = ["board", "csr", "exceptions", "isa", "mmio", "paging", "sbi-time", "timer", "vector"]
    for cpu in ("max", "rva22s64,h=true", "rva23s64"):
        options = {"qemu": qemu, "extra": ["-cpu", cpu]}
        passes(t, boot_guests(t, names, **options), names)
        m = boot_linux(t, 256, **options)
        linux_passes(t, m, 256, f"on {cpu}")
        t.check(f"{cpu}: Linux has its cache-block operations", m.find(r"^isa\s*:.*_zicboz_"))
