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
tap_end
