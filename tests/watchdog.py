#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""watchdog.py [--idle S] [--cpu S] COMMAND...: runs COMMAND and ends it if it hangs.

A program that is slow because others load the machine does not hang. So no limit counts
the wall clock alone. A process tree hangs if, since it last wrote something,

  it was idle for IDLE seconds: more than half of the time no thread of it ran or waited for
  a CPU or a disk; or
  it spent CPU seconds of processor time: it spins.

LODGE_PATIENCE multiplies both, for machines that emulate the tests themselves.

As a command it does not see what COMMAND writes, so that the limits are those of the whole
run. Its status is COMMAND's, 128 and the signal's number if one ended it, or 124 after a
hang, for which one line on stderr tells the reason. Descendants do not outlive it.
"""
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

IDLE = 120
CPU = 600
HUNG = 124
POLL = 2
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = float(os.environ.get("LODGE_PATIENCE") or 1)


class Hung(Exception):
    """A process tree does nothing any more, or nothing else than spin."""


def read(path):
    """The words of a file of /proc; none if the process has ended meanwhile."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return []
    try:
        return os.read(fd, 1024).rpartition(b")")[2].split()
    except OSError:
        return []
    finally:
        os.close(fd)


def stat(path):
    """State, parent and processor time, with that of children that it has waited for."""
    words = read(path)
    if len(words) < 15:
        return None
    return words[0], int(words[1]), sum(int(n) for n in words[11:15]) / TICK


def tree(root):
    """The process @root and all its descendants: pid -> state, parent, processor time."""
    known = {int(n): stat(f"/proc/{n}/stat") for n in os.listdir("/proc") if n.isdigit()}
    children = {}
    for pid, is_ in known.items():
        if is_:
            children.setdefault(is_[1], []).append(pid)
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if known.get(pid):
            found[pid] = known[pid]
            todo += children.get(pid, ())
    return found


def threads(pid):
    """The directories of its threads."""
    try:
        return [f"/proc/{pid}/task/{n}" for n in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def wants(pid):
    """Whether a thread of the process runs, waits for a CPU, or for a disk."""
    return any(s and s[0] in (b"R", b"D") for s in (stat(n + "/stat") for n in threads(pid)))


def demand(pid):
    """Seconds in which threads of the process ran or waited for a CPU."""
    found = (read(n + "/schedstat") for n in threads(pid))
    return sum(int(n[0]) + int(n[1]) for n in found if len(n) > 1) / 1e9


class Watchdog:
    """Watches the process @root and its descendants. @total limits what it ran and was idle
    all in all, for one that may write for ever."""

    def __init__(self, root, idle=IDLE, cpu=CPU, total=None):
        self.root = root
        self.limits = idle * PATIENCE, cpu * PATIENCE
        self.most = (total or float("inf")) * PATIENCE
        self.poll = min(POLL, min(self.limits) / 4)
        self.idle = self.cpu = self.total = 0.0
        self.then = time.monotonic()
        self.was = {}

    def moved(self):
        """It has written something: the limits of IDLE and CPU begin anew."""
        self.idle = self.cpu = 0.0
        self.then = time.monotonic()

    def look(self, now=False):
        """Adds up what the tree has done since the last call, which may be soon after it
        if @now. Raises Hung."""
        then, soon = time.monotonic(), 0 if now else self.poll / 2
        if then - self.then < soon:
            return
        # A watchdog that got no CPU itself knows little of what the tree did meanwhile.
        length, self.then = min(then - self.then, 2 * self.poll), then
        ran, busy = self.progress(length)
        self.cpu += ran
        self.total += ran + length - busy
        # What is idle less than half of the time goes down to none.
        self.idle = max(0, self.idle + length - 2 * busy)
        if self.idle > self.limits[0]:
            raise Hung(f"idle for {self.idle:.0f} s")
        if self.cpu > self.limits[1]:
            raise Hung(f"{self.cpu:.0f} s of processor time and nothing to show for it")
        if self.total > self.most:
            raise Hung(f"no end after {self.total:.0f} s that were its own")

    def progress(self, length):
        """Of the last @length seconds, those of processor time, and those not idle."""
        found = {pid: (s[2], demand(pid)) for pid, s in tree(self.root).items()}
        was, self.was = self.was, found
        new = [(s[0] - was.get(pid, (0, 0))[0], s[1] - was.get(pid, (0, 0))[1])
               for pid, s in found.items()]
        # The time of a process that has ended is its parent's now.
        ran = sum(n[0] for n in new) - sum(s[0] for pid, s in was.items() if pid not in found)
        busy = sum(n[1] for n in new)
        # How long those that have ended waited for a CPU nobody knows: what is seen now counts.
        if found.keys() != was.keys() or not busy:
            busy = length if any(wants(pid) for pid in found) else 0
        return max(0, ran), min(length, max(0, busy))

    def end(self):
        """Ends the whole tree."""
        for sign, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 10)):
            until = time.monotonic() + patience
            for pid in tree(self.root):
                send(pid, sign)
            while time.monotonic() < until:
                if all(s[0] == b"Z" for s in tree(self.root).values()):
                    return
                time.sleep(0.05)


