#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What kbuild must get right, tried on a tree with four objects that is made here around
# this project's own Makefile and scripts.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"

tree=$tap_tmp/tree
out=$tap_tmp/out
export LODGE_CACHE=$tap_tmp/cache LODGE_OFFLINE=1

plant() {
	mkdir -p "$tree"/{arch/riscv64/{boot,kernel,include/asm},kernel,drivers/uart,include/lodge}
	cp -r "$top/Makefile" "$top/scripts" "$top/configs" "$top/Kconfig" "$tree"
	cp "$top/arch/Kconfig" "$tree/arch"
	cp "$top/arch/riscv64/Makefile" "$tree/arch/riscv64"
	cd "$tree" || exit 1
	fetched "$LODGE_CACHE/riscv64"
	sed -i '/^source/!b; /arch\|kernel\|drivers/!d' Kconfig
	sed -i '/^source/d' arch/Kconfig
	cat >kernel/Kconfig <<-EOF
	config NR_CPUS
	int "CPUs"
	default 4
	EOF
	cat >drivers/Kconfig <<-EOF
	config UART
	bool "UART"
	default y
	EOF
	echo 'obj-y += boot/ kernel/' >arch/riscv64/Kbuild
	echo 'obj-y += head.o' >arch/riscv64/boot/Makefile
	echo 'obj-y += trap.o' >arch/riscv64/kernel/Makefile
	echo 'obj-y += main.o' >kernel/Makefile
	echo 'obj-$(CONFIG_UART) += uart/' >drivers/Makefile
	printf 'obj-y += uart.o\nCFLAGS_uart.o := -DONLY_HERE=1\n' >drivers/uart/Makefile
	cat >arch/riscv64/boot/head.S <<-EOF
	#include <asm-offsets.h>
	.section .text.entry, "ax"
	.globl _start
	_start:	ld a0, VCPU_PC(a1)
	call main
	EOF
	cat >arch/riscv64/boot/lodge.lds.S <<-EOF
	ENTRY(_start)
	SECTIONS {
	. = 0xffffffe000000000;
	__image_start = .;
	.text : { KEEP(*(.text.entry)) *(.text*) }
	.rodata : { *(.rodata* .srodata*) KEEP(*(.symtab_lodge)) }
	.data : { *(.data* .sdata*) *(.bss* .sbss*) }
	/DISCARD/ : { *(.comment) *(.riscv.attributes) }
	}
	EOF
	cat >include/lodge/vcpu.h <<-EOF
	struct vcpu { unsigned long gpr[32]; unsigned long pc; int id; };
	void trap(struct vcpu *vcpu);
	int uart_put(int c);
	int main(void);
	EOF
	cat >arch/riscv64/kernel/asm-offsets.c <<-EOF
	#include <stddef.h>
	#include <lodge/vcpu.h>
	void offsets(void);
	void offsets(void)
	{
		__asm__ volatile("\n.ascii \"@DEF VCPU_PC %0\"" :: "i"(offsetof(struct vcpu, pc)));
	}
	EOF
	cat >arch/riscv64/kernel/trap.c <<-EOF
	#include <lodge/vcpu.h>
	void trap(struct vcpu *vcpu) { vcpu->pc += 4; }
	EOF
	cat >kernel/main.c <<-EOF
	#include <lodge/vcpu.h>
	extern const char ksym_table[], ksym_end[];
	static struct vcpu vcpus[CONFIG_NR_CPUS];
	int main(void)
	{
		trap(&vcpus[0]);
	#ifdef CONFIG_UART
		uart_put(ksym_table[0]);
	#endif
		return ksym_end - ksym_table;
	}
	EOF
	cat >drivers/uart/uart.c <<-EOF
	#include <lodge/vcpu.h>
	int uart_put(int c) { return c + ONLY_HERE; }
	EOF
}

# What make prints, and how many lines of one kind are in it.
run() { make "$@" 2>&1 </dev/null; }
lines() { grep -cE "^ +$1 " <<<"$2"; }
has() { riscv64-linux-gnu-nm "$1/lodge.elf" | grep -c " $2\$"; }
tweak() { kconfig-tweak --file "$out/.config" "$@"; }

plant

o=$(run O="$out" -j2)
same "no configuration: the default one, with a line that says so" \
	"$(grep -c 'taking riscv64_defconfig' <<<"$o"),$(test -f "$out/lodge.elf"; echo $?)" "1,0"
