#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Against what no emulator shows: that the image has the barriers where they belong. Uses the
# output directory LODGE_OUT, in which everything is built for LODGE_ARCH (tests/run sets them).
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
elf=${LODGE_OUT:-$top/build}/lodge.elf
arch=${LODGE_ARCH:-riscv64}
objdump=objdump
command -v "$arch-linux-gnu-objdump" >/dev/null && objdump=$arch-linux-gnu-objdump

# code SYMBOL [FILE]: its instructions, without addresses and bytes
code() { "$objdump" -d --no-show-raw-insn "${2:-$elf}" | awk -v s="<$1>:" '
	/^[0-9a-f]+ </ { on = $2 == s } on && /^ *[0-9a-f]+:/ { sub(/^[^\t]*\t/, ""); print }'; }
# order NAME SYMBOL PATTERN...: lines of SYMBOL match these one after the other
order() {
	name=$1 text=$(code "$2"); shift 2
	at=1 missing=
	for want in "$@"; do
		n=$(tail -n "+$at" <<<"$text" | grep -nE -m1 -- "$want" | cut -d: -f1)
		[ -n "$n" ] || { missing="$want"; break; }
		at=$((at + n))
	done
	same "$name" "${missing:+no $missing from line $at on}" ""
}

# no_table SYMBOL...: each is there, and jumps nowhere by what it reads
no_table() {
	for f; do
		text=$(code "$f")
		same "no table of jumps in $f" "$([ -n "$text" ] || echo "no $f")$(
			grep -E '^jmp +\*|^br[[:space:]]|^jr[[:space:]]+[at]' <<<"$text")" ""
	done
}

# What masks an index: what each is made of, and that no branch decides. Of one that is known to be
# in bounds, as the compiler sees it, nothing may be left out.
tmp=$tap_tmp
cat >"$tmp/mask.c" <<'EOF'
#include <lodge/nospec.h>
u64 plain(u64 i, u64 n);
u64 plain(u64 i, u64 n) { return index_nospec(i, n); }
u64 constant(u64 i);
u64 constant(u64 i) { return index_nospec(i, 96); }
u64 checked(const u8 *a, u64 i);
u64 checked(const u8 *a, u64 i) { return i < 96 ? a[index_nospec(i, 96)] : 0; }
u64 wraps(u64 i);
u64 wraps(u64 i) { return index_wrap_nospec(i, 128); }
u64 wraps_checked(const u8 *a, u32 i);
u64 wraps_checked(const u8 *a, u32 i) { return i < 128 ? a[index_wrap_nospec(i, 128)] : 0; }
EOF
case $arch in
x86_64) mask=sbb branch='^j[a-ln-z]' and='and.*\$0x7f' ;;
aarch64) mask='csdb|hint.*0x14' branch='^(b\.|cbn?z|tbn?z)' and='and.*#0x7f|ubfx' ;;
riscv64) mask='sra' branch='^(c\.)?b(eq|ne|lt|ge|le|gt)' and='and.*,(127|a[0-9])' ;;
esac
"$arch-linux-gnu-gcc" -O2 -ffreestanding -I"$top/include" -I"$top/arch/$arch/include" -c \
	-o "$tmp/mask.o" "$tmp/mask.c" 2>"$tmp/said" || cat "$tmp/said" >&2
for f in plain constant wraps; do
	same "an index is masked without a branch ($f)" "$(code $f "$tmp/mask.o" | grep -cE "$branch")" 0
done
for f in plain constant checked; do
	same "and by the data ($f)" "$(code $f "$tmp/mask.o" | grep -oEm1 "$mask" | wc -l)" 1
done
for f in wraps wraps_checked; do
	same "and by the data ($f)" "$(code $f "$tmp/mask.o" | grep -oEm1 "$and" | wc -l)" 1
done

case $arch in
x86_64)
	# Labels within the world switch are symbols of their own.
	order "x87 pointers are replaced before a restore" x86_fpu_load fnclex emms fild 'f?xrstor'
	order "predictors are cleared for another VM" arch_vcpu_load '\$0x49' wrmsr
	order "after an exit before the host's first call" svm_enter_guarded_guest_entry \
		vmrun 'x86_spec_ibpb_exit' '\$0x49' wrmsr
	order "buffers before the entry" svm_enter_guarded_enter x86_spec_verw verw
	order "the return stack is filled before the run loop goes on" svm_enter_have_gs \
		'call.*svm_leave' lfence '\$0x100' lfence stgi ret
	no_table uart_read_locked uart_write_locked vcmos_read vcmos_write insn_decode emul_alu \
		x86_decode x86_msr_policy_write
	order "and in the other world switch" svm_enter_guarded_have_gs \
		'call.*svm_leave' lfence '\$0x100' lfence stgi ret
	;;
aarch64)
	order "branch history and targets are cleared before the host's code" arm64_vectors_guarded \
		'subs.*w0' smc 'clearbhb|clrbhb|hint.*0x16' 'dsb' isb 'b.*arm64_guest_sync'
	no_table write_hardware guest_smccc_call vgic_dist_read pl011_read_locked
	order "nothing runs ahead behind the return to a guest" guest_entry eret 'dsb.*nsh' isb
	order "what was fetched from a page is forgotten with it" flush_here tlbi 'ic.*ialluis'
	;;
riscv64)
	order "what was fetched from a page is forgotten with it" forget 'fence.i'
	no_table uart_read_locked uart_write_locked sbi_legacy
	order "new pages are written back" riscv_cache_flush '0x|cbo.flush|\.insn|\.4byte' fence
	;;
esac
tap_end
