#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make setup, with stand-ins for apt-get, dpkg-query and id: nothing is installed here.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
mkdir bin
cat >bin/apt-get <<'EOF'
#!/bin/sh
echo "$*" >>apt.calls
[ "$1$NETWORK" != -q0 ]
EOF
printf '#!/bin/sh\necho ${HOST_IS:-amd64}\n' >bin/dpkg
cat >bin/dpkg-query <<'EOF'
#!/bin/sh
for last; do :; done
case " $MISSING " in *" $last "*) exit 1 ;; esac
echo "install ok installed"
EOF
printf '#!/bin/sh\necho ${UID_IS:-0}\n' >bin/id
chmod +x bin/*
export PATH=$tap_tmp/bin:$PATH

# setup: its $status, what it $said, and how often it called apt-get
setup() {
	rm -f apt.calls
	said=$("$top/scripts/setup" "$@" 2>&1); status=$?
	calls=$(cat apt.calls 2>/dev/null | wc -l)
}

setup
same "all there: one line, no apt-get" "$status,$(wc -l <<<"$said"),$calls" "0,1,0"
export MISSING="mtools opensbi"
setup
same "two missing: named, with the reason" "$(grep -cE '^  (mtools +the FAT|opensbi +its firm)' <<<"$said")" 2
same "an update, then these two and no more" \
	"$status,$(sed -n '1s/.* //p; 2s/.*recommends //p' apt.calls | tr '\n' ' ')" "0,update mtools opensbi "
UID_IS=1000 setup
same "not root: tells the command, calls nothing" \
	"$status,$(tail -n 1 <<<"$said" | grep -c 'sudo make setup'),$calls" "1,1,0"
setup --check
same "--check only tells" "$status,$calls" "1,0"
NETWORK=0 setup
same "no network: said in the last line" "$status,$(tail -n 1 <<<"$said" | grep -c network)" "1,1"

# On a host of another architecture the compilers to install are other ones. gcc of the host
# itself comes with package gcc, also by the name that CROSS_COMPILE gives it.
declare -A dpkg_name=([riscv64]=riscv64 [aarch64]=arm64 [x86_64]=amd64)
for host in amd64 arm64 riscv64; do
	want=gcc
	for config in "$top"/configs/*_defconfig; do
		arch=$(basename "$config" _defconfig)
		[ "${dpkg_name[$arch]}" = "$host" ] || want="$want gcc-${arch/_/-}-linux-gnu"
	done
	same "$host: a compiler for each default configuration" \
		"$("$top/scripts/setup" --list $host | grep ^gcc | sort | xargs)" \
		"$(tr ' ' '\n' <<<"$want" | sort | xargs)"
done
same "hosts differ in compilers and in GRUB for PCs only" \
	"$(diff <("$top/scripts/setup" --list amd64) <("$top/scripts/setup" --list arm64) |
		sed -n 's/^[<>] //p' | sort | xargs)" \
	"gcc-aarch64-linux-gnu gcc-x86-64-linux-gnu grub-pc-bin"
for release in "debian 12 0" "debian 13 1" "ubuntu 24.04 0"; do
	read -r id version want <<<"$release"
	printf 'ID=%s\nVERSION_ID="%s"\n' "$id" "$version" >os-release
	same "$id $version: what later releases have too is listed as is right" \
		"$(OS_RELEASE=$PWD/os-release "$top/scripts/setup" --list amd64 | grep -c qemu-efi-riscv64)" "$want"
done
export MISSING="gcc-aarch64-linux-gnu gcc-x86-64-linux-gnu grub-pc-bin"
HOST_IS=arm64 setup
same "an arm64 host: what it lacks, and only that" \
	"$status,$(sed -n '2s/.*recommends //p' apt.calls)" "0,gcc-x86-64-linux-gnu"
HOST_IS=amd64 setup
same "an amd64 host: the same" \
	"$status,$(sed -n '2s/.*recommends //p' apt.calls)" "0,gcc-aarch64-linux-gnu grub-pc-bin"
if command -v apt-cache >/dev/null && apt-cache show make >/dev/null 2>&1; then
	PATH=${PATH#*:}
	known=$(dpkg --print-architecture)
	# shellcheck disable=SC2046 # a list of words
	same "apt knows all of $known's packages here" \
		"$(apt-get -s install --no-install-recommends $("$top/scripts/setup" --list "$known") 2>&1 |
			grep '^E:')" ""
else
	skip "apt knows all of these packages" "apt has no lists here"
fi
tap_end
