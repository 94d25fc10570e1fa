// SPDX-License-Identifier: Apache-2.0
/*
 * Decoding of memory accesses: every compressed encoding and many of the others against
 * what binutils says of them, Zcb (which older binutils lack) against its own table.
 */
/* links: arch/riscv64/virt/decode.c */
/* flags: -I$(root)/arch/riscv64/include */
#include <asm/decode.h>
#include <shim.h>
#include <unistd.h>

#define OBJDUMP "riscv64-linux-gnu-objdump"

/* ---- what the assembler's names mean ---- */

struct meaning {
	const char *name;
	u8 kind, width, sign, write;
};

static const struct meaning meanings[] = {
	{ "lb", INSN_LOAD, 1, 1, 0 },	      { "lh", INSN_LOAD, 2, 1, 0 },
	{ "lw", INSN_LOAD, 4, 1, 0 },	      { "ld", INSN_LOAD, 8, 1, 0 },
	{ "lbu", INSN_LOAD, 1, 0, 0 },	      { "lhu", INSN_LOAD, 2, 0, 0 },
	{ "lwu", INSN_LOAD, 4, 0, 0 },	      { "lwsp", INSN_LOAD, 4, 1, 0 },
	{ "ldsp", INSN_LOAD, 8, 1, 0 },	      { "sb", INSN_STORE, 1, 0, 1 },
	{ "sh", INSN_STORE, 2, 0, 1 },	      { "sw", INSN_STORE, 4, 0, 1 },
	{ "sd", INSN_STORE, 8, 0, 1 },	      { "swsp", INSN_STORE, 4, 0, 1 },
	{ "sdsp", INSN_STORE, 8, 0, 1 },      { "flh", INSN_FP, 2, 0, 0 },
	{ "flw", INSN_FP, 4, 0, 0 },	      { "fld", INSN_FP, 8, 0, 0 },
	{ "flq", INSN_FP, 16, 0, 0 },	      { "fsh", INSN_FP, 2, 0, 1 },
	{ "fsw", INSN_FP, 4, 0, 1 },	      { "fsd", INSN_FP, 8, 0, 1 },
	{ "fsq", INSN_FP, 16, 0, 1 },	      { "fldsp", INSN_FP, 8, 0, 0 },
	{ "fsdsp", INSN_FP, 8, 0, 1 },	      { "lr.w", INSN_AMO, 4, 1, 0 },
	{ "lr.d", INSN_AMO, 8, 1, 0 },	      { "sc.w", INSN_AMO, 4, 1, 1 },
	{ "sc.d", INSN_AMO, 8, 1, 1 },	      { "cbo.clean", INSN_CACHE, 0, 0, 1 },
	{ "cbo.flush", INSN_CACHE, 0, 0, 1 }, { "cbo.inval", INSN_CACHE, 0, 0, 1 },
	{ "cbo.zero", INSN_CACHE, 0, 0, 1 },
};

/* Of a mnemonic, "c." and ".aqrl" taken off; NULL if it accesses no memory. */
static const struct meaning *meaning_of(const char *name)
{
	static struct meaning amo = { "amo", INSN_AMO, 0, 1, 1 };
	static const struct meaning vector[2] = { { "vl", INSN_VECTOR, 0, 0, 0 },
						  { "vs", INSN_VECTOR, 0, 0, 1 } };
	unsigned int i;

	if (!strncmp(name, "c.", 2))
		name += 2;
	if (!strncmp(name, "amo", 3)) {
		amo.width = strstr(name, ".w") ? 4 : 8;
		return &amo;
	}
	for (i = 0; i < ARRAY_SIZE(meanings); i++) {
		size_t n = strlen(meanings[i].name);

		if (!strncmp(name, meanings[i].name, n) &&
		    (!name[n] || !strcmp(name + n, ".aq") || !strcmp(name + n, ".rl") ||
		     !strcmp(name + n, ".aqrl")))
			return &meanings[i];
	}
	/* Opcode LOAD-FP or STORE-FP is checked by the caller's looking at the word. */
	return !strncmp(name, "vl", 2) ? &vector[0] : !strncmp(name, "vs", 2) ? &vector[1] : NULL;
}

static bool is_fp_opcode(u32 raw)
{
	return (raw & 0x7f) == 0x07 || (raw & 0x7f) == 0x27;
}

/* ---- objdump ---- */

static unsigned int checked;

/* The address that "8(x10)" is, of registers that differ from each other by more than offsets. */
static void check_address(u32 raw, const char *args)
{
	u64 gpr[32], want;
	unsigned int i, base;
	char *end;

	for (i = 0; i < 32; i++)
		gpr[i] = i * 0x100010000ul;
	args = strchr(args, ',');
	assert_non_null(args);
	want = (u64)strtol(args + 1, &end, 0);
	assert_int_equal(sscanf(end, "(x%u)", &base), 1);
	if (insn_address(raw, gpr) != want + gpr[base])
		fail_msg("%#x %s: is at %#lx", raw, args, insn_address(raw, gpr));
}

