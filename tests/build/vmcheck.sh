#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The checker of VM descriptions: what it lets pass, and what it says of the rest. Its rules
# are the hypervisor's and have unit tests of their own; this is about the tool.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
check=$tap_tmp/out/scripts/vmcheck/vmcheck
# Which devices there are is the architecture's.
for config in "$top"/configs/*_defconfig; do
	name=$(basename "$config")
	rm -rf out
	make -s -C "$top" O="$tap_tmp/out" "$name" >/dev/null
	succeeds "$name: it builds" make -s -C "$top" O="$tap_tmp/out" scripts/vmcheck/vmcheck
	make -s -C "$top" O="$tap_tmp/out" vmcheck MEM=64M >/dev/null 2>&1
	same "$name: but not on a machine that is too small" "$?" 2
	succeeds "$name: the descriptions in guests/ agree with each other" \
		make -s -C "$top" O="$tap_tmp/out" vmcheck
done

# dts FILE LABEL PROPERTIES
dts() {
	echo "/dts-v1/; / { compatible = \"lodge,vm\"; label = \"$2\"; cpus = <1>;
		memory-mib = <16>; $3 chosen { kernel = \"/k\"; }; };" >"$1"
}
# says NAME WANT-STATUS WANT-IN-LINE FILES...: one line, which begins with the file
says() {
	said=$("$check" "${@:4}" 2>&1); status=$?
	same "$1" "$status,$(wc -l <<<"$said"),$(grep -c -- "$3" <<<"$said")" "$2,1,1"
}

dts a.dts alpha ""; dts b.dts beta ""; dts twice.dts alpha ""
same "two that get on" "$("$check" a.dts b.dts 2>&1; echo $?)" 0
dtc -q -O dtb -o a.dtb a.dts
same "a compiled one" "$("$check" a.dtb b.dts 2>&1; echo $?)" 0
says "one name for two" 1 "alpha" a.dts b.dts twice.dts
# One line for each newcomer that does not get on with those before it.
own='cpus { cpu@0 { affinity = <1>; exclusive; }; };'
half='cpus { cpu@0 { affinity = <2>; reservation-us = <500 1000>; }; };'
own() {
	sed "s/cpus = <1>;//; s/chosen/$2 chosen/" "$1" >"$1.new" && mv "$1.new" "$1"
}
for name in o1 o2 r1 r2; do dts $name.dts $name ""; done
own o1.dts "$own"; own o2.dts "$own"; own r1.dts "$half"; own r2.dts "$half"
says "an exclusive CPU twice" 1 '^o2.dts: .*cpu@0.*CPU 1, which cpu@0 of o1.dts has' o1.dts a.dts o2.dts
says "reservations that exceed a CPU" 1 '^r2.dts: .*50.0 % of it cpu@0 of r1.dts' r1.dts o1.dts r2.dts
dts any1.dts any1 "reservation-us = <50 100>;"; dts any2.dts any2 "reservation-us = <50 100>;"
same "reservations anywhere, on an unknown machine" "$("$check" any1.dts any2.dts 2>&1; echo $?)" 0
same "and where there are enough CPUs" "$("$check" --cpus=2 any1.dts any2.dts 2>&1; echo $?)" 0
says "and where there are not" 1 '^any2.dts: .*cpu@0 of any1.dts' --cpus=1 any1.dts any2.dts
dts far.dts far "affinity = <3>;"
says "a CPU that is not there" 1 '^far.dts: .*CPU 3, and the machine has 2' --cpus=2 far.dts
dts auto1.dts auto1 "autostart;"; dts auto2.dts auto2 "autostart;"
says "memory that does not fit" 1 '^auto2.dts: .* 16 MiB of it auto1.dts' --memory=31M auto1.dts a.dts auto2.dts
same "and memory that does" "$("$check" --memory=32M auto1.dts a.dts auto2.dts 2>&1; echo $?)" 0
for wrong in --cpus= --cpus=0 --cpus=65 --cpus=2x --memory=1T --memory=-1 --cpu=2; do
	"$check" "$wrong" a.dts >/dev/null 2>&1; same "$wrong is no size of a machine" "$?" 2
done
sed 's/memory-mib/memory-mb/' a.dts >unknown.dts
says "an unknown property, with its file" 1 "^unknown.dts:.*memory-mb" unknown.dts
says "a file that is not there" 2 "nosuch.dtb" nosuch.dtb
echo "this is not a description" >text.dtb
says "a file that is no description" 1 "^text.dtb:" text.dtb
echo "/dts-v1/; / {" >broken.dts
said=$("$check" broken.dts 2>&1); same "a syntax error is dtc's to tell" \
	"$?,$(grep -c 'broken.dts:' <<<"$said")" "2,1"
# The machine's devicetree: the last configuration's machine has none, another's has.
make -s -C "$top" O="$tap_tmp/out" riscv64_defconfig >/dev/null
make -s -C "$top" O="$tap_tmp/out" scripts/vmcheck/vmcheck
echo '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&c>;
	c: c { compatible = "riscv,plic0"; #interrupt-cells = <1>; };
	other: other { #interrupt-cells = <1>; };
	d@5000 { reg = <0 0x5000 0 0x1000>; interrupts = <7>; };
	e@6000 { reg = <0 0x6000 0 0x1000>; interrupts = <7>; };
	f@7000 { reg = <0 0x7000 0 0x1000>; interrupts-extended = <&other 7>; }; };' >host.dts
dtc -q -O dtb -o host.dtb host.dts
# by_path FILE LABEL PATH
by_path() {
	dts "$1" "$2" ""
	sed -i "s|chosen|devices { x { compatible = \"lodge,passthrough\"; host-path = \"$3\"; }; }; chosen|" "$1"
}
by_path d.dts d /d@5000; by_path d2.dts d2 /d@5000; by_path e.dts e /e@6000; by_path f.dts f /f@7000
by_path g.dts g /g
same "devices by paths, on an unknown machine" "$("$check" d.dts d2.dts g.dts 2>&1; echo $?)" 0
same "and on one that is told" "$("$check" --host=host.dtb d.dts 2>&1; echo $?)" 0
says "one device for two" 1 "^d2.dts: .*device at 0x5000 is also claimed by /devices/x of d.dts" \
	--host=host.dts d.dts d2.dts
for gic in gic-v3 gic-400 cortex-a15-gic cortex-a9-gic cortex-a7-gic; do
	sed "s/riscv,plic0/arm,$gic/; s/cells = <1>/cells = <3>/; s/interrupts = <7>/interrupts = <0 7 4>/" host.dts >gic.dts
	same "the interrupts of $gic are known" "$("$check" --host=gic.dts d.dts 2>&1; echo $?)" 0
done
says "one interrupt for two" 1 "^e.dts: .*has interrupt 7, which /devices/x of d.dts has" --host=host.dtb d.dts e.dts
says "a path that is not there" 1 '^g.dts: .*"/g", which the host' --host=host.dtb g.dts
says "an interrupt of another controller" 1 "^f.dts: .*interrupt 0 is not one of the machine" --host=host.dtb f.dts
"$check" --host=text.dtb a.dts >/dev/null 2>&1; same "a host that is no tree" "$?" 2
"$check" --host=nosuch.dtb a.dts >/dev/null 2>&1; same "a host that is not there" "$?" 2
# The machine above has no disk for the example: said only if both calls have the tree.
said=$(make -s -C "$top" O="$tap_tmp/out" vmcheck HOST_DTB="$(realpath --relative-to="$top" host.dtb)" 2>&1)
same "make passes it on, by a path from where it was called" \
	"$?,$(grep -c '^guests/examples/.*linux-disk.dts: .*which the host' <<<"$said")" 2,1
# Those that a person names, in place of the tree's own.
files="$tap_tmp/a.dts $(realpath --relative-to="$top" o1.dts)"
said=$(make -s -C "$top" O="$tap_tmp/out" vmcheck VM="$files" SMP=1 2>&1)
same "VM= has these checked" "$?,$(grep -c '^[^ ]*/o1.dts: .*CPU 1, and the machine has 1' <<<"$said"),$(grep -c guests/ <<<"$said")" 2,1,0
said=$(make -s -C "$top" O="$tap_tmp/out" vmcheck VM="$files" SMP=2 2>&1); same "and they get on" "$?,$said" "0,"
tap_end
