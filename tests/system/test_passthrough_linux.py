# SPDX-License-Identifier: Apache-2.0
"""A device of the host's given to Linux by its path, which finds it in its devicetree and drives it."""
import os
import re

from harness import test_on
from harness.guest import Shell, linux_files
from harness.place import ARCH, SRC

# The board's clock: what it is called under /host of the guest's tree, and its driver there.
NODE, DRIVER = {"aarch64": ("pl031@9010000", "rtc-pl031"),
                "riscv64": ("rtc@101000", "goldfish_rtc")}.get(ARCH, ("", ""))
EXAMPLE = os.path.join(SRC, f"guests/examples/{ARCH}/linux-clock.dts")


def interrupts(shell):
    """How often the clock's has come: CPU 0's column."""
    out, _ = shell.run("grep rtc /proc/interrupts")
    found = re.search(r"^\s*\d+:\s+(\d+)\s", out, re.M)
    return int(found.group(1)) if found else None


def alarm_rings(t, shell):
    """That of Goldfish's clock can't be set from a shell."""
    out, _ = shell.run("echo +2 >/sys/class/rtc/rtc0/wakealarm && cat /sys/class/rtc/rtc0/wakealarm")
    t.check("an alarm is set", re.search(r"^\d+\s*$", out, re.M), out)
    for _ in range(20):
        shell.run("sleep 1")
        if interrupts(shell):
            break
    t.equal("its interrupt comes, once", interrupts(shell), 1)


@test_on("aarch64", "riscv64")
def linux_drives_the_hosts_clock(t):
    """By the copy of its node: the clock itself, that of its bus, and its interrupt."""
    m = t.boot(disk=t.disk(vms=[("clock", EXAMPLE)], files=linux_files(t), size=0), mem="512M",
               extra=["-rtc", "base=2031-05-06T07:08:09"])
    shell = Shell(m)
    out, _ = shell.run("ls /proc/device-tree/host")
    t.check("it has the node", NODE in out.split(), out)
    out, _ = shell.run("readlink -f /sys/class/rtc/rtc0/device/of_node; readlink /sys/class/rtc/rtc0/device/driver")
    t.check("its clock is that", NODE in out and DRIVER.replace("_", "") in out.replace("_", ""), out)
    out, _ = shell.run("cat /sys/class/rtc/rtc0/date")
    t.check("it tells the machine's date", out.strip() == "2031-05-06", out)
    before = interrupts(shell)
    t.equal("it has its interrupt, which has not come", before, 0)
    if ARCH == "aarch64":
        alarm_rings(t, shell)
    m.send("poweroff -f")
    t.equal("it ends well", m.wait(), 0)
