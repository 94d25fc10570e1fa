#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Constants of headers that both C and assembly include have one value.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

# Offsets and the configuration are names here, as good as numbers.
mkdir "$tap_tmp/generated"
: >"$tap_tmp/generated/asm-offsets.h"

# expressions ARCH FILE...: those that the assembler evaluates otherwise than C does
expressions() {
	arch=$1
	shift
	gcc -E -nostdinc -D__ASSEMBLY__ -D__LODGE__ -I"$tap_tmp/generated" -I"arch/$arch/include" \
		-Iinclude -Iguests/include -I"guests/arch/$arch/include" "$@" \
		>"$tap_tmp/$arch.s" 2>"$tap_tmp/said" && tests/build/precedence.py <"$tap_tmp/$arch.s"
	cat "$tap_tmp/said"
}

for arch in arch/*/; do
	arch=$(basename "$arch")
	# shellcheck disable=SC2046 # names of files without blanks
	same "$arch: as evaluates each expression as C does" \
		"$(expressions "$arch" $(find "arch/$arch" "guests/arch/$arch" "tests/guests/$arch" \
			-name '*.S' ! -name '*.lds.S'))" ""
done

cat >"$tap_tmp/wrong.S" <<'END'
#define ATTRIBUTES (0xff << 8 * 0)
#define MASK (1 << 4 - 1)
#define FINE (1 << (8 * 0) | 3 << 2 | -1)
	mov	x0, #ATTRIBUTES | FINE
	lea	MASK(%rax), %rbx
	.long	1 | 2 + 4, 8 * 2 + 1
END
same "another order is noticed" "$(expressions aarch64 "$tap_tmp/wrong.S" | sed 's/.*wrong.S://')" \
	"4: 0xff << 8 * 0
5: 1 << 4 - 1
6: 1 | 2 + 4"
tap_end
