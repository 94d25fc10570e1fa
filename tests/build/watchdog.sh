#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The watchdog that ends tests that hang, and lets slow ones be slow.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
dog=$top/tests/watchdog.py
unset LODGE_PATIENCE

# ends WHY COMMAND...: it is ended, for this reason
ends() {
	why=$1
	shift
	said=$("$dog" "$@" 2>&1 </dev/null)
	same "$why: $*" "$?,$(grep -c "^watchdog: .*: $why" <<<"$said")" "124,1"
}

"$dog" sh -c 'exit 3'
same "the status is the command's" $? 3
"$dog" sh -c 'kill -KILL $$'
same "a signal is 128 and its number" $? 137
same "the output is the command's" "$(echo in | "$dog" cat)" "in"

ends "idle for" --idle 2 sleep 1000
ends "idle for" --idle 2 sh -c 'while :; do sleep 0.2; done'
ends "[0-9]* s of processor time" --cpu 2 sh -c 'while :; do :; done'
ends "[0-9]* s of processor time" --cpu 2 sh -c 'while :; do /bin/true; done'
ends "[0-9]* s of processor time" --cpu 2 sh -c 'sh -c "while :; do :; done"; true'

# Longer than the limit of idleness by any clock, and by turns: it runs, and it has run.
burn='n=0; while [ $n -lt $1 ]; do n=$((n + 1)); done'
succeeds "what runs is not idle" "$dog" --idle 1 --cpu 300 sh -c "$burn" sh 2000000
succeeds "patience multiplies the limits" \
	env LODGE_PATIENCE=300 "$dog" --idle 0.01 sh -c 'sleep 2'

# Slow because of others: many of them on the one CPU that it may use, and none after.
cat >slow.sh <<'END'
for n in 1 2 3 4 5 6 7 8 9 10; do sh -c 'while :; do :; done' & busy="$busy $!"; done
python3 "$1" --idle 2 --cpu 300 sh -c "$2" sh 300000
status=$?
kill $busy
exit $status
END
cpu=$(taskset -cp $$ | grep -oE '[0-9]+' | tail -n 1)
succeeds "what waits for a CPU is not idle" taskset -c "$cpu" sh slow.sh "$dog" "$burn"

# What a test leaves running must not outlive it.
"$dog" sh -c 'setsid sleep 1000 & echo $!' >pid
same "descendants end with it" "$(kill -0 "$(cat pid)" 2>&1 | grep -c 'No such process')" 1
"$dog" --idle 2 sh -c 'setsid sleep 1000 & echo $! >pid; wait' 2>/dev/null
same "also after a hang" "$(kill -0 "$(cat pid)" 2>&1 | grep -c 'No such process')" 1

# One that speaks is not hanging, for as long as it does.
PYTHONPATH=$top/tests python3 - >said <<'END'
import watchdog
seen = []
print(watchdog.follow(["sh", "-c", "for n in 1 2 3 4 5 6; do echo $n; sleep 0.5; done; exit 7"],
                      seen.append, idle=2.5), len(seen))
print(watchdog.follow(["sh", "-c", "printf 'a\nb'; sleep 1000"], seen.append, idle=1), seen[6:])
END
same "output is progress, and its end is seen" "$(sed -E 's/[0-9]+ s/N s/' said)" \
"(7, None) 6
(-15, Hung('idle for N s')) ['a\\n', 'b\\n']"

# It got no CPU itself for a while.
PYTHONPATH=$top/tests python3 - >said <<'END'
import watchdog
seen = []
stop = "sleep 0.3; kill -STOP $PPID; sleep 5; kill -CONT $PPID; sleep 0.2; echo"
print(watchdog.follow(["sh", "-c", stop], seen.append, idle=2), seen)
END
same "time in which the watchdog did not run is not held against it" "$(cat said)" \
"(0, None) ['\\n']"
tap_end
