// SPDX-License-Identifier: Apache-2.0
/*
 * Decoding of x86 instructions against what binutils says of them: the length of all that
 * it knows, and name and operands of those that are emulated.
 */
/* links: arch/x86_64/virt/emulate/insn_decode.c arch/x86_64/virt/emulate/insn_group.c arch/x86_64/virt/emulate/insn_table.c */
/* flags: -I$(root)/arch/x86_64/include */
#include "insn_objdump.h"
#include <lodge/errno.h>
#include <shim.h>
#include <unistd.h>

/* An instruction's bytes, random ones, and enough NOPs to be in step again. */
#define SLOT  48
#define TRIED 16

struct slot {
	u8 b[SLOT];
};

/* ---- comparing ---- */

static unsigned int compared, described, refused;

static bool is_prefix_name(const char *s)
{
	static const char *const prefixes[] = {
		"lock", "rep", "repz", "repnz", "data16", "addr32",   "addr16",	  "cs",	 "ds",
		"es",	"ss",  "fs",   "gs",	"data32", "xacquire", "xrelease", "bnd", "notrack"
	};
	unsigned int i;

	if (!strncmp(s, "rex", 3))
		return true;
	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strcmp(s, prefixes[i]))
			return true;
	return false;
}

/* The first byte that is no prefix. */
static const u8 *opcode_at(const u8 *b, unsigned int mode)
{
	static const u8 legacy[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
				     0x66, 0x67, 0xf0, 0xf2, 0xf3 };

	while ((mode == 8 && (*b & 0xf0) == 0x40) || memchr(legacy, *b, sizeof(legacy)))
		b++;
	return b;
}

/*
 * Encodings that the decoder refuses, whatever instructions a binutils knows among them: VEX,
 * EVEX and XOP, which don't access devices; REX2 (APX), which CPUID hides from guests, as
 * XCR0 does; PadLock's and TSX, which no processor with SVM has.
 */
static bool is_refused(const u8 *b, unsigned int mode)
{
	const u8 *o = opcode_at(b, mode);

	switch (o[0]) {
	case 0x62:
	case 0xc4:
	case 0xc5:
		return mode == 8 || o[1] >= 0xc0;
	case 0x8f:
		return o[1] & 0x38;
	case 0xc6:
	case 0xc7:
		return o[1] == 0xf8;
	case 0xd5:
		return mode == 8;
	case 0x0f:
		return o[1] == 0xa6 || o[1] == 0xa7;
	}
	return false;
}

/*
 * Whether @name, at @b, is a move of memory by VEX: of VEX only those are let in, and only behind
 * prefixes of segments and addresses.
 */
static bool is_vex_move(const u8 *b, unsigned int mode, const char *name)
{
	static const u8 none[] = { 0x66, 0xf0, 0xf2, 0xf3 };
	const u8 *o = opcode_at(b, mode), *p;

	for (p = b; p < o; p++)
		if (memchr(none, *p, sizeof(none)) || (mode == 8 && (*p & 0xf0) == 0x40))
			return false;
	return (o[0] & 0xfe) == 0xc4 && o[o[0] == 0xc4 ? 4 : 3] < 0xc0 && name[0] == 'v' &&
	       is_vector_move(name + 1);
}

/* ---- LOCK ---- */

static bool is_locked(const u8 *b, unsigned int mode)
{
	return memchr(b, 0xf0, opcode_at(b, mode) - b);
}

/* Whether the last of @args, as objdump writes them, is in memory. */
static bool changes_memory(const char *args)
{
	const char *last = args, *p;
	int depth = 0;

	for (p = args; *p; p++) {
		depth += (*p == '(') - (*p == ')');
		if (*p == ',' && !depth)
			last = p + 1;
	}
	return *last != '%' || strchr(last, ':');
}

/* AMD APM vol. 3, 1.2.5; and of CR0, where it means another register. */
static bool is_lockable(const char *name, const char *args)
{
	static const char *const lockable[] = { "add",	   "adc", "and", "btc",	 "btr", "bts",
						"cmpxchg", "dec", "inc", "neg",	 "not", "or",
						"sbb",	   "sub", "xor", "xadd", "xchg" };
	unsigned int i;

	if (!args)
		return false;
	if (strstr(args, "%cr"))
		return true;
	for (i = 0; i < ARRAY_SIZE(lockable); i++)
		if (!strncmp(name, lockable[i], strlen(lockable[i])))
			return changes_memory(args);
	return false;
}

/* The operands of some have names that say less, or more, than their decoding. */
static bool operands_are_comparable(const struct insn *i, const char *args)
{
	if (!args || i->form == FORM_NONE || i->form == FORM_AI ||
	    (i->op > INSN_BTC && i->op != INSN_VMOVE))
		return false;
	if (i->op == INSN_MOVSX && i->width == 2 && i->src_width == 2)
		return false;
	return !strstr(args, "s:") && !strstr(args, "(,%riz,") && !strstr(args, "(,%eiz,");
}

