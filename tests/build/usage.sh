#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What make says of a word or variable that it does not know, or that means something else for
# Linux: one line with what to type, and a failing status. Nothing is compiled here.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
out=$tap_tmp/out

run() { make -s -C "$top" O="$out" "$@" 2>&1 </dev/null; }
# refused NAME PATTERN GOALS...: a line of ours that has the pattern
refused() {
	said=$(run "${@:3}"); status=$?
	same "$1" "$status,$(grep -cE -- "\*\*\* .*$2" <<<"$said"),$(grep -c "\*\*\* [^\[]" <<<"$said")" "2,1,1"
}
configured() { sed -n 's/^CONFIG_SRCARCH="\(.*\)"/\1/p' "$out/.config"; }

# As on a new machine, where make is there and no more.
mkdir bin
for tool in make sh sed cat find mkdir test head dirname grep; do
	ln -s "$(command -v $tool)" bin
done
said=$(PATH=$tap_tmp/bin run include/config/auto.conf); status=$?
same "before setup: the line that names it comes first" \
	"$status,$(head -n 1 <<<"$said" | grep -c 'kconfig-conf is not installed. Try: make setup')" "2,1"

refused "an unknown target" 'There is no target quemu\. Try: make help' quemu
same "is found before anything is configured" "$(ls "$out/.config" 2>/dev/null)" ""
refused "behind one that is known" 'no target quemu' riscv64_defconfig quemu
refused "a front end that is not here" 'no target nconfig\. Try: make help' nconfig
# What help lists, but for those that need a terminal, root or time, is known to make.
unknown=$(for goal in $(sed -n '/^Variables/,$d; s/^  \([a-z_-]*\) .*/\1/p' "$top/scripts/help.txt") \
	test-guests oldconfig; do
	run -n "$goal" | sed -n 's/.*There is no target/no/p'
done)
same "each target of make help is known" "$unknown" ""
same "so are several files" \
	"$(run -n include/config/auto.conf lib/crc32.o lodge.elf | grep -c 'There is no target')" 0

rm -rf "$out"
said=$(run ARCH=x86_64 defconfig); same "ARCH and defconfig, as for Linux" "$?,$(configured)" "0,x86_64"
rm -rf "$out"
run ARCH=arm64 include/config/auto.conf >/dev/null
same "no configuration: that of ARCH, by Linux's name too" "$?,$(configured)" "0,aarch64"
same "ARCH that fits" "$(run ARCH=aarch64 include/config/auto.conf; echo $?)" 0
refused "another than is configured: refused, with what configures it" \
	'ARCH=x86_64, but .*/\.config is for aarch64\. Try: make x86_64_defconfig' ARCH=x86_64 include/config/auto.conf
said=$(ARCH=riscv run include/config/auto.conf); status=$?
same "from the environment too" "$status,$(grep -c 'Try: make riscv64_defconfig' <<<"$said")" "2,1"
refused "one that there is not" 'ARCH=sparc: there are .*riscv64' ARCH=sparc include/config/auto.conf
refused "compilers for another machine" \
	'riscv64-linux-gnu-gcc is for riscv64-linux-gnu, .config for aarch64\. Try without CROSS_COMPILE' \
	CROSS_COMPILE=riscv64-linux-gnu- include/config/auto.conf
refused "compilers that are not there" 'nosuch-gcc is not installed' CROSS_COMPILE=nosuch- include/config/auto.conf
refused "LLVM by another name, as Linux takes" 'LLVM=-15: give 1 ' LLVM=-15 include/config/auto.conf
refused "RECORD that is not 1" 'RECORD=yes: give 1 ' RECORD=yes bench
same "RECORD=0 records nothing" "$(run -n RECORD=0 fuzz | grep -c -- --record)" 0
same "RECORD=1 does" "$(run -n RECORD=1 fuzz | grep -c -- --record)" 1
refused "O without a directory" 'O=: name a directory' O= include/config/auto.conf

# Options that no Kconfig has.
printf 'CONFIG_NOSUCH=y\n# CONFIG_OTHER is not set\n' >>"$out/.config"
said=$(KCONFIG_STRICT='' run include/config/auto.conf); status=$?
same "an unknown option in .config: a line that names it, and the build goes on" \
	"$status,$said" "0,.config: CONFIG_NOSUCH: there is no such option; it is left out"
same "once" "$(run include/config/auto.conf)" ""
echo CONFIG_NOSUCH=y >>"$out/.config"
said=$(KCONFIG_STRICT=1 run include/config/auto.conf); status=$?
same "where nobody reads it: an error" "$status,$(grep -c CONFIG_NOSUCH: <<<"$said")" "2,1"

said=$("$top/tests/run" "$out" riscv64 nosuch 2>&1); status=$?
same "TEST that is in no path: named" "$status,$(grep -c 'TEST=nosuch: no test' <<<"$said")" "1,1"
for wrong in TEST=nosuch ARCHS=nosuch SEED=x JOBS=0; do
	said=$(run tests "$wrong" 2>&1); status=$?
	same "make tests $wrong: refused before anything is built" \
		"$status,$(grep -c "$wrong: " <<<"$said"),$(grep -cE '^  (CC|HOSTCC|AS) ' <<<"$said")" "2,1,0"
done
said=$(ARCHS=nosuch "$top/tests/run" "$out" riscv64 2>&1); status=$?
same "ARCHS that there is not: those that are" \
	"$status,$(grep -c '^ARCHS=nosuch: there are .*riscv64' <<<"$said")" "1,1"
said=$(SANITIZERS=nosuch "$top/tests/run" "$out" riscv64 2>&1); status=$?
same "SANITIZERS that there are not: those that are, before anything is built" \
	"$status,$said" "1,SANITIZERS=nosuch: there are UBSAN, KASAN, DEBUG_LOCKS"
for value in '' SANITIZERS= SANITIZERS=' '; do
	same "tests-debug ${value:-alone}: with all of them" \
		"$(run -n tests-debug ${value:+"$value"} | grep -c "SANITIZERS='UBSAN KASAN DEBUG_LOCKS'")" 1
done
said=$(SANITIZERS=UBSAN "$top/tests/run" "$out" riscv64 usage 2>&1); status=$?
same "a TEST that sanitizers are not for" \
	"$status,$said" "1,tests: TEST=usage: no system test has this in its path"
said=$(ARCHS=nosuch timeout 60 "$top/tests/coverage" "$out" riscv64 2>&1); status=$?
same "coverage finds wrong ARCHS before it runs a test" \
	"$status,$said" "1,ARCHS=nosuch: there are aarch64, riscv64, x86_64"
for jobs in x 0 -1; do
	for program in run coverage; do
		said=$(JOBS=$jobs timeout 60 "$top/tests/$program" "$out" riscv64 2>&1); status=$?
		same "tests/$program JOBS=$jobs: one line that says what to give" "$status,$said" \
			"1,tests: JOBS=$jobs: give a number of tests to run at a time, 1 or more"
	done
	said=$(JOBS=$jobs timeout 60 "$top/tests/fuzz/run" "$out/fuzz" fat 2>&1); status=$?
	same "tests/fuzz/run JOBS=$jobs: so does this, before anything is built" \
		"$status,$said,$(ls "$out/fuzz" 2>/dev/null)" \
		"1,tests: JOBS=$jobs: give a number of tests to run at a time, 1 or more,"
done
for time in x 0 -5 1.5 ''; do
	said=$("$top/tests/fuzz/run" --time="$time" "$out/fuzz" nosuch 2>&1); status=$?
	same "fuzz TIME=$time: one line that says what to give" \
		"$status,$said" "1,fuzz: TIME=$time: give a number of seconds, 1 or more"
done
said=$("$top/tests/smp/run" "$tap_tmp/smp" nosuch 2>&1); status=$?
same "a test of several CPUs that is not there: named, and nothing passes" \
	"$status,$said" "2,smp: nosuch: there is no such test in tests/smp"
tap_end
