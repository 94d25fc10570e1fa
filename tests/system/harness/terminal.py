# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, of which we hold the other end."""
import os
import select

import pexpect

# Seconds for what an ended program has said to come through the kernel; it needs none on an idle machine.
PATIENCE = 10


class Terminal(pexpect.spawn):
    """As pexpect has it, and nothing of what the program has said is lost.

    pexpect reads for a while, then asks whether the program has ended, and if so calls that the end of its
    output. What the program said in between is lost: seen where this process had to wait for a CPU."""

    def read_nonblocking(self, size=1, timeout=-1):
        try:
            return super().read_nonblocking(size, timeout)
        except pexpect.EOF:
            text = self._rest(size)
            if not text:
                raise
            self.flag_eof = False
            return text

    def _rest(self, size):
        """What there is still to read. The kernel says EIO when there is nothing, and won't be again."""
        if not select.select([self.child_fd], [], [], PATIENCE)[0]:
            return ""
        try:
            said = os.read(self.child_fd, size)
        except OSError:
            return ""
        text = self._decoder.decode(said, final=not said)
        self._log(text, "read")
        return text
