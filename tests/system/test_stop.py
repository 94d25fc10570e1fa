# SPDX-License-Identifier: Apache-2.0
"""A guest that is asked to stop powers off by itself, or is ended when its time is over."""
import gzip
import os
import re
import subprocess

from harness import test, test_on
from harness.guest import describe, linux, linux_files, run_linux, test_guest
from harness.life import life_image
from harness.place import ARCH, built

OFF, IGNORE, RESET = 1, 2, 3
BUTTON = {"aarch64": "lodge,pl061", "riscv64": "lodge,sifive-gpio", "x86_64": "lodge,acpi-power"}[ARCH]


def ask(t, deed, times, more="", devices="", mib=32):
    """A guest with a power button that is asked to stop so many times at most: Lodge and it."""
    disk = t.disk(files=test_guest("stop")[1], vms=[("0-stop", describe(
        "stop", "/tests/stop", mib=mib, chosen=f'bootargs = "do={deed}";', more=more, devices=devices))])
    m = t.boot(image=life_image(), disk=disk, append=f"lodge.life-stop={times}")
    t.equal("the machine ends well", m.wait(), 0)
    return m


def outcome(t, m, want, at_most):
    """What became of the VM in the end, and after how many presses."""
    told = m.find(r"^lodge: life test: stop: asked (\d+) times to stop: (\w+)")
    if t.check("its life comes to an end", told, m.tail()):
        t.equal("as it should", told.group(2), want)
        t.check("and is asked no further", 0 < int(told.group(1)) <= at_most, told.group(0))


BUTTON_LATE = 'stop-timeout-ms = <2000>; on-stop-timeout = "continue";'


@test
def a_guest_that_listens_powers_off(t):
    """It may be asked before it does, which is lost, as with any machine."""
    m = ask(t, OFF, 30, more=BUTTON_LATE)
    outcome(t, m, "stopped", 30)
    t.check("the guest has seen the button", m.find(r"# pressed 1 times"), m.tail())
    t.check("and ends as it wants", m.find(r"^lodge: vm stop: powered off .*reason none"), m.tail())
    t.check("the report says that it was asked", m.find(r"^lodge: vm stop: asked to power off"), m.tail())


@test
def one_that_does_not_is_killed(t):
    m = ask(t, IGNORE, 1, more="stop-timeout-ms = <3000>;")
    outcome(t, m, "stopped", 1)
    t.check("a line says why", m.find(r"^lodge: .*vm stop: has not powered off within 3000 ms: it is killed"), m.tail())
    t.check("and so does its report", m.find(r"^lodge: vm stop: killed"), m.tail())


@test
def or_goes_on(t):
    m = ask(t, IGNORE, 5, more=BUTTON_LATE)
    outcome(t, m, "running", 5)
    t.check("a line says so", m.find(r"^lodge: .*vm stop: has not powered off within 2000 ms: it goes on"), m.tail())
    t.equal("each time", len(re.findall(r"goes on", m.text)), 5)
    t.check("its guest has seen the button more than once", m.find(r"# pressed 2 times"), m.tail())


@test
def a_reset_is_no_answer(t):
    """The guest runs again then, and can be asked again."""
    m = ask(t, RESET, 5, more=BUTTON_LATE)
    t.check("it resets itself", m.find(r"^lodge: vm stop: reset in place"), m.tail())
    outcome(t, m, "running", 5)
    t.check("which ends the wait for an answer", len(re.findall(r"goes on", m.text)) < 5, m.tail())


@test
def a_machine_without_button(t):
    m = ask(t, IGNORE, 1, devices=f'button {{ compatible = "{BUTTON}"; status = "disabled"; }};')
    t.check("a line says why it can't be asked", m.find(
        r"^lodge: .*vm stop: can't be asked to stop: its machine has no power button; kill it"), m.tail())


WAIT = """for i in evdev button; do insmod /modules/$i.ko || exit; done
dd if=/dev/input/event0 bs=24 count=1 2>/dev/null | hexdump -C
poweroff -f
"""


def initrd_with(t, script):
    """That of the tools, with @script as /script: Linux unpacks one archive after the other."""
    with open(os.path.join(t.tmp, "script"), "w", encoding="utf-8") as f:
        f.write(script)
    more = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input=b"script\n", cwd=t.tmp, check=True,
                          stdout=subprocess.PIPE).stdout
    path = os.path.join(t.tmp, "initrd.gz")
    with open(built("linux/initrd-tools.gz"), "rb") as tools, open(path, "wb") as f:
        f.write(tools.read() + gzip.compress(more))
    return path


@test_on("x86_64")
def linux_powers_off(t):
    """Debian's kernel has the button by its own driver, and a program waits for it, as a desktop's does."""
    files = linux_files(t, tools=True)
    files["/guests/linux/initrd.gz"] = initrd_with(t, WAIT)
    vm = linux(more=BUTTON_LATE, bootargs=run_linux("sh /script"))
    m = t.boot(image=life_image(), disk=t.disk(vms=[("10-linux", vm)], files=files), mem="512M",
               append="lodge.life-stop=1000")
    t.equal("the machine ends well", m.wait(), 0)
    # After two times of 8 bytes: EV_KEY, KEY_POWER, pressed.
    t.check("the driver reports the button", m.find(r"00000010  01 00 74 00 01 00 00 00"), m.tail())
    t.check("Linux powers off", m.find(r"^lodge: vm linux: powered off .*reason none"), m.tail())
    t.check("the report says that it was asked", m.find(r"^lodge: vm linux: asked to power off"), m.tail())
