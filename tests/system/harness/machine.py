# SPDX-License-Identifier: Apache-2.0
"""A machine in QEMU with its console in our hands."""
import os
import re
import subprocess
import time

import pexpect

from .place import ARCH, built, source


def qemu_version(path=None):
    """The version of QEMU, a list of numbers, empty if it is not installed."""
    try:
        said = subprocess.run([path or os.environ.get("QEMU") or "qemu-system-" + ARCH,
                               "--version"], stdout=subprocess.PIPE, text=True, check=False)
    except OSError:
        return []
    match = re.search(r"version ([0-9.]+)", said.stdout)
    return [int(n) for n in match.group(1).split(".")] if match else []


def dump_tree(path, machine, mem):
    """Puts into @path the devicetree that QEMU would give to what it boots on @machine, the
    first arguments for it, -M and its value at their head."""
    args = [machine[0], machine[1] + ",dumpdtb=" + path, *machine[2:]]
    subprocess.run(["timeout", "-k", "5", "20", os.environ.get("QEMU") or "qemu-system-" + ARCH]
                   + args + ["-m", mem, "-smp", "1", "-display", "none"], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Unexpected(Exception):
    """Something else than what the test expects."""


class Machine:
    """A running QEMU.

    @image: what to boot, lodge.elf or another kernel
    @smp, @mem: CPUs and memory
    @cpu: more of -cpu, as "sstc=false", or another model
    @machine: more of -M, as "gic-version=2"
    @disk, @flash: images, None for without; they stay as they are unless @keep
    @append: boot arguments
    @icount: one instruction is one nanosecond (one hart only in QEMU 7.2)
    @extra: list of more QEMU arguments
    @limit: seconds after which it is ended
    @log: file for all that the console says
    """

    def __init__(self, image="lodge.elf", smp=1, mem="256M", cpu=None, disk=None,
                 flash="flash.img", append=None, icount=False, extra=(), limit=120, log=None,
                 keep=False, qemu=None, machine=None):
        args = ["-k", "5", str(limit), source("scripts/qemu-run"), ARCH, built(image)]
        for name, value in (("--disk", disk and built(disk)),
                            ("--flash", flash and built(flash)),
                            ("--append", append), ("--cpu", cpu), ("--machine", machine)):
            if value:
                args += [name, value]
        args += [] if keep else ["--snapshot"]
        args += ["--"] + list(extra) + (["-icount", "shift=0"] if icount else [])
        env = dict(os.environ, SMP=str(smp), MEM=mem)
        if qemu:
            env["QEMU"] = qemu
        self.deadline = time.monotonic() + limit
        self.status = None
        self.log = open(log, "w", encoding="utf-8", newline="") if log else None
        self.text = ""
        self.child = pexpect.spawn("timeout", args, env=env, timeout=limit, echo=False,
                                   encoding="utf-8", codec_errors="replace")
        self.child.delaybeforesend = None
        self.child.logfile_read = self

    def write(self, text):
        """For pexpect: what came from the console."""
        text = text.replace("\r", "")
        self.text += text
        if self.log:
            self.log.write(text)

    def flush(self):
        """For pexpect."""
        if self.log:
            self.log.flush()

    def _left(self, timeout):
        left = max(self.deadline - time.monotonic(), 0.1)
        return min(left, timeout) if timeout else left

    def expect(self, pattern, timeout=None, never=None):
        """Waits until the console says what @pattern (a regular expression) matches, and
        returns the match. If it says what @never matches first, or nothing of the kind, or
        QEMU ends, the test fails."""
        patterns = [pattern, pexpect.EOF, pexpect.TIMEOUT] + ([never] if never else [])
        what = self.child.expect(patterns, timeout=self._left(timeout))
        if what == 0:
            return self.child.match
        why = ("the machine ended", "time is over", "not to be seen: " + str(never))[what - 1]
        raise Unexpected(f"{why}, waiting for: {pattern}")

    def send(self, line):
        """Types @line and a newline."""
        self.child.send(line + "\r")

    def type(self, keys):
        """Types @keys as they are."""
        self.child.send(keys)

    def wait(self, timeout=None):
        """Waits for the machine's end and returns its exit status."""
        if self.status is None:
            if self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=self._left(timeout)):
                raise Unexpected("time is over, waiting for the machine to end")
            self.child.wait()
            self.status = self.child.exitstatus
            if self.status is None:
                self.status = 128 + self.child.signalstatus
        return self.status

    def find(self, pattern):
        """The match of @pattern in all that the console has said, or None."""
        return re.search(pattern, self.text, re.M)

    def count(self, pattern):
        """How often it has."""
        return len(re.findall(pattern, self.text, re.M))

    def tail(self, lines=30):
        """The last lines of the console."""
        return "\n".join(self.text.splitlines()[-lines:])

    def end(self):
        """Ends QEMU if it still runs."""
        if self.child.isalive():
            self.child.terminate()
            try:
                self.child.expect(pexpect.EOF, timeout=10)
            except (pexpect.TIMEOUT, OSError):
                pass
        self.child.close(force=True)
        if self.log:
            self.log.close()
            self.log = None