/* What objdump says about @raw must be what insn_decode() says. */
static void check_line(u32 raw, const char *name, const char *args, unsigned int length)
{
	const struct meaning *want = meaning_of(name);
	struct insn got = insn_decode(raw);

	if (want && want->kind == INSN_VECTOR && !is_fp_opcode(raw))
		want = NULL;
	if (name[0] == '.' && (raw & 0xe003) == 0x8000)
		return; /* a binutils without Zcb */
	if (!want) {
		/* Undefined operations of AMO, vector and cache opcodes are told as such. */
		if (got.kind == INSN_LOAD || got.kind == INSN_STORE || got.kind == INSN_IMPLICIT)
			fail_msg("%#x %s %s: decoded as kind %u", raw, name, args, got.kind);
		return;
	}
	checked++;
	if (want->kind == INSN_LOAD || want->kind == INSN_STORE)
		check_address(raw, args);
	if (got.kind != want->kind || got.write != want->write || got.length != length ||
	    (want->width && (got.width != want->width || got.sign != want->sign)))
		fail_msg("%#x %s %s: decoded as kind %u width %u sign %u write %u length %u", raw,
			 name, args, got.kind, got.width, got.sign, got.write, got.length);
	if (want->kind != INSN_CACHE && want->kind != INSN_VECTOR &&
	    got.reg != strtoul(args + 1, NULL, 10))
		fail_msg("%#x %s %s: decoded register %u", raw, name, args, got.reg);
}

/* Runs @count instructions of @length bytes past objdump and check_line(). */
static void check_all(const u32 *raw, size_t count, unsigned int length)
{
	char path[] = "/tmp/test_decode.XXXXXX", cmd[256], line[256];
	int fd = mkstemp(path);
	size_t i, seen = 0;
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "wb");
	for (i = 0; i < count; i++)
		assert_int_equal(fwrite(&raw[i], length, 1, f), 1);
	fclose(f);
	snprintf(cmd, sizeof(cmd),
		 OBJDUMP " -b binary -m riscv:rv64 -M no-aliases,numeric -D -z %s", path);
	f = popen(cmd, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char name[64], args[128] = "";
		unsigned int off, word;

		if (sscanf(line, " %x: %x %63s %127s", &off, &word, name, args) < 3)
			continue;
		assert_int_equal(off, seen * length);
		assert_int_equal(word, raw[seen]);
		check_line(word, name, args, length);
		seen++;
	}
	pclose(f);
	unlink(path);
	assert_int_equal(seen, count);
}

static void need_objdump(void)
{
	if (system("command -v " OBJDUMP " >/dev/null 2>&1"))
		skip();
}

static void every_compressed_encoding(void **state)
{
	static u32 raw[0xc000];
	size_t n = 0;
	u32 i;

	need_objdump();
	for (i = 0; i < 0x10000; i++)
		if ((i & 3) != 3)
			raw[n++] = i;
	checked = 0;
	check_all(raw, n, 2);
	assert_true(checked >= 24448); /* 12 kinds of 2048, less the two with x0 */
}

static void encodings_of_32_bits(void **state)
{
	static const u8 opcodes[] = { 0x03, 0x23, 0x07, 0x27, 0x2f, 0x0f };
	static u32 raw[60000];
	u64 seed = shim_seed(5);
	size_t n;

	need_objdump();
	for (n = 0; n < ARRAY_SIZE(raw); n++) {
		u32 r = (u32)shim_random(&seed);

		if (n % 8) /* of these most; the rest is anything */
			r = (r & ~0x7fu) | opcodes[n % ARRAY_SIZE(opcodes)];
		raw[n] = r | 3;
		if ((raw[n] & 0x1f) == 0x1f) /* longer than 32 bits */
			raw[n] &= ~4u;
	}
	checked = 0;
	check_all(raw, n, 4);
	assert_true(checked > 15000);
}

/* Mask and match of each, from the Zc* specification. */
static void every_zcb_encoding(void **state)
{
	static const struct {
		u32 mask, match;
		u8 kind, width, sign;
	} zcb[] = {
		{ 0xfc03, 0x8000, INSN_LOAD, 1, 0 },  { 0xfc43, 0x8400, INSN_LOAD, 2, 0 },
		{ 0xfc43, 0x8440, INSN_LOAD, 2, 1 },  { 0xfc03, 0x8800, INSN_STORE, 1, 0 },
		{ 0xfc43, 0x8c00, INSN_STORE, 2, 0 },
	};
	u32 raw, i;

	for (raw = 0x8000; raw < 0xa000; raw += 4) {
		struct insn got = insn_decode(raw), want = { 0 };

		for (i = 0; i < ARRAY_SIZE(zcb); i++)
			if ((raw & zcb[i].mask) == zcb[i].match)
				want = (struct insn){ .kind = zcb[i].kind,
						      .width = zcb[i].width,
						      .sign = zcb[i].sign,
						      .write = zcb[i].kind == INSN_STORE,
						      .reg = 8 + (raw >> 2) % 8,
						      .length = 2 };
		assert_memory_equal(&got, &want, sizeof(got));
	}
}

