# SPDX-License-Identifier: Apache-2.0
"""make run: what its exit status says of the guest. What it says of its arguments is
checked in tests/build/run.sh."""
import os
import re
import shutil
import subprocess

import watchdog

from harness import test, test_on
from harness.arch import THIS
from harness.guest import describe, skernel, test_guest
from harness.place import OUT, SRC, built


def make_run(t, vm, files=None, name="vm.dts"):
    """make run with the description @vm and these files (path -> a built file or text) in
    DISK_ROOT; its status and what it said."""
    path = os.path.join(t.tmp, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(vm)
    root = os.path.join(t.tmp, "root")
    for to, content in (files or {}).items():
        to = root + to
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copyfile(built(content), to)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = watchdog.run(
        ["make", "-s", "-C", SRC, "O=" + OUT, "run", "VM=" + path]
        + (["DISK_ROOT=" + root] if files else []), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=env, text=True, errors="replace")
    return done.returncode, done.stdout.replace("\r", "")


def of_test_guest(name):
    """The description of one of tests/guests, and its files."""
    path, files = test_guest(name)
    with open(path, encoding="utf-8") as f:
        return f.read(), files


@test
def a_guest_that_powers_off(t):
    status, said = make_run(t, skernel("mine").replace("autostart;", ""))
    t.check("status 0, autostart or not", status == 0, said)
    t.check("of all the VMs on the disk it alone runs",
            said.count(": powered off") == 1 and "vm mine: powered off" in said, said)


@test
def a_guest_that_checks_itself(t):
    status, said = make_run(t, *of_test_guest("paging"))
    t.check("one that passes: status 0, its files came from DISK_ROOT",
            status == 0 and "\nok 1 - " in said and "not ok" not in said, said)
    status, said = make_run(t, *of_test_guest("fail"))
    t.check("one that shuts down for a failure: not 0",
            status != 0 and re.search(THIS.failed.format("fail"), said), said)


@test_on("riscv64")
def a_guest_that_fails_by_the_test_device(t):
    status, said = make_run(t, *of_test_guest("contain-finisher"))
    t.check("one that fails by the board's test device: not 0",
            status != 0 and "vm contain-finisher: powered off" in said, said)


@test
def a_guest_that_crashes(t):
    for name in ("contain-wild-pc", "contain-livelock"):
        status, said = make_run(t, *of_test_guest(name))
        t.check(f"{name}: not 0, with the reason and the registers",
                status != 0 and f"vm {name}: vCPU 0 can't go on" in said
                and re.search(r"\b(r?sp|SP_EL1) +[0-9a-f]{16}", said), said)
    status, said = make_run(t, *of_test_guest("contain-cpu-stop"))
    t.check("contain-cpu-stop: not 0", status != 0 and "switched itself off" in said, said)


@test
def a_description_that_is_wrong(t):
    status, said = make_run(t, describe("a", "/sbin/skernel", more="cpu = <1>;"))
    lines = [n for n in said.splitlines() if '"cpu"' in n]
    t.check("an unknown property: not 0, one line, and nothing is booted",
            status != 0 and len(lines) == 1 and "Lodge 0" not in said, said)
    status, said = make_run(t, describe("a", "/no/such/file"))
    t.check("a kernel that is missing: not 0, and it is named",
            status != 0 and "/no/such/file is not on the boot disk" in said, said)
    status, said = make_run(t, "/dts-v1/;\n/ { label = ; };\n")
    t.check("one that dtc refuses: not 0, dtc says why, and nothing is booted",
            status != 0 and "syntax error" in said and "Lodge 0" not in said, said)
