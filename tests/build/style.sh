#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What every file of the tree keeps to.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

rooms=$(ls -d arch drivers fs guests include kernel lib mm scripts shell tests virt configs .ci 2>/dev/null)
# shellcheck disable=SC2086 # a list of words
sources=$(find $rooms Makefile Kconfig -type f ! -name '*.pyc' ! -name help.txt | sort)
generic=$(grep -E '^(drivers|fs|include|kernel|lib|mm|shell|virt)/.*\.[chS]$' <<<"$sources")

same "each file names its licence in its first lines" "$(for f in $sources; do
	case $f in configs/* | */data/*) continue ;; esac
	head -n 3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$f"; done)" ""
same "no architecture is named above arch/" "$(grep -nE \
	'CONFIG_(RISCV|AARCH64|ARM64|X86)|__(riscv|aarch64|x86_64)' $generic)" ""
same "nothing is left open" "$(grep -nwE 'TODO|FIXME|XXX' $sources | grep -v '^tests/build/style.sh')" ""
same "no blanks at the ends of lines" "$(grep -lE '[[:blank:]]+$' $sources)" ""
same "every header is guarded" "$(for f in $(grep '\.h$' <<<"$sources"); do
	grep -qE '^#ifndef [A-Z0-9_]*_H$|^#include_next' "$f" || echo "$f"; done)" ""
bad=
for f in $(grep -rlE '^#!.*sh$' $rooms); do
	bash -n "$f" 2>/dev/null || bad="$bad $f"
	[ -x "$f" ] || bad="$bad $f"
done
same "scripts parse and can be run" "$bad" ""
for f in $(grep '\.py$' <<<"$sources") tests/run tests/system/run; do
	python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$f" 2>/dev/null || bad="$bad $f"
done
same "python parses" "$bad" ""
tap_end
