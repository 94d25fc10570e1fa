#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# No stack gets deeper than three quarters, by make checkstack, and that it notices what would make
# it so. Uses the output directory LODGE_OUT, in which everything is built for LODGE_ARCH
# (tests/run sets them).
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
out=${LODGE_OUT:-$top/build}
arch=${LODGE_ARCH:-riscv64}
cd "$top" || exit 1

said=$(make -s O="$out" checkstack 2>&1)
same "no stack is deeper than it may be" "$?: $(grep '^\*\*\*' <<<"$said")" "0: "
sed -n 's/  */ /g; s/^\([^>]*%\).*/# \1/p' <<<"$said"

# A program of its own, of functions that each do one thing that can't be bounded.
cat >"$tap_tmp/bad.c" <<'EOF'
#define ENTRY __attribute__((noinline, used))
int sink(void *p);
ENTRY int sink(void *p) { __asm__ volatile("" : : "r"(p) : "memory"); return 1; }

int recurse_other(int n);
ENTRY int recurse(int n) { return n ? recurse_other(n - 1) + sink(&n) : 0; }
ENTRY int recurse_other(int n) { return recurse(n + sink(&n)) + 1; }

ENTRY int array_of_any_size(int n) { char a[n]; return sink(a) + a[n / 2]; }
ENTRY int alloca_in_a_loop(int n) { while (n--) sink(__builtin_alloca(n)); return 0; }
ENTRY int large(void) { char a[1900]; return sink(a) + a[9]; }
ENTRY int deep(void) { char a[1900]; return large() + sink(a); }
ENTRY int fits(void) { char a[1000]; return sink(a) + a[9]; }

struct ops { int (*run)(int n); };
extern struct ops *ops;
struct ops *ops;
static int uses_much(int n) { char a[1900]; return sink(a) + a[n]; }
static struct ops table = { .run = uses_much };
ENTRY int set(void) { ops = &table; return 0; }
ENTRY int by_pointer(void) { return ops->run(3) + sink(&ops); }
ENTRY int by_number(unsigned long n) { return (*(int (*)(int))n)(1) + sink(&n); }

/* Members that are set to something else than a function by its name. */
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
struct item { int (*go)(long n); };
static int needs_much(long n) { char a[1900]; return sink(a) + a[n]; }
static int needs_little(long n) { return sink(&n); }
static struct item items[] = { { needs_much }, { needs_little } };
struct once { int (*once)(long n); } once = { needs_little };
ENTRY int by_macro(int n) { WRITE_ONCE(once.once, items[n].go); return once.once(3) + sink(&n); }
struct either { int (*either)(long n); } either = { needs_little };
ENTRY int by_choice(int n)
{
	either.either = sink(&n) ? items[n].go : needs_little;
	return either.either(3) + sink(&n);
}
struct where { int (*where)(long n); } where = { needs_little };
ENTRY void put(int (**to)(long n), struct item *from) { *to = from->go; sink(to); }
ENTRY int by_address(void) { put(&where.where, items); return where.where(3) + sink(items); }
struct place { int (*place)(long n); } place = { needs_little };
ENTRY int by_position(void)
{
	struct place p = { items->go };

	sink(&p);
	return p.place(3) + sink(&place);
}
static int short_of(short n) { char a[1900]; return sink(a) + a[n]; }
static struct { int (*from)(short n); } original = { short_of };
struct copied { int (*copied)(short n); } copied;
ENTRY int by_copy(void)
{
	__builtin_memcpy(&copied, &original, sizeof(copied));
	sink(&original);
	return copied.copied(3) + sink(&copied);
}
void _start(void);
void _start(void)
{
	by_macro(3); by_choice(3); by_address(); by_position(); by_copy();
	recurse(sink(0)); array_of_any_size(3); alloca_in_a_loop(3); deep(); fits(); set();
	by_pointer(); by_number(3);
}
EOF
cross=$arch-linux-gnu-
# shellcheck disable=SC2086 # $flags is a list of words
flags="-std=gnu11 -O1 -g -ffreestanding -fno-pie -fno-stack-protector -fstack-usage \
	-fno-asynchronous-unwind-tables"
(cd "$tap_tmp" && "${cross}gcc" $flags -c bad.c &&
	"${cross}ld" -nostdlib -static -e _start --emit-relocs -o bad.elf bad.o)

faults=$("$top/scripts/stack/check" "$arch" "$tap_tmp" "$cross" --image "$tap_tmp/bad.elf" \
	--source "$tap_tmp" --entry recurse=16384 --entry deep=4500 --entry by_pointer=2300 \
	--entry by_number=16384 --entry fits=2000 --entry by_macro=2300 --entry by_choice=2300 \
	--entry by_address=2300 --entry by_position=2300 --entry by_copy=2300 2>&1 | grep '^\*\*\*' | sed 's/[0-9][0-9]*/N/g')

# judges FUNCTION: what is wrong with it, with N for numbers
judges() { grep -E "^\*\*\* (bad.c: )?$1:" <<<"$faults"; }

unbounded="its stack has no bound (alloca or an array of variable size)"
same "recursion is noticed" "$(judges recurse)" \
	"*** recurse: recursion: recurse > recurse_other > recurse"
same "an array of variable size is noticed" "$(judges array_of_any_size | head -n 1)" \
	"*** bad.c: array_of_any_size: $unbounded"
same "alloca is noticed" "$(judges alloca_in_a_loop | head -n 1)" \
	"*** bad.c: alloca_in_a_loop: $unbounded"
same "a path that is too deep is shown" "$(judges deep | sed 's/, more.*%//; s/ > sink N//')" \
	"*** deep: N of N bytes are N %: deep N > large N"
same "a pointer leads to what it can point to" \
	"$(judges by_pointer | sed 's/.*%: //; s/ > sink.*//')" "by_pointer N > uses_much N"
for way in macro choice address position; do
	same "so does a member that is set by $way" "$(judges "by_$way" | sed 's/.*%: //; s/ > sink.*//')" \
		"by_$way N > needs_much N"
done
same "a pointer that no function is found for is noticed" "$(judges by_copy)" \
	"*** by_copy: bad.c:N: no function is found that this call reaches"
same "a pointer that is not known is noticed" "$(judges by_number)" \
	"*** by_number: bad.c:N: no pointer to a function is found in this call"
same "what fits is let through" "$(judges fits)" ""
tap_end