/* @text is what objdump says of the instruction at @b, which has @length bytes. */
static void check(const u8 *b, char *text, unsigned int length, unsigned int mode)
{
	struct insn got = { 0 };
	int err = insn_decode(&got, b, TRIED, mode);
	char want[256] = "", whole[600], *name, *args, *save;
	bool odd = false;

	snprintf(whole, sizeof(whole), "%s (%02x %02x %02x %02x %02x)", text, b[0], b[1], b[2],
		 b[3], b[4]);
	name = strtok_r(text, " \t\n", &save);
	while (name && is_prefix_name(name)) {
		odd = true;
		name = strtok_r(NULL, " \t\n", &save);
	}
	args = name ? strtok_r(NULL, " \t\n", &save) : NULL;
	/* A prefix alone; what binutils does not know; longer than may be. */
	if (!name || strstr(whole, "(bad)") || name[0] == '.' || length > INSN_MAX)
		return;
	if (is_refused(b, mode) && is_vex_move(b, mode, name))
		name++;
	else if (is_refused(b, mode)) {
		if (err != -EINVAL)
			fail_msg("mode %u: %s: not refused", mode, whole);
		return;
	}
	/* Test registers are of the 386. */
	if (args && strstr(args, "%tr"))
		return;
	/* objdump takes this one and the x87 instruction after it for one. */
	if (got.length && got.length < length && b[got.length - 1] == 0x9b)
		return;
	if (is_locked(b, mode) && !is_lockable(name, args)) {
		if (err != -EINVAL)
			fail_msg("mode %u: %s: LOCK is not refused", mode, whole);
		refused++;
		return;
	}
	compared++;
	if (err || got.length != length)
		fail_msg("mode %u: %s: error %d, length %u, expected %u", mode, whole, err,
			 got.length, length);
	if (got.op == INSN_OTHER || !names[got.op])
		return;
	if (got.op == INSN_VMOVE && !strcmp(name, "lddqu"))
		name = (char *)"movdqu";
	if (strncmp(name, names[got.op], strlen(names[got.op])))
		fail_msg("mode %u: %s: taken for %s", mode, whole, names[got.op]);
	/* Segments and sizes that objdump does not show where it thinks they do nothing. */
	if (odd || !operands_are_comparable(&got, args))
		return;
	print_operands(want, sizeof(want), &got);
	normalize(args);
	if (strcmp(args, want))
		fail_msg("mode %u: %s: operands %s", mode, whole, want);
	described++;
}

/* One line of objdump: the address, and what is behind the bytes. */
static bool parse_line(char *line, u64 *addr, char **text)
{
	char *end, *tab;

	*addr = strtoull(line, &end, 16);
	if (end == line || *end != ':')
		return false;
	tab = strchr(end + 2, '\t');
	*text = tab ? tab + 1 : end;
	if (tab)
		(*text)[strcspn(*text, "#\n")] = 0;
	return tab;
}

static void disassemble(const struct slot *slots, size_t count, unsigned int mode)
{
	static const char *const machine[] = { [2] = "i8086", [4] = "i386", [8] = "i386:x86-64" };
	char path[] = "/tmp/test_insn.XXXXXX", cmd[256], line[512], text[512] = "";
	int fd = mkstemp(path);
	u64 addr, start = ~(u64)0;
	size_t seen = 0;
	char *t;
	FILE *f;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, slots, count * SLOT), count * SLOT);
	close(fd);
	snprintf(cmd, sizeof(cmd), "%s -b binary -m %s -M att -D -w -z %s", objdump(),
		 machine[mode], path);
	f = popen(cmd, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &addr, &t))
			continue;
		if (start != ~(u64)0 && start % SLOT == 0) {
			check(slots[start / SLOT].b, text, addr - start, mode);
			seen++;
		}
		start = addr;
		snprintf(text, sizeof(text), "%s", t);
	}
	pclose(f);
	unlink(path);
	assert_int_equal(seen, count); /* the last line is one of the NOPs */
}

/* Every opcode, with random operands and after @prefix. */
static void fill_slot(struct slot *s, const u8 *prefix, unsigned int n, u64 *seed)
{
	unsigned int i;

	memset(s->b, 0x90, SLOT);
	memcpy(s->b, prefix, n);
	for (i = n; i < TRIED; i++)
		s->b[i] = (u8)shim_random(seed);
	/* Half of them with the displacements and registers that compilers like. */
	if (shim_random(seed) % 2)
		s->b[n] &= 0x7f;
}

/* ---- every opcode ---- */

#define VARIANTS 24

