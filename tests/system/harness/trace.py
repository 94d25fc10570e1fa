# SPDX-License-Identifier: Apache-2.0
"""The instructions that Lodge executes, one by one, from QEMU's log of them."""
import os

from .machine import qemu_version

class Log:
    """A log that is read while QEMU writes it: for Machine(extra=log.options())."""

    def __init__(self, t, *ranges):
        self.path = os.path.join(t.tmp, f"executed{len(t.machines)}")
        os.mkfifo(self.path)
        # Opened for both it neither waits for QEMU nor ends with it.
        self.fd = os.open(self.path, os.O_RDWR)
        self.ranges = ranges

    def options(self):
        """For QEMU: of the instructions in @ranges, pairs of an address and a size."""
        single = ["-accel", "tcg,one-insn-per-tb=on"] if qemu_version()[0] > 8 else ["-singlestep"]
        return single + ["-d", "exec,nochain", "-D", self.path, "-dfilter",
                         ",".join(f"{at:#x}+{size:#x}" for at, size in self.ranges)]

    def lines(self):
        """Each, until end()."""
        with os.fdopen(os.dup(self.fd), "rb") as f:
            for line in f:
                if line == b"end\n":
                    return
                yield line

    def end(self):
        """No more of them. The machine has ended, maybe in the middle of one."""
        os.write(self.fd, b"\nend\n")

    def close(self):
        """Nobody reads it any more."""
        os.close(self.fd)
