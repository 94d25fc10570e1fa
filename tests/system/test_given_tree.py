# SPDX-License-Identifier: Apache-2.0
"""Linux with the devicetree of QEMU's board in place of the generated one."""
import os

from harness import test
from harness.arch import THIS
from harness.guest import linux, linux_files
from harness.machine import dump_tree
from harness.place import ARCH


@test
def linux_with_qemus_tree(t):
    if ARCH not in ("riscv64", "aarch64"):
        t.skip("guests of this architecture have no devicetree")
    tree = os.path.join(t.tmp, "board.dtb")
    dump_tree(tree, THIS.qemu, "256M")
    files = dict(linux_files(t), **{"/board.dtb": tree})
    vm = linux(bootargs="lodge.run=poweroff", chosen='dtb = "/board.dtb";')
    m = t.boot(disk=t.disk(vms=[vm], files=files, size=0), mem="512M")
    # Much of what that tree tells of is not there.
    m.expect("lodge-init: uptime")
    t.equal("it ends well", m.wait(), 0)
    t.check("it is QEMU's tree", m.find(r"Machine model: (linux,dummy-virt|riscv-virtio,qemu)"))
    t.check("the clock is found", m.find(r"registered as rtc0"))
    t.check("it powered off cleanly",
            m.find(r"^lodge: vm linux: powered off \(type shutdown, reason none\)"))
