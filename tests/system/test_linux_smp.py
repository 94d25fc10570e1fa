# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux with several vCPUs on several CPUs, under load: hackbench, and CPUs that come and go."""
import os
import re

from harness import test
from harness.guest import Shell, linux, linux_files, run_linux
from harness.machine import Machine, Unexpected, qemu_version
from harness.place import ARCH

# Rounds in which they leave and come back; a long run has more.
CYCLES = 60 if os.environ.get("LODGE_LONG") else 4
# What a VM may take of the host's memory besides its RAM.
MOST_KIB = 512
# Nothing of these may be in the log of a kernel.
TROUBLE = r"BUG:|WARNING: CPU|Oops|stall|soft lockup|hard LOCKUP|Call Trace|unable to handle"

# QEMU before 8.1 may go on with code that another CPU has changed while QEMU translated it. Linux on x86_64
# changes code that runs by way of INT3, and then ends so: without Lodge, one boot of 13 on 4 busy CPUs did.
FAULT_OF_QEMU = r"Oops: int3: " if ARCH == "x86_64" and qemu_version() < [8, 1] else None
TRIES = 4


def smp_linux(cpus, bootargs="", **options):
    """One that ends its machine if it fails."""
    return linux(bootargs="panic=-1 oops=panic " + bootargs, **options).replace("cpus = <1>", f"cpus = <{cpus}>")


def failed_by_qemu(m):
    return FAULT_OF_QEMU and m.find(FAULT_OF_QEMU)


def without_faults_of_qemu(t, work, **options):
    """Boots a machine and has @work make what there is to check; anew if QEMU has failed it, not if we have."""
    for tries in range(1, TRIES + 1):
        m = t.boot(**options)
        found = None
        try:
            found = work(m)
            if not failed_by_qemu(m) or tries == TRIES:
                break
        except Unexpected:
            if not failed_by_qemu(m) or tries == TRIES:
                raise
        t.note("this QEMU has run code that was changed since; once again")
        m.end()
    return m, found


def trouble(text):
    return [n for n in text.splitlines() if re.search(TROUBLE, n)]


def leave_and_come_back(m):
    """Its CPUs do while processes talk on all: what was found, and what is wanted."""
    shell = Shell(m)
    found = [("it has all vCPUs", shell.run("nproc"), ("4", 0))]
    shell.run("{ (while :; do hackbench -g 2 -l 40 -s 64 >/dev/null || break; echo >>/tmp/rounds; done; "
              "echo $? >/tmp/failed) & }")
    cycle = "for c in 1 2 3; do echo {0} >/sys/devices/system/cpu/cpu$c/online || exit 1; done"
    text, status = shell.run(f"for i in $(seq {CYCLES}); do ({cycle.format(0)}) && ({cycle.format(1)}) "
                             "|| break; done; echo at $i")
    found += [("CPUs leave and come back", (text.splitlines()[-1:], status), ([f"at {CYCLES}"], 0)),
              ("all are there again", shell.run("nproc"), ("4", 0))]
    status = shell.run("n=$(wc -l </tmp/rounds); until [ $(wc -l </tmp/rounds) -gt $((n + 2)) ] || "
                       "[ -e /tmp/failed ]; do sleep 1; done; ls /tmp/failed")[1]
    found += [("processes talked on all the time", status, 1),
              ("each CPU has had interrupts of the others",
               shell.run("grep -E 'IPI0|RES:|Rescheduling' /proc/interrupts | head -n 1 | "
                         "awk '{print ($2 > 0) + ($3 > 0) + ($4 > 0) + ($5 > 0)}'"), ("4", 0)),
              ("its kernel has nothing to complain about", trouble(shell.run("dmesg")[0]), [])]
    m.send("poweroff -f")
    return found + [("the machine ends well", m.wait(), 0)]


@test
def hotplug_under_load(t):
    """Four vCPUs on four CPUs: three of them leave and come back."""
    disk = t.disk(vms=[("10-linux", smp_linux(4, mib=384))], files=linux_files(t, tools=True))
    m, found = without_faults_of_qemu(t, leave_and_come_back, smp=4, mem="1G", disk=disk)
    for what, got, want in found:
        t.equal(what, got, want)
    besides = m.find(r"^lodge: vm linux: .* (\d+) KiB besides its RAM")
    t.check(f"it takes at most {MOST_KIB} KiB of the host besides its RAM",
            besides and int(besides.group(1)) <= MOST_KIB, m.tail())


@test
def two_at_once(t):
    """Two Linux VMs of two vCPUs each, on fewer CPUs than they have vCPUs, as many, and one."""
    command = "hackbench -g 1 -l 30 -s 64"
    vms = [(f"{i}0-linux-{i}", smp_linux(2, run_linux(command), mib=256, label=f"linux-{i}")) for i in (1, 2)]
    disk = t.disk(vms=vms, files=linux_files(t, tools=True))
    for smp in (1, 2, 4):
        m, status = without_faults_of_qemu(t, Machine.wait, smp=smp, mem="1G", disk=disk)
        t.equal(f"on {smp} CPUs both do their work, and the machine ends well",
                (len(re.findall(rf"lodge-init: '{command}' ended with status 0", m.untangled())), status),
                (2, 0))
        t.equal("neither kernel has anything to complain about", trouble(m.text), [])
