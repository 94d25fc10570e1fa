# SPDX-License-Identifier: Apache-2.0
"""The project's suites of tests: programs that print TAP, and what they are run with."""
import os
import random
import re
import subprocess
import sys
import time

import watchdog

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What a make that calls this hands down and another make must not see.
LEAKS = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "V", "O", "TEST", "ARCHS", "ARCH", "srctree",
         "KBUILD_PHASE2", "KCONFIG_CONFIG", "KCONFIG_AUTOHEADER", "KCONFIG_AUTOCONFIG",
         "SMP", "MEM", "APPEND", "SEED", "SANITIZERS", "CROSS_COMPILE")


class Suite:
    """One program that prints TAP, with @env besides what all of them have."""

    # Without a line and idle, or running, for so long, it hangs.
    IDLE, CPU = 600, 7200

    def __init__(self, name, command, **env):
        self.name = name
        self.env = env
        self.command = command
        self.passed = self.failed = self.skipped = 0
        self.planned = 0
        self.bad = []

    def show(self, line):
        """Shows a line of its output."""
        print(line, flush=True)

    def line(self, line):
        """Counts and shows it."""
        self.show(line)
        match = re.match(r"(not )?ok\b[ \d]*(?:- )?([^#]*)(# *SKIP)?", line, re.I)
        if match and match.group(1):
            self.failed += 1
            self.bad.append(f"{self.name}: {match.group(2).strip()}")
        elif match and match.group(3):
            self.skipped += 1
        elif match:
            self.passed += 1
        match = re.match(r"1\.\.(\d+)", line)
        if match:
            self.planned += int(match.group(1))

    def run(self, env):
        """Runs it to its end."""
        start = time.monotonic()
        print(f"# {self.name}", flush=True)
        status, hung = watchdog.follow(self.command, lambda n: self.line(n.rstrip()), self.IDLE,
                                       self.CPU, cwd=TOP, env={**env, **self.env})
        count = self.passed + self.failed + self.skipped
        if hung:
            self.line(f"not ok - {self.name} hangs: {hung}")
        elif status and not self.failed:
            self.line(f"not ok - {self.name} ended with status {status}")
        elif count < self.planned:
            self.line(f"not ok - {self.name} announced {self.planned} lines and "
                      f"printed {count}")
        elif not count:
            self.line(f"not ok - {self.name} printed no result")
        print(f"# {self.name}: {time.monotonic() - start:.0f} s", flush=True)


def python():
    """A python that has pexpect: the first in the path, or else the system's."""
    for name in ("python3", "/usr/bin/python3"):
        if subprocess.run([name, "-c", "import pexpect"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            return name
    return "python3"


def files(folder, pattern):
    """Names in a folder of tests/ that match, sorted."""
    path = os.path.join(TOP, "tests", folder)
    names = os.listdir(path) if os.path.isdir(path) else []
    return sorted(n for n in names if re.fullmatch(pattern, n))


# Scripts of tests/build that use what is built, and so are for each architecture.
PER_ARCH = ("conformance.sh", "edges.sh", "hardening.sh", "percpu.sh", "run.sh", "stack.sh")


def common(word):
    """All suites that are the same everywhere, with a test that has @word in its path."""
    for name in files("build", r"(?!tap\.sh).*\.sh"):
        if word in f"tests/build/{name}" and name not in PER_ARCH:
            yield Suite(f"build/{name}", [f"tests/build/{name}"])


def unit_suite(out, word):
    """The unit tests, of which each links what it needs, for whatever architecture."""
    unit = [n[:-2] for n in files("unit", r"test_.*\.c") if word in f"tests/unit/{n}"]
    if unit:
        goals = unit if word else []
        yield Suite("unit", ["make", "-s", "-k", "-C", "tests/unit", "-j2",
                             f"O={out}/tests/unit"] + goals)


def smp_suite(out, word):
    """Tests of several CPUs, by threads of the machine that builds."""
    names = [n[:-2] for n in files("smp", r"test_.*\.c") if word in f"tests/smp/{n}"]
    if names:
        yield Suite("smp", ["tests/smp/run", f"{out}/tests/smp"] + (names if word else []))


def fuzz_suite(out, word):
    """Fuzz targets, each with a fixed number of inputs, for whatever architecture."""
    names = [n[5:-2] for n in files("fuzz", r"fuzz_.*\.c") if word in f"tests/fuzz/{n}"]
    if names:
        yield Suite("fuzz", ["tests/fuzz/run", f"{out}/tests/fuzz"] + (names if word else []))


def arch_suites(out, arch, word):
    """Those that try what is built in @out for @arch."""
    env = {"LODGE_OUT": out, "LODGE_ARCH": arch}
    for name in PER_ARCH:
        if word in f"tests/build/{name}":
            yield Suite(f"{arch}/build/{name}", [f"tests/build/{name}"], **env)
    if any(word in f"tests/system/{n}" for n in files("system", r"test_.*\.py")):
        yield Suite(f"{arch}/system", [python(), "tests/system/run", out, arch, word])


def architectures(first):
    """Those to test, @first before the others."""
    known = [n[:-len("_defconfig")] for n in sorted(os.listdir(os.path.join(TOP, "configs")))
             if n.endswith("_defconfig")]
    asked = os.environ.get("ARCHS", "").split() or known
    unknown = [a for a in asked if a not in known]
    if unknown:
        sys.exit(f"ARCHS={' '.join(asked)}: there are {', '.join(known)}")
    return sorted(asked, key=lambda a: (a != first, a))


def build(out, arch, env):
    """Builds for another architecture than the configured one. Return: None, or what failed."""
    make = ["make", "-s", f"O={out}"]
    for goals in ([f"{arch}_defconfig"], ["-j2", "all", "scripts/vmcheck/vmcheck", "test-guests"]):
        if goals[0].endswith("_defconfig") and os.path.exists(os.path.join(out, ".config")):
            continue
        done = subprocess.run(make + goals, cwd=TOP, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        if done.returncode:
            return done.stdout
    return None


def seed():
    """What random tests and samples are chosen by."""
    asked = os.environ.get("SEED")
    if asked and not re.fullmatch(r"\d{1,9}", asked):
        sys.exit(f"tests: SEED={asked}: give a number of up to nine digits")
    return asked or str(random.randrange(10 ** 6))


def jobs():
    """How many tests or fuzz targets run at a time."""
    asked = os.environ.get("JOBS") or "2"
    if not re.fullmatch(r"[1-9]\d{0,2}", asked):
        sys.exit(f"tests: JOBS={asked}: give a number of tests to run at a time, 1 or more")
    return int(asked)
