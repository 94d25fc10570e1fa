# SPDX-License-Identifier: Apache-2.0
"""Descriptions of VMs, and what their guests say."""
import os
import re

from .arch import THIS
from .machine import Unexpected
from .place import built


def describe(label, kernel, mib=32, chosen="", more="", devices="", cpus=1):
    """The source of a description; @chosen, @more and @devices are properties and nodes."""
    return f"""/dts-v1/;
/ {{
    compatible = "lodge,vm";
    label = "{label}";
    cpus = <{cpus}>;
    memory-mib = <{mib}>;
    autostart;
    on-exit = "poweroff-host";
    {more}
    chosen {{ kernel = "{kernel}"; {chosen} }};
    {f"devices {{ {devices} }};" if devices else ""}
}};
"""


def second_flash(size):
    """A device: the host's second flash bank, of @size bytes, at the same place."""
    where = f"<0 {THIS.flash:#x} 0 {size:#x}>"
    return f'flash {{ compatible = "lodge,passthrough"; reg = {where}; host-reg = {where}; }};'


def skernel(label="good"):
    """A guest that powers off at once; needs SKERNEL among the disk's files."""
    return describe(label, "/sbin/skernel", mib=8)


SKERNEL = {"/sbin/skernel": "guests/skernel"}


def linux(mib=256, bootargs="", label="linux", more="", chosen=""):
    """Linux; needs linux_files() on the disk. @bootargs: without the console."""
    bootargs = f"console={THIS.console} {bootargs}"
    return describe(label, "/guests/linux/Image", mib, more=more,
                    chosen=f'initrd = "/guests/linux/initrd.gz"; bootargs = "{bootargs}"; '
                           + chosen)


def linux_files(t, tools=False):
    """Linux for a disk, with rt-tests if @tools; where it could not be had the test @t is skipped."""
    if not os.path.exists(built("linux/Image")):
        t.skip("Linux could not be fetched when this was built")
    return {"/guests/linux/Image": "linux/Image",
            "/guests/linux/initrd.gz": f"linux/initrd{'-tools' if tools else ''}.gz"}


def run_linux(command):
    """Boot arguments that have /init run @command in place of a shell."""
    return "lodge.run=" + command.replace(" ", ",")


def test_guest(name):
    """A bare guest of tests/guests: its description, and the files that it needs."""
    path = built(f"tests/guests/{name}.dts")
    with open(path, encoding="utf-8") as f:
        kernel = re.search(r'kernel = "/tests/([^"]*)"', f.read()).group(1)
    return path, {f"/tests/{kernel}": f"tests/guests/{kernel}"}


def test_guests():
    """The names of all of them."""
    with open(built("tests/guests/list"), encoding="utf-8") as f:
        return sorted(f.read().split())


class Shell:
    """BusyBox at the machine's console."""

    PROMPT = r"\n[~/][^\n]* # "

    def __init__(self, machine):
        self.m = machine
        self.uptime = float(machine.expect(r"lodge-init: uptime ([0-9.]+) s").group(1))
        machine.expect(self.PROMPT)
        # So that the shell's line editor does not fold long lines.
        machine.send("stty cols 1000")
        machine.expect(self.PROMPT)

    def run(self, command):
        """What @command printed, and its exit status."""
        self.m.send(f"{command}; echo \"=$?=\"")
        self.m.expect(r'echo "=\$\?="\s*\n')
        match = self.m.expect(r"(?s)(.*?)=(\d+)=\s*" + self.PROMPT)
        return match.group(1).replace("\r", "").strip(), int(match.group(2))


