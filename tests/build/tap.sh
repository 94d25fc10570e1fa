# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced by the tests of the build: one TAP line per check, "tap_end" last.

tap_count=0
tap_failed=0
tap_tmp=$(mktemp -d)
trap 'rm -rf "$tap_tmp"' EXIT

# A make that calls this test must not leak into the makes that are tested.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL V O KCFLAGS LLVM CI ARCH CROSS_COMPILE

# same NAME GOT WANT
same() {
	tap_count=$((tap_count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tap_count - $1"
	else
		tap_failed=1
		echo "not ok $tap_count - $1"
		printf 'want: %s\ngot:  %s\n' "$3" "$2" | sed 's/^/# /'
	fi
}

# succeeds NAME COMMAND...: status 0; what it said is shown when not
succeeds() {
	tap_name=$1
	shift
	if said=$("$@" 2>&1 </dev/null); then
		same "$tap_name" 0 0
	else
		same "$tap_name" "status $?: $(echo "$said" | tail -n 20)" 0
	fi
}

# skip NAME WHY: what cannot be tried on this machine
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# fetched DIR: what scripts/fetch-linux leaves in a cache, but made up
fetched() {
	mkdir -p "$1"
	cp /bin/true "$1/busybox"
	echo Image >"$1/Image"; echo packages >"$1/packages"; echo tools >"$1/tools.cpio"; echo modules >"$1/modules.cpio"
	{ echo "# $("$top/scripts/fetch-linux" riscv64 --made-for)"
	(cd "$1" && sha256sum Image busybox tools.cpio modules.cpio packages); } >"$1/SHA256SUMS"
}

tap_end() {
	echo "1..$tap_count"
	exit $tap_failed
}
