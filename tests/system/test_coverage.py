# SPDX-License-Identifier: Apache-2.0
"""Counters of the lines that Lodge runs (CONFIG_COVERAGE), as make coverage adds them up."""
import os

import gcov
import variant
from harness import test_on
from harness.place import ARCH, built


def counts():
    """Function -> how often it has run, by the sum of all machines."""
    gcov.write_gcda(built("tests/coverage/lodge.elf"))
    found = {}
    for file in gcov.read_gcda(f"{ARCH}-linux-gnu-gcov", built("tests/coverage")):
        found.update({f["name"]: f["execution_count"] for f in file["functions"]})
    return found


# The build takes long, and is the same elsewhere.
@test_on("riscv64")
def what_runs_is_counted(t):
    image = built("tests/coverage/lodge.elf")
    variant.build(os.path.dirname(image), ARCH, ["CONFIG_COVERAGE"], ["lodge.elf", "lodge.bin"])
    if os.path.exists(gcov.counters(image)):
        os.remove(gcov.counters(image))
    sums = []
    for _ in range(2):
        m = t.boot(image=image, flash=None, counted=True)
        m.wait()
        m.end()
        sums.append(counts())
    t.equal("what runs once", [s["lodge_main"] for s in sums], [1, 2])
    t.check("what runs often", sums[0]["vsnprintf"] > 10, sums[0]["vsnprintf"])
    t.equal("what nothing runs", sums[1]["arch_vcpu_run"], 0)
