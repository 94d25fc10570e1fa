# SPDX-License-Identifier: Apache-2.0
"""A disk of the host's given whole to a guest, which drives it with DMA."""
import hashlib
import os
import re
import socket

from harness import test_on
from harness.guest import Shell, describe, finish, linux_files, passes, test_guest
from harness.place import ARCH, SRC

MIB = 1 << 20
SECTOR = 512
# The first place for a disk and its interrupt; the boot disk is in the last, elsewhere in memory.
REG, LINE, TRIGGER = {"aarch64": (0xa000000, 48, "edge-rising"), "riscv64": (0x10001000, 1, "level-high")}.get(
    ARCH, (0, 0, ""))
PATH = {"aarch64": "/virtio_mmio@a000000", "riscv64": "/soc/virtio_mmio@10001000"}.get(ARCH)
BOOT = {"aarch64": "/virtio_mmio@a003e00", "riscv64": "/soc/virtio_mmio@10008000"}.get(ARCH)
BOOT_REG = {"aarch64": 0xa003000, "riscv64": 0x10008000}.get(ARCH)
# The guest has its program here, and memory for the disk at the host's own addresses there.
RAM, DMA = {"aarch64": (0x40000000, 0x4a000000), "riscv64": (0x80000000, 0x8a000000)}.get(ARCH, (0, 0))
EXAMPLE = os.path.join(SRC, f"guests/examples/{ARCH}/linux-disk.dts")
FILES = {"/tests/given-disk": "tests/guests/given-disk"}
BY_NUMBERS = (f'disk {{ compatible = "lodge,passthrough"; reg = <0 0x0b000000 0 0x1000>; host-reg = <0 {REG:#x} 0 0x1000>; '
              f'interrupts = <40>; host-interrupts = <{LINE}>; interrupt-trigger = "{TRIGGER}"; }};')


def by_path(path=PATH, more=""):
    """The same by its path; @more says where the guest has it, if that can be said."""
    return f'disk {{ compatible = "lodge,passthrough"; host-path = "{path}"; {more} }};'


MOVED = f"reg = <0 {0x0b000000 + (REG & 0xfff):#x} 0 {0x1000 if ARCH == 'riscv64' else 0x200:#x}>; interrupts = <40>;"


def given(what=0, devices=BY_NUMBERS, on_exit="poweroff-host"):
    """A VM that has it, and does @what: see tests/guests/given-disk.c."""
    return f"""/dts-v1/;
/ {{
    compatible = "lodge,vm";
    label = "given";
    autostart;
    on-exit = "{on_exit}";
    #address-cells = <2>;
    #size-cells = <2>;
    memory@{RAM:x} {{ reg = <0 {RAM:#x} 0 0x800000>; }};
    memory@{DMA:x} {{ reg = <0 {DMA:#x} 0 0x400000>; backing = "identical"; }};
    chosen {{ kernel = "/tests/given-disk"; bootargs = "do={what} dma={DMA // MIB}"; }};
    devices {{ {devices} }};
}};
"""


def contents(sector):
    """What the test puts into it."""
    return bytes((sector * 7 + i) & 0xff for i in range(SECTOR))


