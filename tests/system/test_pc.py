# SPDX-License-Identifier: Apache-2.0
"""The host on PCs: which it comes up on, by which loaders, and what it says where it can't."""
import os
import re
import shutil
import subprocess

import watchdog

from harness import test_on
from harness.guest import SKERNEL, Shell, describe, linux, linux_files, skernel
from harness.place import ARCH, built, source

PANIC_STATUS = 101
MENU = """serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
menuentry lodge {{ multiboot2 /boot/lodge.elf {} }}
"""


def refused(t, what, cpu, why):
    """One line says why, and the machine ends with a status."""
    m = t.boot(cpu=cpu, flash=None)
    status = m.wait()
    t.check(f"{what} is refused, with the reason", m.find(r"^lodge: can't run here: " + why), m.text)
    t.equal(f"{what}: nothing else is tried", m.count(r"^lodge: "), 1)
    t.equal(f"{what}: the machine's status tells of it", status, PANIC_STATUS)


@test_on("x86_64")
def machines_without_svm(t):
    refused(t, "a CPU without SVM", "svm=off", r"this CPU \(AuthenticAMD\) has no SVM, .*-cpu EPYC$")
    refused(t, "a CPU of Intel's", "Nehalem", r"this CPU \(GenuineIntel\) has no SVM, ")
    refused(t, "SVM without nested paging", "npt=off", r"this CPU's SVM has no nested paging")


@test_on("x86_64")
def a_machine_without_long_mode(t):
    m = t.boot(cpu="qemu32", flash=None)
    m.expect(r"lodge: can't run here: this CPU has no 64-bit mode with NX\s")
    t.check("a CPU without 64 bits is told so", True)
    m.end()


@test_on("x86_64")
def a_machine_without_large_pages(t):
    m = t.boot(cpu="pdpe1gb=off", mem="5G", flash=None)
    m.wait()
    t.check("without pages of 1 GiB it uses what lies below 4 GiB",
            m.find(r"^lodge: warning: without pages of 1 GiB, memory above 4 GiB is not used$")
            and m.find(r"^lodge: memory: 204[78] MiB, of which"), m.text)


@test_on("x86_64")
def soft_off(t):
    m = t.boot(disk=t.disk(vms=[skernel()], files=SKERNEL))
    t.equal("a clean end is by soft-off, with status 0", m.wait(), 0)


@test_on("x86_64")
def nmis(t):
    disk = t.disk(vms=[describe("spin", "/spin")], files={"/spin": "tests/guests/contain-spin"})
    m = t.boot(disk=disk, smp=2)
    m.expect(r"# spinning")
    for _ in range(2):
        m.type("\x01c")
        m.send("nmi")
        # Before or after the monitor's next prompt.
        m.expect(r"lodge: warning: CPU 0: 1 NMI of unknown origin, at 0x[0-9a-f]+")
        m.type("\x01c")
    t.check("NMIs are reported, and the host goes on", True)
    m.end()


@test_on("x86_64")
def by_grub(t):
    if not shutil.which("grub-mkrescue") or not shutil.which("xorriso"):
        t.skip("GRUB's tools are not installed. Try: make setup")
    if not os.path.isdir("/usr/lib/grub/i386-pc"):
        t.skip("GRUB for PCs is not installed: Debian has it for amd64 hosts only")
    root = os.path.join(t.tmp, "iso")
    os.makedirs(os.path.join(root, "boot/grub"))
    shutil.copy(built("lodge.elf"), os.path.join(root, "boot"))
    with open(os.path.join(root, "boot/grub/grub.cfg"), "w", encoding="utf-8") as f:
        f.write(MENU.format("lodge.debug-exit=0xf4 lodge.run=good"))
    image = os.path.join(t.tmp, "grub.iso")
    done = subprocess.run(["grub-mkrescue", "-o", image, root], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if not t.equal("grub-mkrescue makes an image of it", done.returncode, 0):
        return
    disk = t.disk(vms=[skernel()], files=SKERNEL)
    shown = subprocess.run([source("scripts/qemu-run"), ARCH, "lodge.elf", "--disk", disk, "--show"],
                           env=dict(os.environ, SMP="2", MEM="256M"), stdout=subprocess.PIPE,
                           text=True, check=True).stdout
    command = re.sub(r" -(kernel|append) (\S+( lodge\S+)*)", "", shown).split()
    done = watchdog.run(command + ["-cdrom", image, "-boot", "d"], stdout=subprocess.PIPE,
                        text=True, errors="replace")
    t.equal("GRUB boots it by multiboot2, and it ends well", done.returncode, 0)
    t.check("with all CPUs", "lodge: 2 CPUs" in done.stdout, done.stdout)
    t.check("and its arguments", "lodge: vm good: powered off" in done.stdout, done.stdout)


@test_on("x86_64")
def interrupts_where_instructions_are_counted(t):
    """TCG remembers an injected vector, and delivers it again when it looks up: Linux does not survive that."""
    disk = t.disk(vms=[linux(384).replace("cpus = <1>", "cpus = <4>")], files=linux_files(t))
    m = t.boot(disk=disk, smp=1, mem="1G", icount=True)
    Shell(m)
    m.send("poweroff -f")
    t.equal("four vCPUs on one CPU get on", m.wait(), 0)
    t.check("those that spin make room", m.find(r"exits: .*\bpause \d"), m.tail())
