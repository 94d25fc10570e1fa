#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# this_cpu() is read again behind whatever may switch threads, and no more often than that.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
arch=${LODGE_ARCH:-riscv64}

cat >"$tap_tmp/cpu.c" <<'EOF'
#include <asm/cpu.h>
void switches(void);
_Bool behind_a_call(void);
_Bool behind_a_call(void) { struct cpu *c = this_cpu(); switches(); return c == this_cpu(); }
extern void *keep;
void behind_a_barrier(void);
void behind_a_barrier(void) { keep = this_cpu(); __asm__ volatile("" ::: "memory"); keep = this_cpu(); }
_Bool at_once(void);
_Bool at_once(void) { return this_cpu() == this_cpu(); }
EOF

case $arch in
riscv64) flags="-march=rv64imac -mabi=lp64" read='mv[[:space:]]+[a-z0-9]+, *tp' ;;
aarch64) flags=-mgeneral-regs-only read=tpidr_el2 ;;
x86_64) flags="-mgeneral-regs-only -mno-red-zone" read='%gs:0' ;;
esac

# reads COMPILER FUNCTION: how often it takes the CPU's address
reads() {
	# shellcheck disable=SC2086 # words
	$1 $flags -O2 -ffreestanding -std=gnu11 -I"$top/include" -I"$top/arch/$arch/include" -S -o - \
		"$tap_tmp/cpu.c" | awk -v f="$2:" '$1 == f { on = 1 } on; on && /\.size/ { exit }' |
		grep -ciE "$read"
}

for compiler in "$arch-linux-gnu-gcc" "clang --target=$arch-linux-gnu"; do
	name=${compiler%% *}
	name=${name##*-}
	if ! command -v "${compiler%% *}" >/dev/null; then
		skip "$name reads it again" "not installed"
		continue
	fi
	same "$name reads it again behind a call" "$(reads "$compiler" behind_a_call)" 2
	same "$name reads it again behind a barrier" "$(reads "$compiler" behind_a_barrier)" 2
	same "$name reads it once where nothing comes between" \
		"$([ "$(reads "$compiler" at_once)" -le 1 ] && echo yes)" yes
done
tap_end
