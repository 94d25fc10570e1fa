#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The terminal on which the system tests read machines: all is read that a program says, whenever it ends.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1

# A reader that had to wait for a CPU between two looks: the program has spoken and ended meanwhile.
cat >late.py <<'END'
import io
import sys
import time

import pexpect
from harness.terminal import Terminal


class Late(Terminal):
    asked = 0

    def isalive(self):
        self.asked += 1
        if self.asked == 2:
            time.sleep(2)
        return super().isalive()


PROGRAM = "sleep 0.5; n=0; while [ $n -lt 200 ]; do n=$((n + 1)); echo line $n; done; exit 3"
child = Late("/bin/sh", ["-c", PROGRAM], echo=False, encoding="utf-8")
child.logfile_read = log = io.StringIO()
while child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=float(sys.argv[1])):
    pass
child.wait()
print(child.before.count("line"), log.getvalue().count("line"), child.exitstatus)
END
export PYTHONPATH=$top/tests/system:$top/tests PYTHONDONTWRITEBYTECODE=1 LODGE_ARCH=x86_64 LODGE_OUT=$tap_tmp LODGE_SRC=$top
for timeout in 0 0.1 5; do
	same "all of it with a look each $timeout s" "$(python3 late.py $timeout)" "200 200 3"
done
tap_end