same "each C file is compiled once" "$(lines CC "$o")" 3
same "nothing is written to the source tree" \
	"$(find . -name '*.o' -o -name '.config' -o -name '*.cmd' | wc -l)" 0
same "a second make prints nothing" "$(run O="$out")" ""

touch kernel/main.c; o=$(run O="$out")
same "a touched source: itself and the link" "$(lines CC "$o"),$(lines LD "$o")" "1,1"
touch include/lodge/vcpu.h; o=$(run O="$out")
same "a touched header: its users" "$(lines CC "$o")" 3
o=$(run O="$out" KCFLAGS=-DX=1)
same "other flags rebuild all C" "$(lines CC "$o")" 3
same "the same flags again build nothing" "$(run O="$out" KCFLAGS=-DX=1)" ""
o=$(run O="$out"); same "flags back rebuild" "$(lines CC "$o")" 3
touch "$out/.config"; o=$(run O="$out")
same "a touched .config rebuilds nothing" "$(lines CC "$o"),$(lines LD "$o")" "0,0"
touch kernel/Kconfig; o=$(run O="$out")
same "a touched Kconfig rebuilds nothing" "$(lines CC "$o"),$(lines LD "$o")" "0,0"

tweak --disable UART; o=$(run O="$out")
same "an option off: its object leaves, its users follow" \
	"$(has "$out" uart_put),$(lines CC "$o")" "0,1"
tweak --enable UART; o=$(run O="$out"); same "and on: it is back" "$(has "$out" uart_put)" 1
tweak --set-val NR_CPUS 8; o=$(run O="$out")
same "a value: only the file that uses it" "$(lines CC "$o")" 1

sed -i 's/unsigned long pc/unsigned long pad; &/' include/lodge/vcpu.h; o=$(run -j2 O="$out")
same "assembly sees a changed struct" \
	"$(grep -c 'VCPU_PC 264' "$out/arch/riscv64/include/generated/asm-offsets.h"),$(lines AS "$o")" "1,1"
sed -i 's/-DONLY_HERE=1/-DONLY_HERE=2/' drivers/uart/Makefile; o=$(run O="$out")
same "a flag of one file rebuilds one" "$(lines CC "$o")" 1
echo '#define A 1' >include/lodge/tmp.h
sed -i '1i #include <lodge/tmp.h>' kernel/main.c; run O="$out" >/dev/null
sed -i '1d' kernel/main.c; rm include/lodge/tmp.h; o=$(run O="$out")
same "a deleted header is no obstacle" "$?,$(lines CC "$o")" "0,1"

same "V=1 with nothing to do is quiet too" "$(run O="$out" V=1)" ""
touch kernel/main.c; o=$(run O="$out" V=1)
same "V=1 shows the command" "$(grep -c -- '-c -o kernel/main.o' <<<"$o")" 1
touch kernel/main.c; same "-s says nothing" "$(run -s O="$out")" ""

echo 'int x(void) { return y; }' >kernel/bad.c; echo 'obj-y += bad.o' >>kernel/Makefile
run O="$out" >/dev/null; same "an error ends the build" "$?" 2
sed -i '$d' kernel/Makefile; rm kernel/bad.c
run O="$out" >/dev/null; same "and is forgotten" "$?" 0
printf '\nconfig NEW\n\tbool "new"\n\tdefault y\n' >>kernel/Kconfig
run O="$out" >/dev/null
same "a new option, no terminal: its default" "$?,$(grep -c NEW=y "$out/.config")" "0,1"
o=$(run O="$out" menuconfig); same "menuconfig without a terminal" \
	"$?,$(grep -c 'needs a terminal' <<<"$o")" "2,1"
tweak --set-val NR_CPUS 4; run O="$out" savedefconfig >/dev/null
same "savedefconfig leaves out what is default" "$(cat "$out/defconfig")" ""
o=$(run O="$out" no_such_defconfig)
same "an unknown defconfig names the known" "$?,$(grep -c 'riscv64_defconfig' <<<"$o")" "2,1"

rm -rf "$out"; run -j2 O="$out" riscv64_defconfig all >/dev/null
same "configure and build in one go" "$(test -f "$out/lodge.elf"; echo $?)" 0
rm -rf "$out"; (export O=$out; run riscv64_defconfig all >/dev/null)
same "O from the environment" "$(test -f "$out/lodge.elf"; echo $?),$(test -e build; echo $?)" "0,1"
for i in 1 2 3 4; do
	rm -rf "$out"; run -j8 O="$out" lodge.elf >/dev/null || break
