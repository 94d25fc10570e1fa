# SPDX-License-Identifier: Apache-2.0
"""Boots Lodge in QEMU and looks at what comes out.

A test is a function in a file tests/system/test_*.py:

    from harness import test

    @test
    def skernel_powers_off(t):
        m = t.boot(disk=t.disk(vms=["guests/10-skernel.dts"]), smp=1)
        m.expect("skernel: .*shutdown")
        t.equal("the machine ends well", m.wait(), 0)

Each t.check() and t.equal() is one TAP line; a test that makes none is one itself. What
a test does not expect, a machine that hangs, the end of QEMU or an exception, is a failed line with
the last of the console in it. t.figure() prints what was measured as '# figure' lines.

All of them run on every architecture; @test_on("riscv64") makes one that only makes sense
there. harness.arch.THIS has addresses and names.
"""
from .disk import make_disk
from .machine import Machine, Unexpected
from .runner import T, main, test, test_on

__all__ = ["Machine", "T", "Unexpected", "main", "make_disk", "test", "test_on"]
