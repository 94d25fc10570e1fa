#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The images that scripts/ makes: the boot disk and the flash.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
PATH=$PATH:/usr/sbin:/sbin
cd "$tap_tmp" || exit 1

mkdir -p a/guests/deep/er b/guests empty "a/long names are fine"
export LC_ALL=C.UTF-8
echo ü >"a/guests/grün und länger"
echo one >a/guests/x; echo two >b/guests/x; echo long >"a/long names are fine/Mixed Case.text"
head -c 300000 /dev/urandom >a/guests/deep/er/big.bin
: >a/guests/nothing
ln -s ../x a/guests/deep/link
mkdisk() { "$top/scripts/mkdisk" "$@"; }

LC_ALL=C mkdisk one.img a b
same "fsck.fat finds nothing" "$(fsck.fat -n one.img >/dev/null; echo $?)" 0
same "it is FAT32 with clusters of 4 KiB" \
	"$(minfo -i one.img :: | grep -oE 'FAT32|cluster size: [0-9]+' | head -n 2 | tr '\n' ' ')" \
	"cluster size: 8 FAT32 "
same "all files are there" "$(mdir -/ -b -i one.img :: | sort | tr '\n' ' ')" \
	"::/guests/ ::/guests/deep/ ::/guests/deep/er/ ::/guests/deep/er/big.bin ::/guests/deep/link\
 ::/guests/grün und länger ::/guests/nothing ::/guests/x ::/long names are fine/ ::/long names are fine/Mixed Case.text "
same "a later root wins" "$(mtype -i one.img ::/guests/x)" two
same "links are followed" "$(mtype -i one.img ::/guests/deep/link)" one
mcopy -i one.img ::/guests/deep/er/big.bin back
same "content" "$(cmp back a/guests/deep/er/big.bin; echo $?)" 0
sleep 2; touch a/guests/x; mkdisk two.img a b
same "the same files, the same image" "$(cmp one.img two.img; echo $?)" 0
mkdisk -x guests two.img a b
same "-x leaves out what the first has there" "$(mdir -/ -b -i two.img :: | grep -c big.bin)" 0
same "the image takes no more room than its files" \
	"$([ "$(du -k one.img | cut -f1)" -lt 2048 ] && echo small)" small
mkdisk -s 64 two.img empty
same "-s gives the size" "$(stat -c %s two.img),$(fsck.fat -n two.img >/dev/null; echo $?)" \
	"$((64 << 20)),0"

refuses() {
	said=$(mkdisk "${@:3}" 2>&1); status=$?
	same "$1" "$status,$(grep -c "$2" <<<"$said"),$(wc -l <<<"$said")" "1,1,1"
}
refuses "no such root" "nosuch: no such directory" no.img nosuch
refuses "too small for FAT32" "too few for FAT32" -s 20 no.img a
head -c 40M /dev/zero >b/huge
refuses "too small for the files" "too few for .* files" -s 34 no.img b
touch 'empty/a:b'; refuses "a name that FAT has not" "a:b: FAT has no such names" no.img empty
same "no image where it failed" "$(ls no.img* 2>/dev/null)" ""

"$top/scripts/mkflash" flash.img
at() { od -An -tx1 -N8 -j "$1" flash.img | tr -d ' '; }
same "the flash: 32 MiB, each half from pfld on" "$(stat -c %s flash.img),$(at 0),$(at $((16 << 20)))" \
	"$((32 << 20)),70666c6400000000,70666c6400000000"

# Layout of the boot disk, with and without a Linux.
printf '/dts-v1/;\n/ { label = "l"; chosen { kernel = "/guests/linux/Image"; }; };\n' >l.dts
printf '/dts-v1/;\n/ { label = "s"; chosen { kernel = "/sbin/skernel"; }; };\n' >s.dts
for f in l s; do dtc -q -O dtb -o $f.dtb $f.dts; done
mkdir linux; touch skernel linux/status
layout() { "$top/scripts/boot-files" boot linux skernel l.dtb s.dtb && (cd boot && find . ! -type d | sort | xargs); }
same "without Linux its description is left out" "$(layout)" "./sbin/skernel ./vms/s.dtb"
touch linux/Image linux/initrd.gz
same "with Linux" "$(layout)" "./guests/linux/Image ./guests/linux/initrd.gz ./sbin/skernel ./vms/l.dtb ./vms/s.dtb"

# No network, no Linux: the build goes on and says so.
said=$(LODGE_OFFLINE=1 "$top/scripts/linux-guest" riscv64 cache out 2>&1); status=$?
same "a Linux that cannot be fetched is one line and no error" \
	"$status,$(wc -l <<<"$said"),$(grep -c 'without Linux' <<<"$said"),$(cat out/status)" "0,1,1,missing"
