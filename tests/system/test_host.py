# SPDX-License-Identifier: Apache-2.0
"""Faults of the host itself, which no input causes: a debugger sets a register where the
host is about to use it. What must not work is noticed, and the machine ends."""
import os
import re
import shutil
import subprocess
import time

import watchdog

from harness import Unexpected, test, test_on
from harness.guest import SKERNEL, skernel
from harness.place import ARCH, built, enabled

PANIC_STATUS = 101
GDB = "gdb-multiarch"


class Arch:
    """What the tests have to know of an architecture: registers as gdb calls them, reports, and
    an address in the map of all memory."""

    def __init__(self, arg0, load, store, fetch, registers, number, constant, memory,
                 sp="sp", pc="pc"):
        self.arg0 = arg0
        self.sp, self.pc = sp, pc
        self.load, self.store, self.fetch = load, store, fetch
        self.registers, self.number = registers, number
        self.constant = constant
        self.memory = memory


ON = {
    "riscv64": Arch("$a0", r"load page fault \(scause 13\)", r"store page fault \(scause 15\)",
                    r"fetch page fault \(scause 12\)", r"\b(ra|sp|gp|tp|[ast]\d+) +[0-9a-f]{16}", 31,
                    "riscv_has_sstc", "0xffffffc090000000"),
    "aarch64": Arch("$x0", r"load page fault \(esr 0x9[67][0-9a-f]{5}[4-7]\)",
                    r"store (?:page|permission) fault \(esr 0x9[67][0-9a-f]{4}[4-7][4-9a-f]\)",
                    r"fetch (?:page|permission) fault \(esr 0x8600000[4-9a-f]\)",
                    r"\b(sp|x\d+) +[0-9a-f]{16}", 32, "arm64_host_ttbr", "0x800050000000"),
    "x86_64": Arch("$rdi", r"page fault \(vector 14, error 0\)",
                   r"page fault \(vector 14, error 0x[23]\)",
                   r"page fault \(vector 14, error 0x1[01]\)",
                   r"\b(r(?:[a-d]x|[sd]i|[sb]p|\d+)) +[0-9a-f]{16}", 16,
                   "cpu_features", "0xffff800005000000", "rsp", "rip"),
}[ARCH]