static void every_opcode(unsigned int mode, const u8 *prefix, unsigned int n)
{
	static struct slot slots[2 * 256 * VARIANTS];
	u64 seed = shim_seed(7 + mode + n);
	unsigned int i;

	if (!objdump())
		skip();
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		u8 opcode = i / VARIANTS % 256, head[8];
		unsigned int k = n;

		memcpy(head, prefix, n);
		if (i >= ARRAY_SIZE(slots) / 2)
			head[k++] = 0x0f;
		head[k++] = opcode;
		fill_slot(&slots[i], head, k, &seed);
	}
	compared = described = refused = 0;
	disassemble(slots, ARRAY_SIZE(slots), mode);
	assert_true(compared + refused > 7000);
	/* objdump writes prefixes in front where they change nothing. */
	assert_true(described > 800 || n);
}

static void all_of_64_bit_mode(void **state)
{
	every_opcode(8, (const u8 *)"", 0);
}

static void all_of_32_bit_mode(void **state)
{
	every_opcode(4, (const u8 *)"", 0);
}

static void all_of_16_bit_mode(void **state)
{
	every_opcode(2, (const u8 *)"", 0);
}

static void all_with_rex(void **state)
{
	u64 seed = shim_seed(3);
	unsigned int i;

	for (i = 0; i < 6; i++) {
		u8 rex = 0x40 | (i < 2 ? 8 * i : shim_random(&seed) % 16);

		every_opcode(8, &rex, 1);
	}
}

static void all_with_sizes_changed(void **state)
{
	static const u8 sizes[] = { 0x66, 0x67, 0x66, 0x48 };

	every_opcode(8, sizes, 1);
	every_opcode(8, sizes + 1, 1);
	every_opcode(8, sizes + 2, 2);
	every_opcode(4, sizes, 1);
	every_opcode(4, sizes, 2);
	every_opcode(2, sizes, 2);
}

static void all_with_lock(void **state)
{
	static const u8 lock[] = { 0xf0, 0x66 };

	every_opcode(8, lock, 1);
	assert_true(compared > 500 && refused > 5000);
	every_opcode(8, lock, 2);
	every_opcode(4, lock, 1);
	every_opcode(2, lock, 1);
}

static void all_with_repeat_and_segments(void **state)
{
	static const u8 prefix[] = { 0xf3, 0x65, 0xf2, 0x64 };
	static struct slot slots[4 * 2 * 256];
	u64 seed = shim_seed(9);
	unsigned int i;

	if (!objdump())
		skip();
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		u8 head[3] = { prefix[i / 512], i / 256 % 2 ? 0x0f : (u8)i, (u8)i };

		fill_slot(&slots[i], head, i / 256 % 2 ? 3 : 2, &seed);
	}
	compared = 0;
	disassemble(slots, ARRAY_SIZE(slots), 8);
	assert_true(compared > 1000);
}

/* Opcodes of moves, with each mandatory prefix and form of VEX. */
static void all_moves_of_vectors(void **state)
{
	static const u8 opcodes[] = { 0x10, 0x11, 0x12, 0x13, 0x16, 0x17, 0x28, 0x29, 0x2a,
				      0x2b, 0x6e, 0x6f, 0x7e, 0x7f, 0xd6, 0xe7, 0xf0 };
	static const u8 prefix[] = { 0x90, 0x66, 0xf3, 0xf2 };
	static struct slot slots[ARRAY_SIZE(opcodes) * 4 * 3 * 2 * 16];
	u64 seed = shim_seed(11);
	unsigned int i, n;

	if (!objdump())
		skip();
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		u8 op = opcodes[i % ARRAY_SIZE(opcodes)], pp = i / ARRAY_SIZE(opcodes) % 4;
		u8 head[6], r = (u8)shim_random(&seed);

		n = 0;
		switch (i / ARRAY_SIZE(opcodes) / 4 % 3) {
		case 0:
			head[n++] = prefix[pp] == 0x90 ? 0x40 : prefix[pp];
			head[n++] = 0x0f;
			if (op == 0x2a)
				head[n++] = 0x38;
			break;
		case 1:
			head[n++] = 0xc5;
			head[n++] = (u8)((r & 0x84) | (r & 1 ? 0x78 : r & 0x78) | pp);
			break;
		case 2:
			head[n++] = 0xc4;
			head[n++] = (u8)((r & 0xe0) | (op == 0x2a ? 2 : 1));
			r = (u8)shim_random(&seed);
			head[n++] = (u8)((r & 0x84) | (r & 1 ? 0x78 : r & 0x78) | pp);
			break;
		}
		head[n++] = op;
		fill_slot(&slots[i], head, n, &seed);
	}
	compared = described = 0;
	disassemble(slots, ARRAY_SIZE(slots), 8);
	assert_true(compared > 1000 && described > 500);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_64_bit_mode),
		cmocka_unit_test(all_of_32_bit_mode),
		cmocka_unit_test(all_of_16_bit_mode),
		cmocka_unit_test(all_with_rex),
		cmocka_unit_test(all_with_sizes_changed),
		cmocka_unit_test(all_with_lock),
		cmocka_unit_test(all_with_repeat_and_segments),
		cmocka_unit_test(all_moves_of_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
