# SPDX-License-Identifier: Apache-2.0
"""What is measured, and the values that the tree has recorded: tests/figures.csv.

A row is of one architecture's figure: its unit, what is aimed at, the recorded value, and
"yes" where two runs of the same build must agree. Such a value may not grow by more than
TOLERANCE if what is measured was built as the recorded one was: by the reference compiler, in
the default configuration. An aim is only reported."""
import csv
import os
import re
import tempfile

import watchdog

from .machine import qemu_version
from .place import ARCH, OUT, built, source

FILE = "tests/figures.csv"
COLUMNS = ["arch", "name", "unit", "aim", "recorded", "exact"]
TOLERANCE = 0.03
COMPILER, QEMU = "12.2.0", [7, 2]  # Debian 12's


def rows():
    """All of them."""
    with open(source(FILE), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(n for n in f if not n.startswith("#")))


def known(arch=ARCH):
    """Name -> row, of one architecture."""
    return {r["name"]: r for r in rows() if r["arch"] == arch}


def line(name, value, unit, row):
    """The comment that tells of one."""
    beside = [f"aim: <= {row['aim']}"] if row and row["aim"] else []
    beside += [f"recorded: {row['recorded']}"] if row and row["recorded"] else []
    return f"# figure: {name}: {value} {unit}" + (f" ({', '.join(beside)})" if beside else "")


def growth(value, row):
    """By how much @value is above the recorded one: 0.01 is one percent; or None."""
    recorded = float(row["recorded"] or 0) if row else 0
    return float(value) / recorded - 1 if recorded else None


def compilers(path):
    """The versions of GCC by which an ELF file with debug information was built, and "another"
    for a part that is another compiler's."""
    with open(path, "rb") as f:
        image = f.read()
    found = {v.decode() for v in re.findall(rb"GNU C\d+ (\d+\.\d+\.\d+) ", image)}
    return found | ({"another"} if b"clang version" in image or not found else set())


def options(path):
    """What a configuration file sets, without what it remarks."""
    with open(path, encoding="utf-8") as f:
        return {line.strip() for line in f if re.match(r"(# )?CONFIG_", line)}


def own_configuration():
    """Whether it is another configuration than the default one."""
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "defconfig")
        done = watchdog.run([source("scripts/kconfig"), f"--savedefconfig={path}", "Kconfig"], cwd=OUT,
                            env=dict(os.environ, srctree=source(""), KCONFIG_CONFIG=".config"))
        if done.returncode:
            return True
        return options(path) != options(source(f"configs/{ARCH}_defconfig"))


def not_comparable():
    """Why figures of this build are no match for the recorded ones, or nothing."""
    versions = compilers(built("lodge.elf"))
    if versions != {COMPILER}:
        return f"built by GCC {', '.join(sorted(versions))}, recorded with {COMPILER}"
    if qemu_version()[:2] != QEMU:
        return f"QEMU {'.'.join(map(str, qemu_version()))}, recorded with 7.2"
    if own_configuration():
        return "not the default configuration"
    return None