def provoke(t, *commands, **options):
    """A machine that runs to vm_manager_run() and then does what the debugger wants."""
    if not shutil.which(GDB):
        t.skip(f"{GDB} is not installed. Try: make setup")
    sock = os.path.join(t.tmp, f"gdb{len(t.machines)}")
    m = t.boot(disk=t.disk(vms=[skernel()], files=SKERNEL),
               extra=["-S", "-gdb", f"unix:{sock},server=on,wait=off"], **options)
    # Not two seconds, after which it repeats a packet, and takes both answers for others'.
    script = ["set pagination off", "set confirm off", "set remotetimeout 300",
              "target remote " + sock, "tbreak vm_manager_run", "continue"] + list(commands)
    # A debugger that is still there at its end would end QEMU with status 0.
    script += ["continue", "detach"]
    while not os.path.exists(sock) and m.child.isalive():
        time.sleep(0.02)
    gdb = [GDB, "-batch", "-nx"] + [w for c in script for w in ("-ex", c)] + [built("lodge.elf")]
    done = watchdog.run(gdb, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    m.said_gdb = done.stdout
    try:
        m.status_is = m.wait()
    except Unexpected:
        m.status_is = None
    return m


def trapped(t, what, m, report, place):
    """The trap is reported, with its place and a backtrace, and the machine ends badly."""
    t.check(f"{what} is noticed", m.find(report), m.said_gdb)
    t.check(f"{what}: the report names the place", m.find(rf"^  {ON.pc} [0-9a-f]{{16}}{place}$"))
    t.equal(f"{what}: and all registers", len(set(re.findall(ON.registers, m.text))), ON.number)
    t.check(f"{what}: the backtrace has the callers' names",
            m.find(r"^  backtrace:\n(  #\d+ .*\n)*  #\d+ +[0-9a-f]{16} vm_manager_run\+0x[0-9a-f]+\n"
                   r"(  #\d+ .*\n)*  #\d+ +[0-9a-f]{16} boot_thread\+0x"))
    t.equal(f"{what}: the machine ends with a failing status", m.status_is, PANIC_STATUS)


@test
def page_zero(t):
    # The address sanitizer tells of accesses before they trap; test_sanitizers.py has that.
    if not enabled("KASAN"):
        trapped(t, "a load through a null pointer",
                provoke(t, "tbreak *strlen", "continue", f"set {ON.arg0} = 8"),
                r"^lodge: host trap on CPU 0: " + ON.load, r" strlen\+0x[0-9a-f]+")
        trapped(t, "a store through one",
                provoke(t, "tbreak *memset", "continue", f"set {ON.arg0} = 0xff8"),
                r"^lodge: host trap on CPU 0: " + ON.store, r" memset\+0x[0-9a-f]+")
    trapped(t, "a jump to page 0", provoke(t, "tbreak *strlen", "continue", "set $pc = 0x100"),
            r"^lodge: host trap on CPU 0: " + ON.fetch, "")


@test
def write_or_execute(t):
    store = r"^lodge: host trap on CPU \d: " + ON.store
    fetch = r"^lodge: host trap on CPU \d: " + ON.fetch
    for what, where in (("program text", "vm_manager_run"), ("constants", "__rodata_start"),
                        ("data that is constant after init", ON.constant)):
        if enabled("KASAN") and what != "program text":
            continue  # as in page_zero(): the end of a variable comes first
        m = provoke(t, "tbreak fs_find", "continue", "tbreak *memset", "continue",
                    f"set {ON.arg0} = (long)&{where}")
        trapped(t, f"a store to {what}", m, store, r" memset\+0x[0-9a-f]+")
    for what, where in (("data", "(long)&boot_cpu"), ("constants", "(long)&__rodata_start"),
                        ("the stack", "$sp"), ("the map of all memory", ON.memory)):
        trapped(t, f"a jump to {what}",
                provoke(t, "tbreak *strlen", "continue", f"set $pc = {where}"), fetch, "")


@test_on("aarch64")
def its_memory_is_normal_memory(t):
    m = provoke(t, "thread apply all -q print /x $MAIR_EL2", smp=2)
    # Index 0, which all but devices have: Normal, write-back, allocating. 1: Device-nGnRE.
    t.equal("each CPU's", re.findall(r"^\$\d+ = (0x[0-9a-f]+)", m.said_gdb, re.M), ["0x4ff"] * 2)


@test
def stack_overflow(t):
    slot = "((long)&boot_stack_top - (long)&boot_stack_guard)"
    m = provoke(t, f"set $sp = ((unsigned long)$sp - 1) / {slot} * {slot} + {slot} / 2 + 16", smp=2)
    t.check("a stack that is used up is noticed, and whose it was",
            m.find(rf"^lodge: stack overflow on CPU \d: {ON.sp} [0-9a-f]{{16}}, "
                   rf"{ON.pc} [0-9a-f]{{16}} \w+\+0x"),
            m.said_gdb)
    t.equal("the machine ends with a failing status", m.status_is, PANIC_STATUS)


@test
def an_overrun_frame(t):
    m = provoke(t, "tbreak __stack_chk_fail", "tbreak fs_find", "continue",
                "set $pc = __stack_chk_fail")
    t.check("the stack protector's panic has a backtrace",
            m.find(r"^lodge: panic: a function overran its stack frame\n"
                   r"(  #.*\n)*  #\d+ .* vm_manager_run"), m.said_gdb)
    t.equal("the machine ends with a failing status", m.status_is, PANIC_STATUS)


@test
def a_report_that_faults(t):
    again = ["set $pc = 0x100", "continue"]
    m = provoke(t, "tbreak *strlen", "continue", f"set {ON.arg0} = 8", "break console_write",
                "continue", *again * 9)
    t.equal("a report that faults itself ends the machine all the same", m.status_is, PANIC_STATUS)
