# SPDX-License-Identifier: Apache-2.0
"""What a second CPU gains a Linux guest with two busy jobs, in Lodge and on bare QEMU.

The gain is a ratio of the processor time of QEMU's busiest thread: with both jobs on one CPU of
the guest, and with one on each. It does not depend on who else uses the building machine's CPUs, as
wall-clock time would. What QEMU's threads wait for each other counts as far as they spin.
"""
import os
import statistics

from harness import test
from harness.arch import THIS
from harness.guest import Shell, linux, linux_files
from harness.place import ARCH, built

ROUNDS = 9
LOOPS = 40000
JOB = f"i=0; while [ $i -lt {LOOPS} ]; do i=$((i+1)); done"
BARE = {"aarch64": "gic-version=3"}


def thread_seconds(pid):
    """Processor time of each thread of a process."""
    times = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/stat", encoding="utf-8") as f:
            fields = f.read().rpartition(")")[2].split()
        times[tid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return times


def busiest(m, shell, cpus):
    """Seconds of the busiest thread while both jobs run on @cpus, a mask."""
    before = thread_seconds(m.child.pid)
    status = shell.run(f"taskset {cpus} sh -c 'sh /tmp/job & sh /tmp/job & wait'")[1]
    after = thread_seconds(m.child.pid)
    assert status == 0
    return max(after[tid] - before.get(tid, 0) for tid in after)


def gains(m):
    """Of each round."""
    shell = Shell(m)
    assert shell.run("dmesg -n 1")[1] == 0
    assert shell.run("nproc") == ("2", 0)
    assert shell.run(f"echo '{JOB}' >/tmp/job")[1] == 0
    busiest(m, shell, 3)  # what is translated once
    found = [busiest(m, shell, 1) / busiest(m, shell, 3) for _ in range(ROUNDS)]
    m.send("poweroff -f")
    m.wait()
    return found


@test
def gain_of_a_second_cpu(t):
    files = linux_files(t)
    if not os.environ.get("LODGE_BENCH"):
        t.skip("it measures only: make bench")
    disk = t.disk(vms=[linux(256).replace("cpus = <1>", "cpus = <2>")], files=files)
    lodge = gains(t.boot(disk=disk, mem="512M", smp=2))
    bare = gains(t.boot(image="linux/Image", flash=None, mem="256M", smp=2,
                        machine=BARE.get(ARCH), append=f"console={THIS.console}",
                        extra=["-initrd", built("linux/initrd.gz")]))
    for what, values in (("Lodge", lodge), ("bare QEMU", bare)):
        t.note(f"gains on {what}: {', '.join(f'{v:.2f}' for v in sorted(values))}")
    gain, bare = statistics.median(lodge), statistics.median(bare)
    t.figure("gain of a second CPU, two busy jobs", f"{gain / bare:.2f}", "times bare QEMU")
    t.figure("gain of a second CPU, two busy jobs, by itself", f"{gain:.2f}", "times one CPU")
