#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How figures are judged, shown and recorded, with a list of figures that is made up.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
mkdir -p tests out
export LODGE_SRC=$tap_tmp LODGE_OUT=$tap_tmp/out LODGE_ARCH=riscv64 PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$top/tests:$top/tests/system
unset LODGE_BENCH
plant() {
	cat >tests/figures.csv <<-END
	# SPDX-License-Identifier: Apache-2.0
	arch,name,unit,aim,recorded,exact
	riscv64,exit: call,instructions,90,100,yes
	riscv64,size,KiB,,200,no
	aarch64,exit: call,instructions,,50,yes
	END
}
plant

# figure EXCUSE NAME VALUE: what a test prints
figure() {
	python3 - "$@" <<-'END'
	import sys
	from harness import T
	T.excuse = sys.argv[1]
	t = T("test", "log")
	t.figure(sys.argv[2], sys.argv[3], "instructions")
	t.end()
	END
}
same "3 % above the recorded value is the most" "$(figure "" "exit: call" 103 | sed 1d)" \
	"ok 1 - test: exit: call is as recorded"
same "more is not ok" "$(figure "" "exit: call" 103.1 | sed 1d | tr '\n' ' ')" \
	"not ok 1 - test: exit: call is as recorded #   103.1 instructions: +3.1% against 100 "
same "less by so much is to be recorded" "$(figure "" "exit: call" 90 | sed 1d | tr '\n' ' ')" \
	"ok 1 - test: exit: call is as recorded # exit: call is better by 10.0%: record it with make bench RECORD=1 "
same "what was built by another compiler is not judged" "$(figure "GCC 14" "exit: call" 200 | sed 1d)" \
	"ok 1 - test: exit: call is as recorded # SKIP GCC 14"
same "the comment has aim and recorded value" "$(figure "" "exit: call" 100 | sed -n 1p)" \
	"# figure: exit: call: 100 instructions (aim: <= 90, recorded: 100)"
same "what is not exact is only shown" "$(figure "" size 900)" "# figure: size: 900 instructions (recorded: 200)"
same "so is what nobody has recorded" "$(figure "" new 1)" "# figure: new: 1 instructions"
same "make bench does not judge" "$(LODGE_BENCH=1 figure "" "exit: call" 200 | grep -c ok)" 0

cat >bench.py <<END
import importlib.machinery
bench = importlib.machinery.SourceFileLoader("bench", "$top/tests/bench").load_module()
text = """# system/test_x.py
# figure: exit: call: 95 instructions (aim: <= 90, recorded: 100)
# figure: exit: new: 1.5 times bare QEMU
ok 1 - x
"""
rows = list(bench.merge("riscv64", bench.read(text)))
bench.table(rows)
bench.plot("out/figures.svg", rows)
bench.record(rows)
END
python3 bench.py >said 2>/dev/null
same "the table" "$(sed 's/  */ /g' said | sed -n '3,5p')" \
"exit: call 95 instructions 90 100 -5.0 % over its aim
size KiB 200 not measured
exit: new 1.5 times bare QEMU"
same "what is recorded: measured values, the rest as it was" "$(cat tests/figures.csv)" \
"# SPDX-License-Identifier: Apache-2.0
arch,name,unit,aim,recorded,exact
aarch64,exit: call,instructions,,50,yes
riscv64,exit: call,instructions,90,95,yes
riscv64,size,KiB,,200,no
riscv64,exit: new,times bare QEMU,,1.5,yes"
if command -v gnuplot >/dev/null; then
	same "the picture has them" "$(grep -cE '>exit: (call|new)<' out/figures.svg)" 2
fi

# What the recorded values were measured with.
compilers() { python3 -c 'import sys; from harness import figures; print(*sorted(figures.compilers(sys.argv[1])))' "$1"; }
printf 'GNU C11 12.2.0 -O2\0GNU C17 12.2.0 -Os\0' >one
printf 'GNU C11 12.2.0 -O2\0GNU C11 14.2.0 -O2\0' >two
printf 'Debian clang version 14\0' >three
same "compilers are known by their debug information" "$(compilers one),$(compilers two),$(compilers three)" \
	"12.2.0,12.2.0 14.2.0,another"
printf '# Why.\nCONFIG_A=y\n# CONFIG_B is not set\n' >with
printf 'CONFIG_A=y\n# CONFIG_B is not set\n' >without
printf 'CONFIG_A=y\nCONFIG_B=y\n' >other
same "a remark makes no other configuration" "$(python3 -c '
from harness.figures import options
print(options("with") == options("without"), options("with") == options("other"))')" "True False"
tap_end
