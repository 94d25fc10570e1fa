#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make run: its disk, its messages and above all its status. Uses the output directory
# LODGE_OUT, in which everything is built for LODGE_ARCH (tests/run sets them).
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
out=${LODGE_OUT:-$top/build}
arch=${LODGE_ARCH:-riscv64}

# dts FILE KERNEL
dts() {
	cat >"$1" <<-EOF
	/dts-v1/;
	/ {
		compatible = "lodge,vm";
		label = "mine";
		cpus = <1>;
		memory-mib = <16>;
		chosen { kernel = "$2"; };
	};
	EOF
}
# make run: its $status, and what it $said.
run() {
	said=$("$top/tests/watchdog.py" make -s -C "$top" O="$out" run "$@" 2>&1 </dev/null)
	status=$?
}

# What is built is up to date, and make says nothing then.
said=$(make --no-print-directory -C "$top" O="$out" all test-guests 2>&1 </dev/null)
same "with nothing to do make is quiet" "$?,$said" "0,"

mkdir -p root/mine
cp "$out/guests/skernel" root/mine/kernel
cp "$out/tests/guests/contain-wild-pc" root/mine/crasher
dts clean.dts /mine/kernel; dts crash.dts /mine/crasher; dts missing.dts /mine/nothing

run VM="$tap_tmp/clean.dts" DISK_ROOT="$tap_tmp/root"
same "a guest that powers off: 0" "$status" 0
same "nothing but this VM ran" "$(grep -c '^lodge: vm [a-z]*: powered off' <<<"$said")" 1
for one in a b; do sed "s/mine\"/$one\"; autostart/" clean.dts >$one.dts; done
run VM="$tap_tmp/a.dts $tap_tmp/b.dts" DISK_ROOT="$tap_tmp/root"
same "two VMs: both run" "$status,$(grep -c '^lodge: vm [ab]: powered off' <<<"$said")" 0,2
run VM="$tap_tmp/a.dts nosuch.dts"
same "one of two that is not there: named" "$status,$(grep -c 'nosuch.dts: no such file' <<<"$said")" "2,1"
run VM="$tap_tmp/crash.dts" DISK_ROOT="$tap_tmp/root"
same "a guest that crashes: not 0" "$status" 2
run VM="$tap_tmp/missing.dts" DISK_ROOT="$tap_tmp/root"
same "a kernel that is not there: not 0, and named" \
	"$status,$(grep -c '^lodge:.*/mine/nothing' <<<"$said")" "2,1"

run
same "no VM: how to give one" "$status,$(grep -c 'VM=my.dts' <<<"$said")" "2,1"
run VM=nosuch.dts
same "no such VM: named" "$status,$(grep -c 'nosuch.dts: no such file' <<<"$said")" "2,1"
run VM="$out/lodge.elf"
same "a kernel for VM: that it takes a description" \
	"$status,$(grep -c 'lodge.elf: not a description; VM takes a .dts' <<<"$said")" "2,1"
mkdir dir.dts
run VM="$tap_tmp/dir.dts"
same "a directory for VM: named" "$status,$(grep -c 'dir.dts: not a file' <<<"$said")" "2,1"
echo "this is no devicetree" >text.dtb
run VM="$tap_tmp/text.dtb"
same "a .dtb that is none: said, and nothing of what it lacks" \
	"$status,$(grep -c 'text.dtb: .*devicetree' <<<"$said"),$(grep -c label <<<"$said")" "2,1,0"
grep -v label clean.dts >nameless.dts
run VM="$tap_tmp/nameless.dts"
same "no label: said" "$status,$(grep -c 'nameless.dts: .*label' <<<"$said")" "2,1"
run VM="$tap_tmp/clean.dts" DISK_ROOT="$tap_tmp/nosuch"
same "no such DISK_ROOT: named" "$status,$(grep -c 'nosuch: no such directory' <<<"$said")" "2,1"
sed 's/cpus/cpu/' clean.dts >bad.dts
run VM="$tap_tmp/bad.dts"
same "a description with an error: refused before anything boots" \
	"$status,$(grep -c 'bad.dts.*cpu' <<<"$said"),$(grep -c "^Lodge" <<<"$said")" "2,1,0"
for wrong in MEM=16M MEM=lots MEM= SMP=0 SMP=two; do
	said=$(cd "$out" && env "$wrong" "$top/scripts/qemu-run" "$arch" lodge.elf --show 2>&1)
	status=$?
	# Set but empty is as not set.
	case $wrong in
	*=) same "$wrong: the default" "$status" 0 ;;
	*) same "$wrong: one line that names it" "$status,$(grep -c "$wrong: " <<<"$said")" "125,1" ;;
	esac
done
said=$(cd "$out" && QEMU=nosuch "$top/scripts/qemu-run" "$arch" lodge.elf --show 2>&1); status=$?
same "QEMU that is not there: named with the variable" \
	"$status,$(grep -c 'QEMU=nosuch is not installed' <<<"$said")" "125,1"
same "nothing is left behind" "$(ls -d "$out"/run.* 2>/dev/null)" ""
tap_end
