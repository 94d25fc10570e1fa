#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# make conformance, with kernels of our own. Uses the output directory LODGE_OUT, in which
# everything is built for LODGE_ARCH (tests/run sets them).
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
out=${LODGE_OUT:-$top/build}
arch=${LODGE_ARCH:-riscv64}
qemu=${QEMU:-qemu-system-$arch}

# conformance DIR: its $status, and what it $said.
conformance() {
	said=$("$top/tests/conformance" "$out" "$arch" "$@" 2>&1 </dev/null)
	status=$?
}

mkdir -p kernels/deeper empty
kernel=kernels/deeper/paging
cp "$out/tests/guests/paging" $kernel
if [ "$arch" = aarch64 ]; then
	aarch64-linux-gnu-objcopy -O binary $kernel $kernel.bin && rm $kernel
	kernel=$kernel.bin
fi
echo "neither ELF nor flat" >kernels/README
conformance kernels
same "a kernel with the same results" "$status,$(grep -cE \
	"^${kernel#kernels/} +([1-9][0-9]*) ok, power-off +\1 ok, power-off +same$" <<<"$said")" "0,1"
same "nothing else there is one" "$(grep -c 'README' <<<"$said"),$(tail -n 1 <<<"$said" | cut -d';' -f1)" \
	"0,1 same, 0 differ"

# A QEMU that loses a result of what is not Lodge, and has another in its place.
cat >qemu <<END
#!/bin/sh
case "\$*" in
*lodge.*) exec $qemu "\$@" ;;
*) $qemu "\$@" | sed 's/^ok 2 /not ok 2 /' ;;
esac
END
chmod +x qemu
QEMU=$PWD/qemu conformance kernels
same "a kernel that differs, and by what" "$status,$(grep -c ' differs$' <<<"$said"),$(
	grep -c '^  only bare: not ok N' <<<"$said"),$(grep -c '^  only in Lodge: ok N' <<<"$said")" "1,2,1,1"

conformance
same "no directory: how to give one" "$status,$(grep -c 'SRC=DIR' <<<"$said")" "1,1"
conformance nosuch
same "no such directory: named" "$status,$(grep -c 'nosuch: no such directory' <<<"$said")" "1,1"
conformance empty
same "no kernels: said" "$status,$(grep -c "empty: no kernels for $arch" <<<"$said")" "1,1"

# The list that kvm-unit-tests has.
cp $kernel kernels/k.flat
cat >kernels/unittests.cfg <<'END'
[one]
file = k.flat
extra_params = -append 'a b=c'
[two]
file = k.flat
smp = 2
test_args = 'd'
[gone]
file = nosuch.flat
END
same "kernels from a unittests.cfg" "$(LODGE_ARCH=$arch python3 - "$top/tests/conformance" "$out" "$arch" <<'END'
import importlib.machinery, sys
path, *sys.argv[1:] = sys.argv[1:]
module = importlib.machinery.SourceFileLoader("conformance", path).load_module()
print(*((k.name, k.args, k.smp) for k in module.kernels("kernels")))
END
)" "('one', 'a b=c', 1) ('two', 'd', 2)"
tap_end
