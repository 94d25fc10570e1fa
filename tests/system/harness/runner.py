# SPDX-License-Identifier: Apache-2.0
"""Tests, and what they report."""
import os
import random
import shutil
import sys
import tempfile
import traceback

from . import figures
from .disk import make_disk
from .machine import Machine, Unexpected
from .place import ARCH, built

TESTS = []
ELSEWHERE = []


def test(function):
    """Marks a function as a test; it takes a T."""
    TESTS.append(function)
    return function


def test_on(*archs):
    """The same for one that only makes sense on these architectures."""
    def mark(function):
        if ARCH in archs:
            return test(function)
        ELSEWHERE.append(function)
        return function
    return mark


class Skip(Exception):
    """The test cannot be made here."""


class T:
    """One test while it runs."""

    count = 0
    failed = 0
    excuse = None  # why nothing is compared with what is recorded, once that is known

    def __init__(self, name, logs):
        self.name = name
        self.logs = logs
        self.machines = []
        self.own = 0
        self.tmp = tempfile.mkdtemp(prefix="lodge-test-")

    # ---- what a test uses ----

    def boot(self, **options):
        """Boots a Machine; see there."""
        log = f"{self.logs}.{self.name}.{len(self.machines)}.log"
        self.machines.append(Machine(log=log, **options))
        return self.machines[-1]

    def disk(self, **options):
        """A disk of this test's own; see make_disk()."""
        return make_disk(os.path.join(self.tmp, f"{len(os.listdir(self.tmp))}.img"), **options)

    def check(self, name, good, detail=""):
        """One TAP line; @detail is shown when it is not @good. Returns @good."""
        T.count += 1
        self.own += 1
        print(f"{'ok' if good else 'not ok'} {T.count} - {self.name}: {name}")
        if not good:
            T.failed += 1
            self.explain(detail)
        return bool(good)

    def equal(self, name, got, want):
        """One TAP line: is it what is wanted?"""
        return self.check(name, got == want, f"want {want!r}, got {got!r}")

    def note(self, text):
        """For people, and never a failure."""
        print(f"# {text}")

    def figure(self, name, value, unit):
        """Something measured; see figures.py. Where the recorded value is exact, one TAP line:
        it is no more than that. make bench, which shows them all, does not judge."""
        row = figures.known().get(name)
        print(figures.line(name, value, unit, row))
        growth = figures.growth(value, row)
        if growth is None or row["exact"] != "yes" or os.environ.get("LODGE_BENCH"):
            return
        if T.excuse is None:
            T.excuse = figures.not_comparable() or ""
        if T.excuse:
            T.count += 1
            self.own += 1
            print(f"ok {T.count} - {self.name}: {name} is as recorded # SKIP {T.excuse}")
            return
        self.check(f"{name} is as recorded", growth < figures.TOLERANCE + 1e-9,
                   f"{value} {unit}: {growth:+.1%} against {row['recorded']}")
        if growth < -figures.TOLERANCE:
            self.note(f"{name} is better by {-growth:.1%}: record it with make bench RECORD=1")

    def sample(self, choices, n):
        """@choices of which each takes long: all in make tests-long, else @n of them, chosen
        by the seed that tests/run prints."""
        choices = list(choices)
        if os.environ.get("LODGE_LONG") or len(choices) <= n:
            return choices
        self.note(f"{self.name}: {n} of {len(choices)}; make tests-long has all")
        rng = random.Random(f"{os.environ.get('LODGE_SEED', '')} {ARCH} {self.name}")
        return rng.sample(choices, n)

    def skip(self, why):
        """Ends this test: it cannot be made here."""
        raise Skip(why)

    # ---- what the runner uses ----

    def explain(self, detail):
        """Comments with what went wrong and the end of the last console."""
        text = str(detail)
        if self.machines:
            text += "\n---- console ----\n" + self.machines[-1].tail()
        for line in text.splitlines():
            print(f"#   {line}")

    def end(self):
        """Leaves nothing behind."""
        for machine in self.machines:
            machine.end()
        shutil.rmtree(self.tmp, ignore_errors=True)


def run_one(function, logs):
    """One test and its lines."""
    t = T(function.__name__, logs)
    try:
        function(t)
        if not t.own:
            t.check("as expected", True)
    except Skip as why:
        T.count += 1
        print(f"ok {T.count} - {t.name} # SKIP {why}")
    except Unexpected as what:
        t.check("as expected", False, what)
    except Exception:  # pylint: disable=broad-except
        t.check("runs", False, traceback.format_exc())
    finally:
        t.end()
        sys.stdout.flush()


def main(path, word=""):
    """Runs the tests that the file at @path defined; the exit status."""
    folder = built("tests/system")
    os.makedirs(folder, exist_ok=True)
    logs = os.path.join(folder, os.path.splitext(os.path.basename(path))[0])
    for function in TESTS:
        if word in function.__name__:
            run_one(function, logs)
    if not T.count and not TESTS and ELSEWHERE:
        T.count = 1
        print(f"ok 1 - {os.path.basename(path)} # SKIP it has nothing for {ARCH}")
    print(f"1..{T.count}")
    return 1 if T.failed or not T.count else 0
