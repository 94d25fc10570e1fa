# SPDX-License-Identifier: Apache-2.0
"""The instructions that Lodge executes, one by one, from QEMU's log of them."""
import bisect
import fcntl
import os
import re
import threading
import time

from .elf import sections, symbols
from .machine import qemu_version
from .place import built

F_SETPIPE_SZ, PIPE = 1031, 1 << 20  # linux/fcntl.h; what anybody may have

LINE = re.compile(rb"Trace (\d+): 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/")


class Log:
    """A log that is read while QEMU writes it: for Machine(extra=log.options())."""

    def __init__(self, t, *ranges):
        self.path = os.path.join(t.tmp, f"executed{len(t.machines)}")
        os.mkfifo(self.path)
        # Opened for both it neither waits for QEMU nor ends with it.
        self.fd = os.open(self.path, os.O_RDWR)
        fcntl.fcntl(self.fd, F_SETPIPE_SZ, PIPE)
        self.ranges = ranges

    def options(self, now=True):
        """For QEMU: of the instructions in @ranges, pairs of an address and a size; from the start
        on, or from begin()."""
        single = ["-accel", "tcg,one-insn-per-tb=on"] if qemu_version()[0] > 8 else ["-singlestep"]
        return (single + ["-d", "exec,nochain"] if now else []) + [
            "-D", self.path, "-dfilter",
            ",".join(f"{at:#x}+{size:#x}" for at, size in self.ranges)]

    @staticmethod
    def begin(m):
        """By @m's monitor, which shares the terminal with its console."""
        single = "one-insn-per-tb" if qemu_version()[0] > 8 else "singlestep"
        m.type(f"\x01c{single} on\rlog exec,nochain\r")

    def lines(self):
        """Each, until end()."""
        rest = b""
        while True:
            # QEMU writes them one by one: a reader that waited for each would only slow it down.
            time.sleep(0.005)
            *lines, rest = (rest + os.read(self.fd, PIPE)).split(b"\n")
            for line in lines:
                if line == b"end":
                    return
                yield line

    def end(self):
        """No more of them. The machine has ended, maybe in the middle of one."""
        os.write(self.fd, b"\nend\n")

    def close(self):
        """Nobody reads it any more."""
        os.close(self.fd)


class Visit:
    """What a CPU executed of Lodge between two guest instructions.

    @cpu: which CPU
    @pcs: the addresses, in order
    """

    def __init__(self, cpu):
        self.cpu = cpu
        self.pcs = []


class Visits:
    """Lodge's visits to its CPUs, from one guest's exit to the next entry."""

    def __init__(self):
        found = symbols(built("lodge.elf"))
        self.at = {name: address for address, name in found}
        self.names = found
        self.entries = {a for a, name in found if name.endswith("guest_entry")}

    def passed(self, visit, name):
        """Whether the first instruction of the function @name is among them."""
        return self.at[name] in visit.pcs

    def function(self, pc):
        """The name of what @pc is in."""
        return self.names[bisect.bisect(self.names, (pc, "\xff")) - 1][1]

    def read(self, log):
        """Each, when it ends."""
        now = {}
        for line in log.lines():
            m = LINE.match(line)
            if not m:
                continue
            cpu, pc = int(m.group(1)), int(m.group(2), 16)
            if cpu in now:
                now[cpu].pcs.append(pc)
            if pc in self.entries:
                if cpu in now:
                    yield now[cpu]
                now[cpu] = Visit(cpu)

    def collect(self, t, ready, until, **boot):
        """Boots a machine. From when its console says @ready, the visits until @until(visit),
        which sees each, is true."""
        text = sections(built("lodge.elf"))[".text"]
        log = Log(t, (text[0], text[3]))
        found, done = [], threading.Event()

        def reader():
            for visit in self.read(log):
                if not done.is_set():
                    found.append(visit)
                    if until(visit):
                        done.set()

        thread = threading.Thread(target=reader)
        thread.start()
        m = t.boot(extra=log.options(now=False), **boot)
        try:
            m.expect(ready)
            log.begin(m)
            m.run_until(done)
        finally:
            m.end()
            log.end()
            thread.join()
            log.close()
        return found