def send(pid, sign):
    """A signal to a process that may have ended."""
    try:
        os.kill(pid, sign)
    except OSError:
        pass


def adopt():
    """Makes this process the parent of descendants whose own parent ends."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def run(command, idle=IDLE, cpu=CPU, check=False, **options):
    """As subprocess.run(), with these limits in place of a timeout. Raises Hung."""
    given = {"input": options.pop("input")} if "input" in options else {}
    options.setdefault("stdin", subprocess.PIPE if given else subprocess.DEVNULL)
    with subprocess.Popen(command, **options) as child:
        dog = Watchdog(child.pid, idle, cpu)
        while True:
            try:
                out, err = child.communicate(timeout=dog.poll, **given)
                break
            except subprocess.TimeoutExpired:
                given = {}
            try:
                dog.look()
            except Hung:
                dog.end()
                raise
    done = subprocess.CompletedProcess(command, child.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def follow(command, line, idle=IDLE, cpu=CPU, **options):
    """Runs @command and calls @line with each line of its output, which counts as progress.
    Return: its status, and None or how it hangs."""
    hung = None
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          **options) as child:
        dog = Watchdog(child.pid, idle, cpu)
        text = b""
        while True:
            try:
                if not select.select([child.stdout], [], [], dog.poll)[0]:
                    dog.look()
                    continue
            except Hung as why:
                hung = why
                dog.end()
                break
            new = os.read(child.stdout.fileno(), 65536)
            dog.moved()
            *whole, text = (text + new).split(b"\n")
            for words in whole:
                line(words.decode(errors="replace") + "\n")
            if not new:
                break
        if text:
            line(text.decode(errors="replace") + "\n")
    return child.returncode, hung


def end_descendants():
    """Ends those that outlive the command, and waits for them."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in tree(os.getpid()):
            if pid != os.getpid():
                send(pid, sign)
        for _ in range(40):
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            time.sleep(0.05)


def main():
    """See above."""
    words, limits = sys.argv[1:], {"idle": IDLE, "cpu": CPU}
    while len(words) > 2 and words[0] in ("--idle", "--cpu"):
        limits[words[0][2:]] = float(words[1])
        words = words[2:]
    if not words:
        sys.exit("usage: watchdog.py [--idle S] [--cpu S] COMMAND...")
    adopt()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        status = run(words, stdin=None, **limits).returncode
    except Hung as why:
        print(f"watchdog: {words[0]}: {why}", file=sys.stderr)
        status = HUNG
    except OSError as why:
        print(f"watchdog: {words[0]}: {why.strerror}", file=sys.stderr)
        status = 127
    finally:
        end_descendants()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
