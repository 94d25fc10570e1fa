#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The whole hypervisor with the other compiler, with its analysis of locks, and what
# make format-check says of this tree.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1
export LODGE_OFFLINE=1

for config in configs/*_defconfig; do
	config=${config#configs/}
	out=$tap_tmp/llvm-${config%_defconfig}
	name="clang and lld build lodge.elf of $config"
	if ! command -v clang >/dev/null || ! command -v ld.lld >/dev/null; then
		skip "$name" "not installed"
		continue
	fi
	succeeds "$name" sh -c \
		"make -s O='$out' $config >/dev/null && make -s -k -j2 O='$out' LLVM=1 lodge.elf"
done

succeeds "every C file is formatted" make -s O="$tap_tmp/out" format-check
tree=$tap_tmp/tree
mkdir -p "$tree/scripts" "$tree/lib"
cp scripts/format-check "$tree/scripts"
cp .clang-format "$tree"
printf 'int x;\n' >"$tree/lib/good.c"
printf 'int  x;\n' >"$tree/lib/bad.c"
said=$("$tree/scripts/format-check" 2>&1)
same "a file that is not formatted is named, and no other" \
	"$?,$(sed 's/;.*//' <<<"$said")" "1,lib/bad.c: not formatted"
tap_end
