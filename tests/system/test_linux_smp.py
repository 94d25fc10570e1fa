# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux with several vCPUs on several CPUs, under load: hackbench, and CPUs that come and go."""
import os
import re

from harness import test
from harness.guest import Shell, linux, linux_files, run_linux

# Rounds in which they leave and come back; a long run has more.
CYCLES = 60 if os.environ.get("LODGE_LONG") else 4
# What a VM may take of the host's memory besides its RAM.
MOST_KIB = 512
# Nothing of these may be in the log of a kernel.
TROUBLE = r"BUG:|WARNING: CPU|Oops|stall|soft lockup|hard LOCKUP|Call Trace|unable to handle"


def smp_linux(cpus, **options):
    return linux(**options).replace("cpus = <1>", f"cpus = <{cpus}>")


def trouble(text):
    return [n for n in text.splitlines() if re.search(TROUBLE, n)]


@test
def hotplug_under_load(t):
    """Four vCPUs on four CPUs: three of them leave and come back while processes talk on all."""
    m = t.boot(smp=4, mem="1G", disk=t.disk(
        vms=[("10-linux", smp_linux(4, mib=384))], files=linux_files(t, tools=True)))
    shell = Shell(m)
    t.equal("it has all vCPUs", shell.run("nproc"), ("4", 0))
    shell.run("{ (while :; do hackbench -g 2 -l 40 -s 64 >/dev/null || break; echo >>/tmp/rounds; done; "
              "echo $? >/tmp/failed) & }")
    cycle = "for c in 1 2 3; do echo {0} >/sys/devices/system/cpu/cpu$c/online || exit 1; done"
    text, status = shell.run(f"for i in $(seq {CYCLES}); do ({cycle.format(0)}) && ({cycle.format(1)}) "
                             "|| break; done; echo at $i")
    t.equal("CPUs leave and come back", (text.splitlines()[-1:], status), ([f"at {CYCLES}"], 0))
    t.equal("all are there again", shell.run("nproc"), ("4", 0))
    text, status = shell.run("n=$(wc -l </tmp/rounds); until [ $(wc -l </tmp/rounds) -gt $((n + 2)) ] || "
                             "[ -e /tmp/failed ]; do sleep 1; done; ls /tmp/failed")
    t.check("processes talked on all the time", status == 1, text)
    t.equal("each CPU has had interrupts of the others",
            shell.run("grep -E 'IPI0|RES:|Rescheduling' /proc/interrupts | head -n 1 | "
                      "awk '{print ($2 > 0) + ($3 > 0) + ($4 > 0) + ($5 > 0)}'"), ("4", 0))
    t.equal("its kernel has nothing to complain about", trouble(shell.run("dmesg")[0]), [])
    m.send("poweroff -f")
    t.equal("the machine ends well", m.wait(), 0)
    besides = m.find(r"^lodge: vm linux: .* (\d+) KiB besides its RAM")
    t.check(f"it takes at most {MOST_KIB} KiB of the host besides its RAM",
            besides and int(besides.group(1)) <= MOST_KIB, m.tail())


@test
def two_at_once(t):
    """Two Linux VMs of two vCPUs each, on fewer CPUs than they have vCPUs, as many, and one."""
    command = "hackbench -g 1 -l 30 -s 64"
    for smp in (1, 2, 4):
        vms = [(f"{i}0-linux-{i}", smp_linux(2, mib=256, label=f"linux-{i}", bootargs=run_linux(command))
) for i in (1, 2)]
        m = t.boot(smp=smp, mem="1G", disk=t.disk(vms=vms, files=linux_files(t, tools=True)))
        status = m.wait()
        t.equal(f"on {smp} CPUs both do their work, and the machine ends well",
                (len(re.findall(rf"lodge-init: '{command}' ended with status 0", m.untangled())), status),
                (2, 0))
        t.equal("neither kernel has anything to complain about", trouble(m.text), [])
