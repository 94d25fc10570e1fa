# SPDX-License-Identifier: Apache-2.0
"""The terminal that is slower than those who print, and than those who type."""
import re
import time

import pexpect

from harness import test, test_on
from harness.guest import describe

FLOOD = {"/tests/flood": "tests/guests/contain-flood"}
LINES = 3000
SLICE_US = 10000


def guest(name, args):
    """A VM that runs contain-flood."""
    return describe(name, "/tests/flood", 16, chosen=f'bootargs = "{args}";')


def read_slowly(m, until, size=1500, pause=0.005):
    """As a slow line does, until the console has said @until."""
    while not re.search(until, m.text, re.M):
        try:
            m.child.read_nonblocking(size, timeout=60)
        except pexpect.EOF:
            return
        time.sleep(pause)


def said_by(text):
    """What each has said, without line ends: the host may end a line of who is in focus."""
    said, focus = {"a": "", "b": "", "steady": ""}, ["steady", "b", "a"]
    for line in text.splitlines():
        other = re.match(r"\[([ab])\] (.*)", line)
        if other:
            said[other.group(1)] += other.group(2)
        elif len(focus) > 1 and line.startswith(f"lodge: vm {focus[0]}: powered off"):
            focus.pop(0)
        elif not line.startswith("lodge: "):
            said[focus[0]] += line
    return said


@test
def floods(t):
    """Nothing is lost, and who does not print does not wait for those who do."""
    # One is started a second after the other, and all begin together.
    disk = t.disk(vms=[("10-a", guest("a", f"2300 flood {LINES} a")),
                       ("20-b", guest("b", f"1300 flood {LINES} b")),
                       ("30-steady", guest("steady", "300 steady 60"))], files=FLOOD)
    m = t.boot(disk=disk, smp=1, icount=True)
    m.expect("starting steady beside it")
    read_slowly(m, "vm steady: powered off")  # after that the newest has the terminal
    t.equal("the machine ends well", m.wait(), 0)
    said = said_by(m.text[m.text.index("starting steady beside it\n"):].split("\n", 1)[1])
    for name in "a", "b":
        t.check(f"all that {name} says is there, whole and in order", said[name] ==
                "".join(f"line {i} of {name}, whole to its end" for i in range(LINES)))
    for name in "a", "b", "steady":
        t.equal(f"the host tells once of the end of {name}",
                m.count(rf"^lodge: vm {name}: powered off \(type shutdown, reason none\)$"), 1)
    gap = re.search(r"steady: longest gap (\d+) us", said["steady"])
    if t.check("the third has measured", gap):
        t.check("it waited for no more than the slices of the others",
                int(gap.group(1)) <= 2 * SLICE_US + 1000, gap.group(0))


@test_on("riscv64")
def calls_wait_for_the_terminal(t):
    """What a guest prints by calls waits as well, and nothing is lost."""
    vm = describe("calls", "/tests/flood", 16, chosen=f'bootargs = "{LINES}";')
    m = t.boot(disk=t.disk(vms=[("10-calls", vm)],
                           files={"/tests/flood": "tests/guests/contain-sbi-flood"}), smp=1)
    m.expect("call 0000,")
    time.sleep(1)  # in which nobody reads what is more than the terminal can hold
    t.equal("the machine ends well", m.wait(), 0)
    t.equal("each line is there, whole and in order",
            re.findall(r"^call .*$", m.text, re.M),
            [f"call {i:04}, whole to its end" for i in range(LINES)])


@test_on("riscv64")
def firmware_reads_what_the_uart_has_received(t):
    """A guest that reads its console by calls gets all of it, though its UART was faster."""
    keys = "0123456789abcdefghijklmnopqrstuvwxyz"
    for call in "dbcn", "legacy":
        m = t.boot(disk=t.disk(vms=[("10-typed", describe("typed", "/tests/typed", 16,
                                                          chosen=f'bootargs = "{call}";'))],
                               files={"/tests/typed": "tests/guests/typed"}))
        m.expect("typed: ready")
        m.send(keys)
        m.expect("typed: .*\n")
        t.check(f"{call}: every character, in order", m.find(f"^typed: {keys}$"))
        t.equal(f"{call}: it ends well", m.wait(), 0)


@test
def a_paste_waits_for_its_reader(t):
    """What the guest has no room for stays with who typed it."""
    wanted = "".join(chr(ord("0") + n % 61) for n in range(6000))
    m = t.boot(disk=t.disk(vms=[("10-paste", describe("paste", "/tests/paste", 16,
                                                      chosen='bootargs = "300";'))],
                           files={"/tests/paste": "tests/guests/contain-paste"}), smp=1)
    m.expect("paste: ready")
    left = wanted + "."
    while left:  # the terminal takes some thousand before the guest has read any
        left = left[m.child.send(left[:1000]):]
    t.equal("the machine ends well", m.wait(), 0)
    t.check("each character has come, in order",
            m.find(rf"^paste: {len(wanted)} characters, 0 of them wrong"))
    t.check("so there is no loss to tell of", not m.find("input was lost|were dropped"))