done
same "from nothing, -j8, four times" "$?,$i" "0,4"
run O="$out" kernel/main.o >/dev/null; same "one object as goal" "$?" 0

(run -j2 O=rel >/dev/null) & run -j2 O="$out" >/dev/null; wait
same "two output directories at once, one inside: the same bits" \
	"$(cmp rel/lodge.bin "$out/lodge.bin" && cmp rel/disk.img "$out/disk.img" && echo same)" same
rm -rf rel
run >/dev/null
same "O is build when not given" "$(cmp build/lodge.bin "$out/lodge.bin" && echo same)" same
mv "$tree" "$tree.moved"; cd "$tree.moved" || exit 1
rm -rf build; run >/dev/null
same "the place of the tree is not in the image" \
	"$(cmp build/lodge.bin "$out/lodge.bin" && echo same)" same
cd .. && mv "$tree.moved" "$tree" && cd "$tree" || exit 1

# Another architecture, whose assembly wants another offset, in the same directory and back.
cp -r arch/riscv64 arch/aarch64
cp "$top/arch/aarch64/Makefile" arch/aarch64
sed -i 's/VCPU_PC/VCPU_ID/; s/vcpu, pc/vcpu, id/' arch/aarch64/kernel/asm-offsets.c
sed -i 's/ld a0, .*/ldr w0, [x1, #VCPU_ID]/; s/call main/bl main/' arch/aarch64/boot/head.S
fetched "$LODGE_CACHE/aarch64"
there=$(run O="$out" aarch64_defconfig lodge.elf >/dev/null; echo $?)
back=$(run O="$out" riscv64_defconfig lodge.elf lodge.bin >/dev/null; echo $?)
same "to another architecture and back: the same bits" \
	"$there,$back,$(cmp build/lodge.bin "$out/lodge.bin" && echo same)" "0,0,same"
rm -r arch/aarch64

# The table of symbols, read back from the image.
table() {
	riscv64-linux-gnu-objcopy -O binary -j .rodata "$out/lodge.elf" "$tap_tmp/rodata"
	tr '\0' '\n' <"$tap_tmp/rodata" | grep -aoE '(_start|main|trap|uart_put)$' | tr '\n' ' '
}
same "the image knows its functions, in order" "$(table)" "$(riscv64-linux-gnu-nm -n \
	"$out/lodge.elf" | awk '$2 == "T" && !/__image_start/ { printf "%s ", $3 }')"
same "compile_commands.json has each object" "$(run O="$out" compile_commands.json >/dev/null
	grep -c '"file"' "$out/compile_commands.json")" 4

run O="$out" clean >/dev/null
same "clean" "$(find "$out" -name '*.o' | wc -l),$(test -f "$out/.config"; echo $?)" "0,0"
run O="$out" mrproper >/dev/null; same "mrproper" "$(ls -A "$out")" ""
mkdir -p "$tap_tmp/mine/lib"; o=$(run O="$tap_tmp/mine" clean)
same "a directory with somebody's files is refused" \
	"$?,$(grep -c "not Lodge's" <<<"$o"),$(test -d "$tap_tmp/mine/lib"; echo $?)" "2,1,0"
o=$(run O=.); same "the source tree too" "$?,$(grep -c 'source tree' <<<"$o")" "2,1"

# In which directory a build looks for what it fetched.
cache() {
	rm -rf "$tap_tmp/home"
	env -u LODGE_CACHE -u XDG_CACHE_HOME HOME="$tap_tmp/home" "$@" \
		make -s O="$tap_tmp/o" linux/status >/dev/null 2>&1 </dev/null
	(cd "$tap_tmp" && find home tree/my -type d -name riscv64 2>/dev/null)
}
same "downloads are kept in the user's cache" "$(cache)" "home/.cache/lodge/riscv64"
same "where XDG_CACHE_HOME says" "$(cache XDG_CACHE_HOME="$tap_tmp/home/xdg")" "home/xdg/lodge/riscv64"
same "or LODGE_CACHE, from the source tree" "$(cache LODGE_CACHE=my)" "tree/my/riscv64"

if command -v clang >/dev/null; then
	succeeds "clang and lld build it" make -s O="$tap_tmp/llvm" LLVM=1 -j2
fi
tap_end
