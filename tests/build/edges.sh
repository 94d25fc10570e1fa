#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls, and uses of others' data, only point down the floors: whatever an object file takes from
# another by the linker. Uses the output directory LODGE_OUT, in which everything is built for
# LODGE_ARCH (tests/run sets them).
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
. "$top/tests/build/floors.inc"
out=${LODGE_OUT:-$top/build}
arch=${LODGE_ARCH:-riscv64}

# What these declare may be used from the header's floor on, wherever it is defined: what an
# architecture has for the rest, and how all print and stop.
contracts="lodge/arch.h lodge/arch_virt.h lodge/board.h lodge/panic.h lodge/printk.h"

# What points up all the same: boot code has the struct of the first CPU, sets vectors and final
# tables, knows the first tables' format, reads what C code mapped, and goes on in C; the host is then
# brought up from the top; and vectors lead guests' traps into the world switch.
cat >"$tap_tmp/upwards" <<'END'
ARCH/boot/head boot_cpu trap_entry arm64_vectors x86_host_cr3
ARCH/boot/head arm64_start arm64_secondary_start riscv_start riscv_secondary_start x86_start x86_secondary_start
ARCH/boot/early el2_stage1
ARCH/boot/acpi boot_view
ARCH/boot/bootinfo boot_view
ARCH/kernel/setup lodge_main
ARCH/kernel/entry riscv_guest_exit
ARCH/kernel/vectors arm64_guest_fiq arm64_guest_irq arm64_guest_serror arm64_guest_sync
END

for header in $contracts; do
	${HOSTCC:-cc} -fpreprocessed -dD -E -P "$top/include/$header" 2>/dev/null |	# without comments
		grep -oE '\b[a-z_][a-z0-9_]*\b' | sort -u | sed "s,^,$header ,"
done >"$tap_tmp/contracts"

# check FILE...: one line for each use that points up, of object files below the current directory
check() {
	nm -A -g "$@" | sed -E 's/:([0-9a-f]+| +)/ /' |
		awk -v floors="$tap_tmp/floors" -v upwards="$tap_tmp/upwards" \
			-v contracts="$tap_tmp/contracts" "$floors_awk"'
	function home(file) {
		sub(/^arch\/[^\/]*\//, "ARCH/", file)
		return file
	}
	function is_allowed(from, symbol,    name) {
		name = place(source, from)
		return name != "" && ((name, symbol) in allowed)
	}
	BEGIN {
		while ((getline <contracts) > 0)
			if (!($2 in contract) || contract[$2] > floor[$1])
				contract[$2] = floor[$1]
	}
	{
		if (!($1 in at)) {
			at[$1] = place(floor, home($1))
			if (at[$1] == "")
				print $1 " is on no floor"
		}
	}
	$2 ~ /^[Uwv]$/ { uses[++n] = $1 " " $3; next }	# of weak references the small letters
	!($3 in definer) { definer[$3] = $1 }
	END {
		for (i = 1; i <= n; i++) {
			split(uses[i], use, " ")
			if (!(use[2] in definer) || use[2] ~ /^__stack_chk_/)
				continue
			from = floor[at[use[1]]]
			to = floor[at[definer[use[2]]]]
			if (use[2] in contract && contract[use[2]] < to)
				to = contract[use[2]]
			if (to > from && !is_allowed(home(use[1]), use[2]))
				print use[1] ": " use[2] " is on a floor above, in " definer[use[2]]
		}
	}'
}

cd "$out" || exit 1
# Those that are linked; others may be left from sources that are gone.
objects=$(tr ' ' '\n' <.lodge.elf.cmd | grep -E '^(lib|arch|mm|kernel|drivers|fs|virt|control|init)/.*\.o$' | sort -u)
# shellcheck disable=SC2086 # names of files without blanks
same "calls point down" "$(check $objects)" ""
same "there are objects of every room" \
	"$(cut -d/ -f1 <<<"$objects" | sort -u | xargs)" "arch control drivers fs init kernel lib mm virt"

# The same of objects of its own, by the compiler of this machine.
mkdir -p "$tap_tmp/wrong/mm" "$tap_tmp/wrong/virt" "$tap_tmp/wrong/kernel" "$tap_tmp/wrong/cellar"
cd "$tap_tmp/wrong" || exit 1
object() { ${HOSTCC:-cc} -x c -c -o "$1" -; }
echo 'int vm_kill(void); int page(void); int page(void) { return vm_kill(); }' | object mm/page.o
echo 'extern int vm_count; int *p = &vm_count;' | object kernel/data.o
echo 'int page(void), vm_count; int vm_kill(void); int vm_kill(void) { return page(); }' | object virt/vm.o
echo 'int vm_kill(void) __attribute__((weak)); int try(void); int try(void) { return vm_kill && vm_kill(); }' |
	object mm/maybe.o
echo 'int cellar;' | object cellar/cellar.o
same "a call of a floor above is noticed, and data of one" "$(check mm/page.o kernel/data.o virt/vm.o)" \
	"mm/page.o: vm_kill is on a floor above, in virt/vm.o
kernel/data.o: vm_count is on a floor above, in virt/vm.o"
same "so is what may be missing" "$(check mm/maybe.o virt/vm.o)" \
	"mm/maybe.o: vm_kill is on a floor above, in virt/vm.o"
same "an object of no floor is noticed" "$(check cellar/cellar.o)" "cellar/cellar.o is on no floor"
tap_end