LODGE_OFFLINE=1 "$top/scripts/fetch-linux" riscv64 cache 2>/dev/null
same "and a status of its own" "$?" 3
said=$(LODGE_MIRROR=http://127.0.0.1:9/debian "$top/scripts/fetch-linux" riscv64 cache 2>&1 >/dev/null); status=$?
same "a mirror that does not answer" "$status,$(wc -l <<<"$said")" "3,1"
fetched have
LODGE_OFFLINE=1 "$top/scripts/linux-guest" riscv64 have out
same "once fetched it needs no network" "$?,$(cat out/Image)" "0,Image"
cp out/initrd.gz first.gz; sleep 1.1; rm out/status
LODGE_OFFLINE=1 "$top/scripts/linux-guest" riscv64 have out
same "the same initramfs each time" "$(cmp first.gz out/initrd.gz; echo $?)" 0
same "and behind it the tools and modules" "$(zcat out/initrd-tools.gz | tail -c 14 | xargs)" "modules tools"
same "of which the usual one has the modules" "$(zcat out/initrd.gz | tail -c 8)" modules
same "with init and busybox in it" "$(zcat out/initrd.gz | cpio --quiet -t | grep -cE '^(init|bin/busybox|bin/sh)$')" 3

# A cache entry that is not what was fetched is none, whatever about it is wrong.
damaged() {
	said=$(LODGE_OFFLINE=1 "$top/scripts/linux-guest" riscv64 have out 2>&1); status=$?
	same "$1 is not used" "$status,$(ls out/Image 2>&1 | grep -c '^out'),$(grep -c 'without Linux' <<<"$said")" "0,0,1"
	fetched have
}
echo imagE >have/Image; damaged "a kernel that was changed"
: >have/Image; damaged "a kernel that was cut short"
rm have/busybox; damaged "half an entry"
rm have/tools.cpio; damaged "an entry of before there were tools"
rm have/modules.cpio; damaged "an entry of before there were modules"
rm have/SHA256SUMS; damaged "an entry without checksums"
sed -i '1s/trixie/sid/' have/SHA256SUMS; damaged "an entry of another suite"
sed -i '1s/ sunxi_wdt//' have/SHA256SUMS; damaged "an entry with fewer modules"
LODGE_OFFLINE=1 "$top/scripts/linux-guest" riscv64 have out
same "one that is whole again is" "$?,$(cat out/Image)" "0,Image"

# What is damaged is fetched, by one of several builds at once; apt is made up.
mkdir bin
cat >bin/apt-get <<'END'
#!/bin/sh
case "$*" in
*--print-uris*) echo "'http://mirror.invalid/debian/dists/bookworm/InRelease' x" ;;
*update*) sleep 1 ;;
*download*) echo x >>"$COUNT"; for p in linux-image-1_1.deb busybox-static_1.deb rt-tests_1.deb libc6_1.deb libnuma1_1.deb; do
	dpkg-deb -b "$DEBS/${p%%_*}" "$p" >/dev/null; done ;;
esac
END
printf '#!/bin/sh\necho "  Depends: linux-image-1"\n' >bin/apt-cache
chmod +x bin/*
for p in linux-image-1 busybox-static rt-tests libc6 libnuma1; do
	mkdir -p debs/$p/DEBIAN debs/$p/boot debs/$p/bin debs/$p/usr/bin debs/$p/usr/lib
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: d\n' $p >debs/$p/DEBIAN/control
done
echo kernel >debs/linux-image-1/boot/vmlinuz-1; echo busybox >debs/busybox-static/bin/busybox
for p in hackbench cyclictest pi_stress; do
	echo "$p" >debs/rt-tests/usr/bin/$p
	chmod +x debs/rt-tests/usr/bin/$p
done
mkdir -p debs/linux-image-1/usr/lib/modules/1/kernel/drivers/watchdog
for m in sunxi_wdt sp805_wdt; do
	echo $m | xz >debs/linux-image-1/usr/lib/modules/1/kernel/drivers/watchdog/$m.ko.xz
done
echo libc >debs/libc6/usr/lib/libc.so.6; echo numa >debs/libnuma1/usr/lib/libnuma.so.1
fetch() { COUNT=$PWD/count DEBS=$PWD/debs PATH=$PWD/bin:$PATH "$top/scripts/fetch-linux" riscv64 "$@"; }
if [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
	echo imagE >have/Image
	for n in 1 2 3; do fetch have >"said.$n" 2>&1 & done
	wait
	same "what is damaged is fetched anew, once" "$(cat have/Image),$(wc -l <count),$(cat said.* | grep -c FETCH)" \
		"kernel,1,1"
	same "and its checksums are right" "$(cd have && sha256sum --status -c SHA256SUMS; echo $?)" 0
	fetch have >again 2>&1
	same "the next build fetches nothing" "$?,$(cat again),$(wc -l <count)" "0,,1"
	same "nothing else is left in the cache" "$(ls -A have | xargs)" \
		"Image SHA256SUMS busybox modules.cpio packages tools.cpio"
	same "the archive of tools has those programs and their libraries" \
		"$(cpio --quiet -t <have/tools.cpio | grep -E '/(bin|lib)/' | xargs)" \
		"usr/bin/cyclictest usr/bin/hackbench usr/lib/libc.so.6 usr/lib/libnuma.so.1"
	same "and that of modules the board's, unpacked" \
		"$(cpio --quiet -t <have/modules.cpio | xargs),$(cpio --quiet -i --to-stdout '*.ko' <have/modules.cpio)" \
		". modules modules/sunxi_wdt.ko,sunxi_wdt"
fi
tap_end
