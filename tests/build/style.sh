#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What every file of the tree keeps to.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

rooms=$(ls -d arch control drivers fs guests include init kernel lib mm scripts shell tests virt configs .ci 2>/dev/null)
# shellcheck disable=SC2086 # a list of words
sources=$(find $rooms Makefile Kconfig -type f ! -name '*.pyc' ! -name help.txt | sort)
generic=$(grep -E '^(control|drivers|fs|include|init|kernel|lib|mm|shell|virt)/.*\.[chS]$' <<<"$sources")

# One form for each kind of file; scripts have it behind the line that names their program.
licence_of() {
	case $1 in
	*.c | *.dts) echo "// $spdx" ;;
	*.h | *.S | *.lds) echo "/* $spdx */" ;;
	*.rst) echo ".. $spdx" ;;
	*.md) echo "<!-- $spdx -->" ;;
	*) echo "# $spdx" ;;
	esac
}
spdx='SPDX-License-Identifier: Apache-2.0'
same "each file names its licence in its first line" "$(for f in $sources .gitignore README.md Documentation/*.rst; do
	case $f in configs/*_defconfig | */data/*) continue ;; esac
	{ IFS= read -r first; IFS= read -r second; } <"$f"
	case $first in '#!'*) first=$second ;; esac
	[ "$first" = "$(licence_of "$f")" ] || echo "$f"; done)" ""
# A driver of one architecture's interrupt controller is built for that one alone.
same "no architecture is named above arch/" "$(grep -nEi \
	'CONFIG_(RISCV|AARCH64|ARM64|X86)|risc-?v|aarch64|arm64|x86|amd64|\b(sbi|satp|hgatp|sstc)\b' \
	$(grep -v '^drivers/irqchip/' <<<"$generic"))" ""
same "nor what only one of them has" "$(grep -nwEi \
	'el[123]|harts?|hs-mode|mpidr|cpuid|[rw]e?msr|ecall|hvc|smc|psci|smccc|vmcb|svm|vmx|hstatus|hvip|vttbr|hcr_el2' \
	$(grep -v '^drivers/irqchip/' <<<"$generic"))" ""
same "drivers do not ask which architecture it is" "$(grep -nE \
	'CONFIG_(RISCV|AARCH64|ARM64|X86)|__(riscv|aarch64|x86_64)' $generic)" ""
same "nothing is left open" "$(grep -nwE 'TODO|FIXME|XXX' $sources | grep -v '^tests/build/style.sh')" ""
same "no directory of somebody's machine" "$(grep -nE \
	'(^|[^$[:alnum:]_.}*/])/(work|home|root|Users|mnt|media)/' $sources README.md Documentation/*.rst |
	grep -v '^tests/build/style.sh')" ""
same "no blanks at the ends of lines" "$(grep -lE '[[:blank:]]+$' $sources)" ""
same "every header is guarded" "$(for f in $(grep '\.h$' <<<"$sources"); do
	grep -qE '^#ifndef [A-Z0-9_]*_H$|^#include_next' "$f" || echo "$f"; done)" ""
bad=
for f in $(grep -rlE '^#!.*sh$' $rooms); do
	bash -n "$f" 2>/dev/null || bad="$bad $f"
	[ -x "$f" ] || bad="$bad $f"
done
same "scripts parse and can be run" "$bad" ""
for f in $(grep '\.py$' <<<"$sources") tests/run tests/bench tests/coverage tests/system/run; do
	python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$f" 2>/dev/null || bad="$bad $f"
done
same "python parses" "$bad" ""
tap_end
