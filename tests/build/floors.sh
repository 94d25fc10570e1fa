#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Includes only point down the floors of Documentation/architecture.rst.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

# Who is on which floor: directories, and headers as they are included. The longest name
# that fits counts; ARCH stands for each arch/*. A header is on the floor of what it declares;
# all may call what prints and what stops the machine. Those of arch/*/include/asm that are
# not the lowest are what the structs of a VM and a vCPU embed, and what arch/*/virt has for
# itself.
cat >"$tap_tmp/floors" <<'END'
0 lib/
0 lodge/bitops.h lodge/crc32.h lodge/date.h lodge/compiler.h lodge/elf.h lodge/errno.h lodge/extable.h lodge/fdt.h lodge/gic_regs.h lodge/inflate.h
0 lodge/ns16550_regs.h lodge/pl011_regs.h lodge/plic_regs.h
0 lodge/init.h lodge/kasan.h lodge/le.h lodge/list.h
0 lodge/lds.h lodge/printf.h lodge/sections.h lodge/string.h lodge/termtext.h lodge/types.h lodge/panic.h lodge/printk.h
0 stdarg.h stdbool.h stddef.h stdint.h
1 ARCH/boot/ ARCH/kernel/ ARCH/mm/ asm/ asm-offsets.h
1 lodge/arch.h lodge/ioport.h lodge/nospec.h lodge/spinlock.h
2 mm/
2 lodge/hostmap.h lodge/memory_map.h lodge/page_alloc.h lodge/pgtable.h lodge/slab.h
3 kernel/
3 lodge/console.h lodge/driver.h lodge/irq.h lodge/irqsoff.h lodge/ksyms.h lodge/mutex.h lodge/power.h
3 lodge/random.h lodge/sched.h lodge/smp.h lodge/thread.h lodge/time.h lodge/timer_core.h
4 drivers/ fs/
4 lodge/block.h lodge/fs.h lodge/pci.h lodge/gic.h lodge/virtio.h lodge/wallclock.h
5 init/ virt/
5 lodge/arch_virt.h lodge/board.h lodge/guest_fdt.h lodge/image.h lodge/image_loader.h lodge/region.h lodge/vcpu.h
5 lodge/backoff.h lodge/commit.h lodge/vdev.h lodge/vm.h lodge/vm_config.h lodge/vm_report.h lodge/vmid.h
5 asm/vcpu.h asm/vm.h
6 virt/dev/ ARCH/virt/
6 asm/decode.h asm/guest_fdt.h asm/resume.h asm/sbi_guest.h asm/smccc_guest.h asm/virt.h asm/vgic.h asm/vsysreg.h
END

# What points up all the same: traps and new CPUs are handed to kernel/, which knows the
# interrupt of a timer; page-table formats are of the walker's type; clearing a page may be the
# architecture's; what turns interrupts on and off tells the tracer of that; and the world
# switch's offsets are taken from the structs.
cat >"$tap_tmp/upwards" <<'END'
ARCH/kernel/ lodge/driver.h lodge/hostmap.h lodge/irq.h lodge/irqsoff.h lodge/ksyms.h lodge/smp.h lodge/time.h lodge/timer_core.h
ARCH/mm/ lodge/page_alloc.h
ARCH/kernel/asm-offsets.c lodge/smp.h lodge/vcpu.h
asm/irqflags.h lodge/irqsoff.h
asm/pgtable.h lodge/pgtable.h
lodge/arch.h lodge/pgtable.h
END

# check FILE...: one line for each include that is wrong
check() {
	awk -v floors="$tap_tmp/floors" -v upwards="$tap_tmp/upwards" '
	# The longest name in @table that @name begins with, "" if there is none.
	function place(table, name,    n) {
		for (n = length(name); n > 0; n--)
			if (substr(name, 1, n) in table)
				return substr(name, 1, n)
		return ""
	}
	BEGIN {
		while ((getline <floors) > 0)
			for (i = 2; i <= NF; i++)
				floor[$i] = $1
		while ((getline <upwards) > 0)
			for (i = 2; i <= NF; i++) {
				source[$1]
				allowed[$1, $i]
			}
	}
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
	home != "" && match($0, /^[ \t]*#[ \t]*include[ \t]*</) {
		name = substr($0, RLENGTH + 1)
		sub(/>.*/, "", name)
		to = place(floor, name)
		if (to == "")
			print FILENAME ":" FNR ": " name " is on no floor"
		else if (floor[to] > floor[home] && !((exempt, name) in allowed))
			print FILENAME ":" FNR ": " name " is on a floor above"
	}
	# With quotes it is a header of the same room, which may be in a directory of its own.
	match($0, /^[ \t]*#[ \t]*include[ \t]*"/) {
		name = substr($0, RLENGTH + 1)
		sub(/".*/, "", name)
		ups = gsub(/\.\.\//, "", name)
		if (ups >= split(FILENAME, parts, "/") - 1)
			print FILENAME ":" FNR ": reaches into another room"
	}' "$@"
}

# shellcheck disable=SC2046 # names of files without blanks
for room in lib 'arch/*' mm kernel drivers fs virt init include/lodge; do
	same "${room%/\*}: includes point down" "$(check $(find $room -name '*.[chS]'))" ""
done

mkdir -p "$tap_tmp/wrong/mm" "$tap_tmp/wrong/fs"
cd "$tap_tmp/wrong" || exit 1
echo '#include <lodge/vcpu.h>' >mm/up.c
echo '#include "../virt/vm.h"' >fs/aside.c
echo '#include <lodge/unheard-of.h>' >fs/new.c
same "a floor above is noticed" "$(check mm/up.c)" "mm/up.c:1: lodge/vcpu.h is on a floor above"
same "another room is noticed" "$(check fs/aside.c)" "fs/aside.c:1: reaches into another room"
same "a header of no floor is noticed" "$(check fs/new.c)" \
	"fs/new.c:1: lodge/unheard-of.h is on no floor"
tap_end
