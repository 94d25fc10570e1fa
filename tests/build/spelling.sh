#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Spelling, by codespell: of the pages, README.md and Kconfig, and of the comments, messages and
# names in every source file.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

# What codespell takes for misspelt words, in lower case. Names of the specifications first, then
# of the source, then what tests misspell on purpose.
own="extint hart ist mis nd sie sme tge thre
aas daa
abd conectix crasher inflight ser
anothe fro kernal thex"

# misspelt FILE...: what codespell says of them
misspelt() { codespell -L "$(xargs <<<"$own" | tr ' ' ,)" "$@" 2>&1; }

if ! command -v codespell >/dev/null; then
	skip "words are spelled right" "codespell is not installed"
	tap_end
fi
# No output is also what a run prints that looks at nothing.
printf 'The guest will recieve it.\n' >"$tap_tmp/page.rst"
printf '/* the hart whose sie is 0, seperated */\n' >"$tap_tmp/source.c"
same "a misspelt word is found in a page and in a comment" \
	"$(misspelt "$tap_tmp/page.rst" "$tap_tmp/source.c" | sed 's/.*: //')" \
	"$(printf '%s\n' 'recieve ==> receive' 'seperated ==> separated')"
same "pages, README.md and Kconfig are spelled right" \
	"$(misspelt README.md Documentation Kconfig)" ""
# shellcheck disable=SC2046 # a list of words
same "sources are spelled right" "$(misspelt $(find arch configs control drivers fs guests include init kernel \
	lib mm scripts tests virt Makefile -type f ! -name '*.pyc' ! -name spelling.sh))" ""
tap_end
