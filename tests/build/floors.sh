#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Includes only point down the floors of Documentation/architecture.rst.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

. "$top/tests/build/floors.inc"

# What points up all the same: page-table formats are of the walker's type; what turns interrupts on
# and off tells the tracer of that; and the world switch's offsets are taken from the structs.
cat >"$tap_tmp/upwards" <<'END'
ARCH/kernel/asm-offsets.c lodge/vcpu.h
asm/irqflags.h lodge/irqsoff.h
asm/pgtable.h lodge/pgtable.h
lodge/arch.h lodge/pgtable.h
END

# check FILE...: one line for each include that is wrong
check() {
	awk -v floors="$tap_tmp/floors" -v upwards="$tap_tmp/upwards" "$floors_awk"'
	FNR == 1 {
		file = FILENAME
		sub(/^include\/lodge\//, "lodge/", file)
		sub(/^arch\/[^\/]*\/include\/asm\//, "asm/", file)
		sub(/^arch\/[^\/]*\//, "ARCH/", file)
		home = place(floor, file)
		exempt = place(source, file)
		if (home == "")
			print FILENAME ": is on no floor"
	}
	function judge(name,    to) {
		to = place(floor, name)
		if (to == "")
			print FILENAME ":" FNR ": " name " is on no floor"
		else if (floor[to] > floor[home] && !((exempt, name) in allowed))
			print FILENAME ":" FNR ": " name " is on a floor above"
	}
	home != "" && match($0, /^[ \t]*#[ \t]*include[ \t]*</) {
		name = substr($0, RLENGTH + 1)
		sub(/>.*/, "", name)
		judge(name)
	}
	# With quotes it is a header of the same room, which may be in a directory of its own.
	home != "" && match($0, /^[ \t]*#[ \t]*include[ \t]*"/) {
		name = substr($0, RLENGTH + 1)
		sub(/".*/, "", name)
		depth = split(FILENAME, parts, "/") - 1
		while (sub(/^\.\.\//, "", name))
			depth--
		if (depth < (FILENAME ~ /^arch\// ? 2 : 1)) {
			print FILENAME ":" FNR ": reaches into another room"
			next
		}
		folder = ""
		for (i = 1; i <= depth; i++)
			folder = folder parts[i] "/"
		# As it is said in brackets, which finds it as well.
		if (name ~ /^(lodge|asm)\//)
			folder = ""
		name = folder name
		sub(/^arch\/[^\/]*\//, "ARCH/", name)
		sub(/^include\/lodge\//, "lodge/", name)
		judge(name)
		next
	}
	# Comments before or within it, a macro for the name, a way round: nobody needs them.
	/(#|%:)[ \t]*(include|include_next)([ \t\\]|\/\*|$)/ && !/^[ \t]*#[ \t]*include[ \t]*</ && !/^[ \t]*\*/ ||
	/^[ \t]*#[ \t]*include.*[<\/]\.\.?\// || /\.(include|incbin)[ \t]/ {
		print FILENAME ":" FNR ": is not a plain include"
	}' "$@"
}

# shellcheck disable=SC2046 # names of files without blanks
for room in lib 'arch/*' mm kernel drivers fs virt control shell init include/lodge; do
	same "${room%/\*}: includes point down" "$(check $(find $room -name '*.[chS]'))" ""
done

mkdir -p "$tap_tmp/wrong"/{mm,fs,virt/vm,arch/riscv64/kernel}
cd "$tap_tmp/wrong" || exit 1
echo '#include <lodge/vcpu.h>' >mm/up.c
echo '#include "../virt/vm.h"' >fs/aside.c
echo '#include <lodge/unheard-of.h>' >fs/new.c
echo '#include "lodge/vcpu.h"' >mm/quoted.c
echo '#include "../dev/uart.h"' >virt/vm/up.c
echo '#include "../virt/vplic.h"' >arch/riscv64/kernel/up.c
echo '#include "../../aarch64/kernel/trap.h"' >arch/riscv64/kernel/other.c
same "a floor above is noticed" "$(check mm/up.c)" "mm/up.c:1: lodge/vcpu.h is on a floor above"
same "so it is in quotes" "$(check mm/quoted.c)" "mm/quoted.c:1: lodge/vcpu.h is on a floor above"
same "so is one within the same room" "$(check virt/vm/up.c arch/riscv64/kernel/up.c)" \
	"virt/vm/up.c:1: virt/dev/uart.h is on a floor above
arch/riscv64/kernel/up.c:1: ARCH/virt/vplic.h is on a floor above"
same "another room is noticed, and another architecture" "$(check fs/aside.c arch/riscv64/kernel/other.c)" \
	"fs/aside.c:1: reaches into another room
arch/riscv64/kernel/other.c:1: reaches into another room"
i=0
while IFS= read -r line; do
	((++i))
	printf '%b\n' "$line" >"mm/$i.c"
	wanted+="mm/$i.c:1: is not a plain include"$'\n'
done <<'END'
#include VCPU_H
#include \\\n<lodge/vcpu.h>
/* the one above */ #include <lodge/vcpu.h>
#include /* above */ <lodge/vcpu.h>
#include_next <lodge/vcpu.h>
%:include <lodge/vcpu.h>
#include <asm/../../../../virt/vm/vm.h>
	.include "virt/vm/vm.S"
	.incbin "virt/vm/vm.o"
END
same "so is what only a compiler can follow" "$(check mm/?.c)" "${wanted%$'\n'}"
same "a header of no floor is noticed" "$(check fs/new.c)" \
	"fs/new.c:1: lodge/unheard-of.h is on no floor"
tap_end
