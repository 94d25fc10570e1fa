#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What scripts/qemu-run makes of its options, by --show; and gdb on the machine that it shows.
# Uses the output directory LODGE_OUT, as run.sh does.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
out=${LODGE_OUT:-$top/build}
arch=${LODGE_ARCH:-riscv64}
: >lodge.bin

# show ARCH OPTIONS...: the command line
show() {
	SMP=${SMP-2} MEM=512M "$top/scripts/qemu-run" "$1" lodge.elf --show "${@:2}" 2>&1
}
# word OPTION LINE: what follows an option
word() {
	sed -nE "s/.* $1 ([^ ]*).*/\1/p" <<<"$2"
}

for a in riscv64 aarch64 x86_64; do
	command -v qemu-system-$a >/dev/null || continue
	plain=$(show $a)
	same "$a: CPUs and memory" "$(word -smp "$plain"),$(word -m "$plain")" "2,512M"
	same "$a: more of the CPU" "$(word -cpu "$(show $a --cpu x=off,y=on)")" \
		"$(word -cpu "$plain"),x=off,y=on"
	same "$a: another CPU" "$(word -cpu "$(show $a --cpu other,x=off)")" "other,x=off"
	same "$a: more of the machine" "$(word -M "$(show $a --machine x=1)")" "$(word -M "$plain"),x=1"
	same "$a: QEMU's own options come last but for the disk's" \
		"$(show $a -- -S -d int | grep -c -- '-S -d int')" 1
done
if command -v qemu-system-aarch64 >/dev/null; then
	same "aarch64: the raw image in place of the ELF file" \
		"$(word -kernel "$(show aarch64)")" lodge.bin
	same "aarch64: a status at the end, and what else the caller wants" \
		"$(show aarch64 --append lodge.run=x | grep -oE -- '-append lodge.semihosting=on lodge.run=x')" \
		"-append lodge.semihosting=on lodge.run=x"
fi
same "no such architecture: named" "$(show m68k | grep -c m68k)" 1

if command -v gdb-multiarch >/dev/null; then
	said=$(cd "$out" && printf 'hbreak lodge_main\ncontinue\nkill\n' |
		"$top/tests/watchdog.py" "$top/scripts/gdb-lodge" "$arch" 2>&1)
	same "make gdb: stops where it is told" "$(grep -cE 'Breakpoint 1, lodge_main' <<<"$said")" 1
fi
tap_end
