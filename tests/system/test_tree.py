# SPDX-License-Identifier: Apache-2.0
"""A devicetree that the description gives in place of the generated one."""
import os
import subprocess

import watchdog

from harness import test_on
from harness.arch import THIS
from harness.guest import SKERNEL, by_guest, describe, skernel, tap_faults
from harness.place import ARCH


def board_tree(t):
    """The tree of QEMU's own board with 64 MiB, which other software is written for."""
    path = os.path.join(t.tmp, "board.dtb")
    machine = list(THIS.qemu)
    machine[1] += f",dumpdtb={path}"
    watchdog.run([os.environ.get("QEMU") or "qemu-system-" + ARCH] + machine + ["-m", "64M"],
                 check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "rb") as f:
        return f.read()


def boot_with(t, tree):
    vms = [("0-tree", describe("tree", "/tests/memory", mib=64,
                               chosen='dtb = "/board.dtb"; bootargs = "from the description";')),
           ("1-good", skernel())]
    files = {"/tests/memory": "tests/guests/memory", "/board.dtb": tree, **SKERNEL}
    return t.boot(disk=t.disk(vms=vms, files=files))


@test_on("riscv64", "aarch64")
def a_given_tree(t):
    m = boot_with(t, board_tree(t))
    status = m.wait()
    said = by_guest(m.text, ["tree", "good"])["tree"]
    t.equal("the guest finds its memory in it", tap_faults(said), [])
    t.check("all that the tree says", f"# RAM {THIS.ram:#x}, 64 MiB" in said)
    t.check("and powers off", m.find(r"^lodge: vm tree: powered off .*reason none"))
    t.equal("the machine ends well", status, 0)


@test_on("riscv64", "aarch64")
def a_given_tree_that_is_none(t):
    m = boot_with(t, b"not a tree at all\n" * 40)
    status = m.wait()
    t.check("one line names the description and the file",
            m.find(r"^lodge: error: /vms/0-tree.dtb: /chosen: \"dtb\": /board.dtb "))
    t.check("the next VM runs", m.find(r"^lodge: vm good: powered off"))
    t.equal("the machine's status tells of it", status, 1)