/* ---- htinst ---- */

/* What the hardware would report for @raw, of which @length bytes were fetched. */
static u32 transform(u32 raw, unsigned int length, u32 offset)
{
	u32 t = raw & ~(0x1fu << 15);
	u32 opcode = raw & 0x7f;

	if (opcode == 0x03 || opcode == 0x07)
		t &= 0xfffff;
	else if (opcode == 0x23 || opcode == 0x27)
		t &= 0x01fff07f;
	t |= offset << 15;
	return length == 2 ? t & ~2u : t;
}

static void transformed_is_as_the_original(void **state)
{
	static const u8 opcodes[] = { 0x03, 0x23, 0x07, 0x27, 0x2f };
	u64 seed = shim_seed(11);
	unsigned int i, j;

	for (i = 0; i < 20000; i++)
		for (j = 0; j < ARRAY_SIZE(opcodes); j++) {
			u32 raw = ((u32)shim_random(&seed) & ~0x7fu) | opcodes[j];
			u32 offset = shim_random(&seed) % 8;
			unsigned int length = shim_random(&seed) % 2 ? 2 : 4;
			struct insn want = insn_decode(raw);
			struct insn got = insn_decode_htinst(transform(raw, length, offset));

			if (want.kind == INSN_VECTOR || want.kind == INSN_UNKNOWN)
				continue; /* never transformed so */
			want.length = length;
			want.offset = offset;
			assert_memory_equal(&got, &want, sizeof(got));
		}
}

static void the_short_way_agrees_with_the_long_one(void **state)
{
	static const u8 opcodes[] = { 0x03, 0x23, 0x01, 0x21, 0x07, 0x2f };
	u64 seed = shim_seed(12);
	unsigned int i;

	for (i = 0; i < 200000; i++) {
		u32 t = (u32)shim_random(&seed);
		struct insn a, b;

		if (i % 8)
			t = (t & ~0x7fu) | opcodes[i % ARRAY_SIZE(opcodes)];
		a = insn_from_htinst(t);
		b = insn_decode_htinst(t);
		assert_memory_equal(&a, &b, sizeof(a));
		a = insn_from_raw(t);
		b = insn_decode(t);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

static void page_table_accesses_have_their_own_values(void **state)
{
	static const struct {
		u32 htinst;
		u8 width, write;
	} pseudo[] = { { 0x2000, 4, 0 }, { 0x2020, 4, 1 }, { 0x3000, 8, 0 }, { 0x3020, 8, 1 } };
	unsigned int i;
	u64 t;

	for (i = 0; i < ARRAY_SIZE(pseudo); i++) {
		struct insn got = insn_from_htinst(pseudo[i].htinst);
		struct insn want = { .kind = INSN_IMPLICIT,
				     .width = pseudo[i].width,
				     .write = pseudo[i].write };

		assert_memory_equal(&got, &want, sizeof(got));
	}
	/* Any other value with bit 0 clear is unknown. */
	for (t = 0; t < 0x10000; t += 2)
		if (t != 0x2000 && t != 0x2020 && t != 0x3000 && t != 0x3020)
			assert_int_equal(insn_from_htinst(t).kind, INSN_UNKNOWN);
	assert_int_equal(insn_decode_htinst(0x100000003).kind, INSN_UNKNOWN);
}

static void lengths(void **state)
{
	u32 i;

	for (i = 0; i < 0x10000; i++)
		assert_int_equal(insn_length((u16)i), (i & 3) == 3 ? 4 : 2);
}

static void loads_extend_as_they_say(void **state)
{
	static const struct {
		u8 width, sign;
		u64 in, out;
	} t[] = {
		{ 1, 0, 0x80, 0x80 },
		{ 1, 1, 0x80, 0xffffffffffffff80 },
		{ 1, 1, 0xff7f, 0x7f },
		{ 2, 0, 0xffff8000, 0x8000 },
		{ 2, 1, 0x8000, 0xffffffffffff8000 },
		{ 4, 0, 0x180000000, 0x80000000 },
		{ 4, 1, 0x80000000, 0xffffffff80000000 },
		{ 8, 1, 0x8000000000000001, 0x8000000000000001 },
		{ 8, 0, 0x8000000000000001, 0x8000000000000001 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct insn in = { .kind = INSN_LOAD, .width = t[i].width, .sign = t[i].sign };

		assert_true(insn_load_value(in, t[i].in) == t[i].out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_compressed_encoding),
		cmocka_unit_test(encodings_of_32_bits),
		cmocka_unit_test(every_zcb_encoding),
		cmocka_unit_test(transformed_is_as_the_original),
		cmocka_unit_test(the_short_way_agrees_with_the_long_one),
		cmocka_unit_test(page_table_accesses_have_their_own_values),
		cmocka_unit_test(lengths),
		cmocka_unit_test(loads_extend_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