def by_guest(text, names):
    """What each guest of @names, in the order in which they start, said on the console.

    The one in focus writes as it likes; a line of another has its name in brackets in
    front; the host's own lines are its. Returns name -> lines, the host's under "".
    """
    said = {n: [] for n in names}
    said[""] = []
    # OpenSBI 1.6 has this to say of each mret, with nothing at its end.
    text = text.replace("system_opcode_insn: Invalid opcode for CSR read/write instruction", "")
    # The host's line may come where a guest is in the midst of one.
    text = re.sub(r"^((?!lodge: |\[)[^\n]+?)(lodge: vm \S+: still runs; starting [^\n]*\n)", r"\2\1",
                  text, flags=re.M)
    waiting, running = list(names), []
    for line in text.splitlines():
        other = re.match(r"\[([a-z0-9-]+)\] (.*)", line)
        beside = re.match(r"lodge: vm \S+: still runs; starting (\S+) beside it", line)
        ended = re.match(r"lodge: vm (\S+): (powered off|crashed|ended)", line)
        if other and other.group(1) in said:
            said[other.group(1)].append(other.group(2))
            continue
        if beside:
            while waiting and beside.group(1) not in running:
                running.append(waiting.pop(0))
        if re.match(r"lodge: |    |      ", line):
            said[""].append(line)
            # One that ends before it said anything was in focus, too.
            if ended and ended.group(1) in waiting:
                waiting.remove(ended.group(1))
            elif ended and ended.group(1) in running:
                running.remove(ended.group(1))
            continue
        if not running and waiting:
            running.append(waiting.pop(0))
        if running:
            said[running[-1]].append(line)
    return {n: mend(lines) if n else lines for n, lines in said.items()}


# What may be there of a TAP line when another guest's line ends it, and what is the rest of one.
CUT = r"n|no|not|not |not o|not ok|not ok |o|ok|ok |(?:ok|not ok) \d+ ?|1|1\.|1\.\."
REST = r"(?!ok \d|not ok|# |1\.\.\d)."


def mend(lines):
    """@lines of a guest with those that were cut put together again."""
    whole = []
    for line in lines:
        cut = whole and (re.fullmatch(CUT, whole[-1]) and re.match(REST, line)
                         or re.fullmatch(r"1\.\.\d+", whole[-1]) and line.isdigit())
        if cut:
            whole[-1] += line
        else:
            whole.append(line)
    return whole


def guests_disk(t, names, vms=(), files=None):
    """A disk with these guests, which start in this order, and other @vms and @files."""
    vms, files = list(vms), dict(files or {}, **SKERNEL)
    for i, name in enumerate(names):
        if name == "good":
            vms.append((f"{i:02}-good", skernel()))
            continue
        path, needs = test_guest(name)
        vms.append((f"{i:02}-{name}", path))
        files.update(needs)
    return t.disk(vms=vms, files=files)


def boot_guests(t, names, **options):
    """A machine with these guests on its disk, which start in this order."""
    return t.boot(disk=guests_disk(t, names), **options)


def tap_faults(lines):
    """What is wrong with a guest's TAP, or nothing."""
    plans = [int(m.group(1)) for m in (re.fullmatch(r"1\.\.(\d+)", n) for n in lines) if m]
    numbers = [int(m.group(1)) for m in (re.match(r"(?:not )?ok (\d+)\b", n) for n in lines) if m]
    faults = [n for n in lines if n.startswith("not ok")]
    if len(plans) != 1:
        faults.append(f"{len(plans)} plans")
    elif plans[0] == 0 or numbers != list(range(1, plans[0] + 1)):
        faults.append(f"a plan of 1..{plans[0]}, and these lines: {numbers}")
    return faults


def finish(m):
    """The machine's status, or None if it does not end: who hangs is to be seen then."""
    try:
        return m.wait()
    except Unexpected:
        return None


def passes(t, m, names):
    """Each of these guests, alone on its machine, passes all that it checks."""
    status = finish(m)
    said = by_guest(m.text, names)
    for name in names:
        faults = tap_faults(said[name])
        count = sum(bool(re.match(r"ok \d", n)) for n in said[name])
        if not m.find(rf"^lodge: vm {name}: powered off \(type shutdown, reason none\)"):
            faults.append("it did not power off cleanly")
        t.check(f"{name} passes all it checks", not faults,
                f"{count} passed; " + "\n".join(faults + ["said:"] + said[name][-12:]))
    t.equal("their machine ends well", status, 0)
