#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What make fuzz RECORD=1 writes into the tree, by tests/fuzz/run and a program that stands in for
# a target. Nothing is compiled here.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1

# Merging, a target writes what it keeps into the first directory.
cat >fuzz_vm_config <<'END'
#!/bin/sh
test "$1" = -merge=1 || exit 0
printf 'AB' >"$2/small"
printf 'ABC' >"$2/larger"
head -c 2046 /dev/zero >"$2/too-large-with-these"
END
chmod +x fuzz_vm_config
cat >kept <<'END'
# SPDX-License-Identifier: Apache-2.0
0102
# What 0304 was found for:
# an overflow.
0304
0506
END
record() {
	PYTHONDONTWRITEBYTECODE=1 python3 - "$top/tests/fuzz/run" <<'END'
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.SourceFileLoader("fuzz_run", sys.argv[1])
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("fuzz_run", loader))
loader.exec_module(run)
target = run.Target("vm_config", ".")
target.kept = "./kept"
target.record()
END
}
record
want="# SPDX-License-Identifier: Apache-2.0
4142
414243
# What 0304 was found for:
# an overflow.
0304"
same "the smallest inputs are recorded, and those below a comment stay" "$(cat kept)" "$want"
record
same "recording again changes nothing" "$(cat kept)" "$want"
tap_end
