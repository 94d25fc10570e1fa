# SPDX-License-Identifier: Apache-2.0
"""A machine in QEMU with its console in our hands."""
import os
import re
import subprocess
import tempfile

import gcov
import pexpect
import watchdog

from .place import ARCH, OUT, built, enabled, source
from .terminal import Terminal


def qemu_version(path=None):
    """The version of QEMU, a list of numbers, empty if it is not installed."""
    try:
        said = subprocess.run([path or os.environ.get("QEMU") or "qemu-system-" + ARCH,
                               "--version"], stdout=subprocess.PIPE, text=True, check=False)
    except OSError:
        return []
    match = re.search(r"version ([0-9.]+)", said.stdout)
    return [int(n) for n in match.group(1).split(".")] if match else []


def dump_tree(path, machine, mem, smp=1):
    """Puts into @path the devicetree that QEMU would give to what it boots on @machine, the
    first arguments for it, -M and its value at their head."""
    args = [machine[0], machine[1] + ",dumpdtb=" + path, *machine[2:]]
    watchdog.run([os.environ.get("QEMU") or "qemu-system-" + ARCH]
                 + args + ["-m", mem, "-smp", str(smp), "-display", "none"], check=True,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# A machine that is idle, or runs, without a word for so long hangs; so does one that does
# not end after TOTAL seconds, whatever it says. See watchdog.py.
IDLE, CPU, TOTAL = 60, 300, 1800


def memory_file(mem):
    """A file for a machine's memory, from which its counters can be read when it has ended, and
    QEMU's options for it."""
    # pylint: disable=consider-using-with
    file = tempfile.NamedTemporaryFile(prefix="lodge-memory-", dir=OUT)
    return file, ["-object", f"memory-backend-file,id=counted,size={mem},share=on,"
                  f"mem-path={file.name}", "-machine", "memory-backend=counted"]


def with_shadow(mem):
    """@mem, as -m has it, and what the address sanitizer takes of it where it is built in: an
    eighth of the whole, and frames and objects that are larger."""
    if not enabled("KASAN"):
        return mem
    return f"{int(mem[:-1]) * (1024 if mem[-1] in 'gG' else 1) * 8 // 7 + 6}M"


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
    @log: file for all that the console says
    @counted: the image has counters (CONFIG_COVERAGE), which are added up beside it
    """

    def __init__(self, image="lodge.elf", smp=1, mem="256M", cpu=None, disk=None,
                 flash="flash.img", append=None, icount=False, extra=(), log=None,
                 keep=False, qemu=None, machine=None, counted=None):
        mem = with_shadow(mem) if image == "lodge.elf" else mem
        args = [ARCH, built(image)]
        for name, value in (("--disk", disk and built(disk)),
                            ("--flash", flash and built(flash)),
                            ("--append", append), ("--cpu", cpu), ("--machine", machine)):
            if value:
                args += [name, value]
        args += [] if keep else ["--snapshot"]
        if counted is None and "memory-backend" not in str(extra):
            counted = os.environ.get("LODGE_COVERAGE") and image == "lodge.elf"
        self.counted = built(image) if counted else None
        self.memory, more = memory_file(mem) if counted else (None, [])
        args += ["--"] + more + list(extra) + (["-icount", "shift=0"] if icount else [])
        env = dict(os.environ, SMP=str(smp), MEM=mem)
        if qemu:
            env["QEMU"] = qemu
        self.status = None
        self.log = open(log, "w", encoding="utf-8", newline="") if log else None
        self.text = ""
        self.child = Terminal(source("scripts/qemu-run"), args, env=env, echo=False,
                              encoding="utf-8", codec_errors="replace")
        self.watchdog = watchdog.Watchdog(self.child.pid, IDLE, CPU, TOTAL)
        self.child.delaybeforesend = None
        self.child.logfile_read = self

    def write(self, text):
        """For pexpect: what came from the console."""
        text = text.replace("\r", "")
        self.text += text
        self.watchdog.moved()
        if self.log:
            self.log.write(text)

    def flush(self):
        """For pexpect."""
        if self.log:
            self.log.flush()

    def _expect(self, patterns, what):
        """Waits for one of @patterns, which of them it is, as long as something moves."""
        while True:
            found = self.child.expect(patterns + [pexpect.TIMEOUT], timeout=self.watchdog.poll)
            if found < len(patterns):
                return found
            try:
                self.watchdog.look()
            except watchdog.Hung as why:
                raise Unexpected(f"the machine hangs ({why}), waiting for {what}") from None

    def expect(self, pattern, never=None):
        """Waits until the console says what @pattern (a regular expression) matches, and
        returns the match. If it says what @never matches first, or nothing of the kind, or
        QEMU ends, the test fails."""
        patterns = [pattern, pexpect.EOF] + ([never] if never else [])
        found = self._expect(patterns, pattern)
        if found == 0:
            return self.child.match
        why = ("the machine ended", f"not to be seen: {never}")[found - 1]
        raise Unexpected(f"{why}, waiting for: {pattern}")

    def run_until(self, event):
        """Waits until @event, a threading.Event, is set, as long as something moves."""
        while not event.is_set():
            # What it says meanwhile is read, so that it need not wait for that.
            if self.child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.2):
                raise Unexpected("the machine ended")
            self.watchdog.look()

    def own_time(self):
        """Seconds that it ran or was idle; not those in which it waited for a CPU."""
        self.watchdog.look(now=True)
        return self.watchdog.total

    def send(self, line):
        """Types @line and a newline."""
        self.child.send(line + "\r")

    def type(self, keys):
        """Types @keys as they are."""
        self.child.send(keys)

    def wait(self):
        """Waits for the machine's end and returns its exit status."""
        if self.status is None:
            self._expect([pexpect.EOF], "its end")
            self.child.wait()
            self.status = self.child.exitstatus
            if self.status is None:
                self.status = 128 + self.child.signalstatus
        return self.status

    def find(self, pattern):
        """The match of @pattern in all that the console has said, or None."""
        return re.search(pattern, self.text, re.M)

    def untangled(self):
        """The text, the lines of VMs in the background first: a VM that has the terminal writes as it
        goes, and such a line may come within one of its own. For patterns without anchors."""
        background = r"\[[a-z0-9-]+\] [^\n]*\n"
        return "".join(re.findall(f"(?m)^{background}", self.text)) + re.sub(f"\n(?:{background})+", "", self.text)

    def count(self, pattern):
        """How often it has."""
        return len(re.findall(pattern, self.text, re.M))

    def tail(self, lines=30):
        """The last lines of the console."""
        return "\n".join(self.text.splitlines()[-lines:])

    def end(self):
        """Ends QEMU if it still runs."""
        if self.child.isalive():
            self.watchdog.end()
        self.child.close(force=True)
        if self.memory:
            gcov.add(self.counted, self.memory.name)
            self.memory.close()
            self.memory = None
        if self.log:
            self.log.close()
            self.log = None