def second_disk(t, options=""):
    """It, and QEMU's options for it."""
    path = os.path.join(t.tmp, "second.raw")
    with open(path, "wb") as f:
        f.write(b"".join(contents(n) for n in range(MIB // SECTOR)))
    return path, ["-drive", f"file={path},if=none,format=raw,id=second,{options}", "-device",
                  "virtio-blk-device,drive=second,bus=virtio-mmio-bus.0"]


def boot(t, vm, extra, beside=(), **options):
    """A machine with @vm on its boot disk, and others @beside it."""
    return t.boot(disk=t.disk(vms=[("0-vm", vm), *beside], files=FILES), extra=extra, keep=True, **options)


def is_driven(t, devices, **options):
    """The guest reads and writes it."""
    path, extra = second_disk(t)
    m = boot(t, given(devices=devices), extra, **options)
    passes(t, m, ["given"])
    t.check("the host has given it up", m.find(r"^lodge: vd[ab]: given up for a guest"), m.tail())
    with open(path, "rb") as f:
        disk = f.read()
    want = bytes(b ^ 0xff for b in contents(5))
    t.check("what the guest has written is on it", disk[5 * SECTOR:6 * SECTOR] == want)
    t.check("and nothing else", disk == b"".join(want if n == 5 else contents(n) for n in range(MIB // SECTOR)))


@test_on("aarch64", "riscv64")
def a_guest_drives_it_by_numbers(t):
    is_driven(t, BY_NUMBERS)


@test_on("aarch64", "riscv64")
def a_guest_drives_it_by_its_path(t):
    is_driven(t, by_path(more=MOVED), smp=2)


def leaves(t, what, says, on_exit):
    """However a life ends with requests under way, the next one's memory is its own."""
    _, extra = second_disk(t, "throttling.bps-read=65536")
    m = boot(t, given(what, on_exit=on_exit), extra)
    for life in range(3):
        m.expect(r"# at rest\s", never="# the disk")
        done = m.expect(r"# (\d) of 5 requests done")
        t.check(f"life {life}: requests are under way", int(done.group(1)) < 5, done.group(0))
        m.expect(says)


@test_on("aarch64", "riscv64")
def one_that_powers_off_with_requests_under_way(t):
    leaves(t, 1, r"lodge: vm given: powered off", "restart")


@test_on("aarch64", "riscv64")
def one_that_resets_with_requests_under_way(t):
    leaves(t, 2, r"lodge: vm given: reset in place", "poweroff-host")


@test_on("aarch64", "riscv64")
def one_that_crashes_with_requests_under_way(t):
    leaves(t, 3, r"lodge: vm given: crashed", "restart")


def word_at(path, address):
    """What QEMU's monitor at @path reads there, as a CPU would."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(f"xp /1wx {address:#x}\n".encode())
        said = b""
        while not (found := re.search(rb"%016x: (0x[0-9a-f]+)" % address, said)):
            said += s.recv(4096)
    return int(found.group(1), 16)


def is_reset_after(t, what, says):
    """The VM has ended and stays, while another goes on."""
    path, extra = second_disk(t, "throttling.bps-read=65536")
    monitor = path + ".monitor"
    spin = describe("spin", "/tests/contain-states", mib=8, chosen='bootargs = "do=0";')
    FILES.update(test_guest("contain-states")[1])
    m = boot(t, given(what, on_exit="keep"), extra + ["-monitor", f"unix:{monitor},server,nowait"],
             beside=[("1-spin", spin)])
    m.expect(r"# \d of 5 requests done")
    m.expect(says)
    t.equal("the disk is reset", word_at(monitor, REG + 0x70), 0)
    t.equal("and is there", word_at(monitor, REG), 0x74726976)


@test_on("aarch64", "riscv64")
def it_is_reset_when_its_guest_has_powered_off(t):
    is_reset_after(t, 1, r"lodge: vm given: powered off")


@test_on("aarch64", "riscv64")
def it_is_reset_when_its_guest_has_crashed(t):
    is_reset_after(t, 3, r"lodge: vm given: crashed")


def refused(t, devices, message, extra=()):
    """A VM with them is."""
    m = boot(t, given(devices=devices), list(extra))
    t.equal("the machine's status tells of it", finish(m), 1)
    t.check("why is told", m.find("^lodge: error: " + re.escape(message) + "$"), m.tail())


@test_on("aarch64", "riscv64")
def the_boot_disk_is_refused_by_its_path(t):
    refused(t, by_path(BOOT), f'/vms/0-vm.dtb: /devices/disk: "host-path" is {BOOT}, which the virtio-mmio driver of '
            "the host uses as the boot disk: choose another")


@test_on("aarch64", "riscv64")
def the_boot_disk_is_refused_by_its_registers(t):
    refused(t, BY_NUMBERS.replace(f"{REG:#x}", f"{BOOT_REG:#x}"),
            f"/vms/0-vm.dtb: /devices/disk: the host's device at {BOOT_REG:#x} is {BOOT}, which the virtio-mmio driver of "
            "the host uses as the boot disk: choose another")


@test_on("aarch64", "riscv64")
def linux_drives_it(t):
    """Debian's kernel by its own drivers, with the node that it finds in its tree."""
    files = linux_files(t)
    path, extra = second_disk(t)
    m = t.boot(disk=t.disk(vms=[("disk", EXAMPLE)], files=files, size=0), mem="512M", extra=extra)
    shell = Shell(m)
    t.equal("it finds the disk", shell.run("cat /sys/block/vda/size"), (str(MIB // SECTOR), 0))
    out, _ = shell.run("md5sum </dev/vda")
    with open(path, "rb") as f:
        t.equal("reads it as it is", out.split()[0], hashlib.md5(f.read()).hexdigest())
    shell.run("printf lodge | dd of=/dev/vda bs=512 seek=9 conv=notrunc,sync,fsync 2>/dev/null")
    m.send("poweroff -f")
    t.equal("it ends well", m.wait(), 0)
    with open(path, "rb") as f:
        disk = f.read()
    written = b"lodge".ljust(SECTOR, b"\0")
    t.check("has written what it was told, and nothing else",
            disk == b"".join(written if n == 9 else contents(n) for n in range(MIB // SECTOR)))
