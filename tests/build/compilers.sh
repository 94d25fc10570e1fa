#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The whole hypervisor with the other compiler, with its analysis of locks, and what
# make format-check says of this tree.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1
export LODGE_OFFLINE=1

if command -v clang ld.lld >/dev/null; then
	for config in configs/*_defconfig; do
		config=${config#configs/}
		out=$tap_tmp/llvm-${config%_defconfig}
		succeeds "clang and lld build lodge.elf of $config" sh -c \
			"make -s O='$out' $config >/dev/null && make -s -k -j2 O='$out' LLVM=1 lodge.elf"
	done
fi
if command -v clang-format >/dev/null; then
	succeeds "every C file is formatted" make -s O="$tap_tmp/out" format-check
fi
tap_end
