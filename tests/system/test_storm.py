# SPDX-License-Identifier: Apache-2.0
"""What a storm of wake-ups costs four vCPUs on one CPU, and on four: instructions on all CPUs.

A vCPU that spins on what another one holds, which has no CPU, would show here.
"""
import os
import struct
import subprocess

from harness import test
from harness.elf import symbols
from harness.guest import Shell, linux, linux_files
from harness.place import built, source

STORM = "hackbench -p -g 2 -l 60 -s 64"
CPUS = 4
QUIET = 10_000_000  # instructions in a second of the guest's time


def plugin(t):
    """QEMU's plugin that counts."""
    path = os.path.join(t.tmp, "count.so")
    subprocess.run([os.environ.get("HOSTCC", "cc"), "-O2", "-shared", "-fPIC", "-o", path,
                    source("tests/system/harness/count.c")], check=True)
    return path


def counts(path):
    """What Lodge has executed, and what others, on all CPUs."""
    with open(path, "rb") as f:
        words = struct.unpack(f"<{2 * CPUS}Q", f.read(16 * CPUS))
    return sum(words[0::2]), sum(words[1::2])


def settle(shell, out):
    """Waits until Linux has nothing left to do of its boot: it checks keys in the background."""
    busy = QUIET + 1
    while busy > QUIET:
        before = sum(counts(out))
        shell.run("sleep 1")
        busy = sum(counts(out)) - before


def storm(t, smp, so, disk):
    """Instructions of Lodge, and of the guest."""
    out = os.path.join(t.tmp, "counts")
    names = {name: address for address, name in symbols(built("lodge.elf"))}
    m = t.boot(smp=smp, mem="1G", disk=disk, icount=True, extra=[
        "-plugin", f"{so},lo={names['__text_start']:#x},hi={names['__text_end']:#x},out={out}"])
    shell = Shell(m)
    settle(shell, out)
    before = counts(out)
    assert shell.run(STORM)[1] == 0
    found = [b - a for a, b in zip(before, counts(out))]
    m.send("poweroff -f")
    m.wait()
    t.note(f"on {smp} CPUs: {found[0]} instructions of Lodge, {found[1]} of the guest")
    return sum(found)


@test
def overcommitted_storm(t):
    files = linux_files(t, tools=True)
    if not os.environ.get("LODGE_BENCH"):
        t.skip("it measures only: make bench")
    so = plugin(t)
    disk = t.disk(vms=[linux(384).replace("cpus = <1>", f"cpus = <{CPUS}>")], files=files)
    one, four = storm(t, 1, so, disk), storm(t, CPUS, so, disk)
    t.figure("hackbench, 4 vCPUs on 1 CPU", f"{one / four:.2f}", "times its instructions on 4")
