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
	succeeds "$name: the descriptions in guests/ agree with each other" \
		make -s -C "$top" O="$tap_tmp/out" vmcheck
done

# dts FILE LABEL PROPERTIES
dts() {
	echo "/dts-v1/; / { compatible = \"lodge,vm\"; label = \"$2\"; cpus = <1>;
		memory-mib = <16>; chosen { kernel = \"/k\"; }; $3 };" >"$1"
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
sed 's/memory-mib/memory-mb/' a.dts >unknown.dts
says "an unknown property, with its file" 1 "^unknown.dts:.*memory-mb" unknown.dts
says "a file that is not there" 2 "nosuch.dtb" nosuch.dtb
echo "this is not a description" >text.dtb
says "a file that is no description" 1 "^text.dtb:" text.dtb
echo "/dts-v1/; / {" >broken.dts
said=$("$check" broken.dts 2>&1); same "a syntax error is dtc's to tell" \
	"$?,$(grep -c 'broken.dts:' <<<"$said")" "2,1"
tap_end
