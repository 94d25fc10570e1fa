#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Where unaligned accesses may fault, compilers make none: see Documentation/memory.rst.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

# Goes into each object below: eight bytes that may lie anywhere.
cat >"$tap_tmp/probe.h" <<'END'
#ifndef __ASSEMBLY__
struct __attribute__((packed)) alignment_probe { char before; long value; };
long alignment_probe(const struct alignment_probe *p);
__attribute__((used)) long alignment_probe(const struct alignment_probe *p)
{
	return p->value;
}
#endif
END

# loads ARCH OBJECT: the instructions by which the probe in OBJECT gets at them
loads() {
	out=$tap_tmp/$1
	[ -e "$out/.config" ] || make -s O="$out" "$1_defconfig" >/dev/null
	make -s O="$out" KCFLAGS="-include $tap_tmp/probe.h" "$2" 2>&1
	"$1-linux-gnu-objdump" -d "$out/$2" |
		awk '/^[0-9a-f]+ </ { inside = /<alignment_probe>/ }
		inside && /\[x0|\(a0\)/ { print $3 }' | sort -u | paste -sd' '
}

same "a compiler that may loads them at once" "$(loads aarch64 lib/string.o)" "ldur"
same "aarch64: not before translation is on" "$(loads aarch64 arch/aarch64/boot/early.o)" "ldrb"
same "aarch64: nor do guests" "$(loads aarch64 guests/lib/string.o)" "ldrb"
same "riscv64: nowhere" "$(loads riscv64 lib/string.o)" "lbu"
same "riscv64: nor do guests" "$(loads riscv64 guests/lib/string.o)" "lbu"
tap_end
