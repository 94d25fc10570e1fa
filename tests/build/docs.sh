#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The pages in Documentation/: they build, and name what the source has.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1
pages="README.md $(echo Documentation/*.rst)"

if command -v sphinx-build >/dev/null; then
	succeeds "sphinx-build has nothing to warn of" \
		sphinx-build -W -n -q -b html -d "$tap_tmp/trees" Documentation "$tap_tmp/html"
else
	tap_count=1
	echo "ok 1 - sphinx-build has nothing to warn of # SKIP it is not installed"
fi

# missing PAGE: those of the words on stdin that are not in it as code
missing() { sort -u | while read -r word; do grep -qF -- "\`$word" "$1" || echo "$word"; done; }

same "every property and node of a VM description is explained" "$(
	{
		sed -nE 's/.*\{ "([a-z_-]+)", PROP_[A-Z].*/\1/p' virt/config/vm_config*.c
		sed -nE 's/.*"(lodge,[a-z-]+)".*/\1/p' virt/config/vm_config_device.c arch/*/virt/board.c
	} | missing Documentation/vm-description.rst)" ""
same "every function that an architecture has to have is explained" "$(
	sed -nE '/^ |^\//!s/.*\b(arch_[a-z0-9_]+)\(.*/\1()/p' include/lodge/arch.h \
		include/lodge/arch_virt.h | missing Documentation/porting.rst)" ""
same "every file with a spinlock or a mutex is in the page on locks" "$(
	grep -rlE '^(static )?[[:blank:]]*struct (spinlock|mutex) [a-z_]+( = .*)?;' \
		arch control drivers fs include init kernel mm virt | missing Documentation/locking.rst)" ""
# shellcheck disable=SC2086 # a list of words
same "files that are named exist" "$(
	grep -ohE '`(arch|configs|control|drivers|fs|guests|include|init|kernel|lib|mm|scripts|tests|virt)/[a-zA-Z0-9_/.-]+`' \
		$pages | tr -d '`' | sort -u | while read -r f; do
		case $f in *NAME* | */ARCH/* | */X/* | */X_* | *_X.h | drivers/virtio-net/) continue ;; esac
		[ -e "$f" ] || echo "$f"
	done)" ""
# shellcheck disable=SC2086
same "targets that are named exist" "$(
	grep -ohE '`make [a-z][a-z_.-]+' $pages | cut -d' ' -f2 | sort -u | while read -r goal; do
		case $goal in bench) continue ;; esac
		grep -qrE "^([a-z_ ]* )?$goal( [a-z_ ]*)?:|ifeq .*,$goal\)|^  $goal\b" \
			Makefile scripts/*.mk scripts/help.txt tests/guests/guests.mk || echo "$goal"
	done)" ""
tap_end
