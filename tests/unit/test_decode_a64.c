// SPDX-License-Identifier: Apache-2.0
/* Decoding of A64 loads and stores: many encodings of each kind against what binutils says. */
/* links: arch/aarch64/virt/decode.c */
/* flags: -I$(root)/arch/aarch64/include */
#include <asm/decode.h>
#include <ctype.h>
#include <shim.h>
#include <unistd.h>

#define OBJDUMP "aarch64-linux-gnu-objdump"

/* ---- what the assembler's names mean ---- */

struct meaning {
	const char *name;
	u8 kind;
	u8 width; /* 0: by the register's name */
	bool write, sign, pair;
};

static const struct meaning meanings[] = {
	{ "ldr", INSN_ACCESS, 0, false, false, false },
	{ "str", INSN_ACCESS, 0, true, false, false },
	{ "ldur", INSN_ACCESS, 0, false, false, false },
	{ "stur", INSN_ACCESS, 0, true, false, false },
	{ "ldtr", INSN_ACCESS, 0, false, false, false },
	{ "sttr", INSN_ACCESS, 0, true, false, false },
	{ "ldar", INSN_ACCESS, 0, false, false, false },
	{ "stlr", INSN_ACCESS, 0, true, false, false },
	{ "ldlar", INSN_ACCESS, 0, false, false, false },
	{ "stllr", INSN_ACCESS, 0, true, false, false },
	{ "ldapur", INSN_ACCESS, 0, false, false, false },
	{ "stlur", INSN_ACCESS, 0, true, false, false },
	{ "ldiapp", INSN_ACCESS, 0, false, false, true },
	{ "stilp", INSN_ACCESS, 0, true, false, true },
	{ "ldp", INSN_ACCESS, 0, false, false, true },
	{ "stp", INSN_ACCESS, 0, true, false, true },
	{ "ldnp", INSN_ACCESS, 0, false, false, true },
	{ "stnp", INSN_ACCESS, 0, true, false, true },
	{ "ldpsw", INSN_ACCESS, 4, false, true, true },
	{ "prfm", INSN_PREFETCH, 0, false, false, false },
	{ "prfum", INSN_PREFETCH, 0, false, false, false },
	{ "ldxr", INSN_EXCLUSIVE, 0, false, false, false },
	{ "ldaxr", INSN_EXCLUSIVE, 0, false, false, false },
	{ "ldxp", INSN_EXCLUSIVE, 0, false, false, false },
	{ "ldaxp", INSN_EXCLUSIVE, 0, false, false, false },
	{ "stxr", INSN_EXCLUSIVE, 0, true, false, false },
	{ "stlxr", INSN_EXCLUSIVE, 0, true, false, false },
	{ "stxp", INSN_EXCLUSIVE, 0, true, false, false },
	{ "stlxp", INSN_EXCLUSIVE, 0, true, false, false },
};

/* Names of atomics begin so; all are read and written at once. */
static const char *const atomics[] = { "cas", "swp", "ldadd", "ldclr", "ldeor", "ldset", "ldsmax",
				       "ldsmin", "ldumax", "ldumin", "stadd", "stclr", "steor",
				       "stset", "stsmax", "stsmin", "stumax", "stumin",
				       /* Among their encodings: */
				       "ldapr", "ld64b", "st64b" };

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* Of a mnemonic, with the width that a suffix gives; kind INSN_UNKNOWN if none is meant. */
static struct meaning meaning_of(const char *name, const char *args)
{
	static const struct {
		const char *suffix;
		u8 width;
		bool sign;
	} suffixes[] = { { "", 0, false },  { "b", 1, false }, { "h", 2, false },
			 { "sb", 1, true }, { "sh", 2, true }, { "sw", 4, true } };
	unsigned int i, j;

	/* Of FEAT_LRCPC3; without write-back an atomic's encoding. */
	if (!strcmp(name, "ldapr") && strstr(args, "],"))
		name = "ldar";
	/* SVE and SME have names for their own. */
	if (args[0] == 'z' || (args[0] == 'p' && isdigit(args[1])) || begins(args, "{z"))
		return (struct meaning){ .kind = INSN_UNKNOWN };
	for (i = 0; i < ARRAY_SIZE(meanings); i++)
		for (j = 0; j < ARRAY_SIZE(suffixes); j++) {
			struct meaning m = meanings[i];
			size_t n = strlen(m.name);

			if (!begins(name, m.name) || strcmp(name + n, suffixes[j].suffix))
				continue;
			if (j) {
				m.width = suffixes[j].width;
				m.sign = suffixes[j].sign;
			}
			return m;
		}
	for (i = 0; i < ARRAY_SIZE(atomics); i++)
		if (begins(name, atomics[i]) && !begins(name, "ldapur"))
			return (struct meaning){ name, INSN_ATOMIC, 0, true, false, false };
	if (strlen(name) >= 3 && (begins(name, "ld") || begins(name, "st")) && isdigit(name[2]) &&
	    !strchr(name, 'g'))
		return (struct meaning){ name, INSN_STRUCTURE, 0, begins(name, "st"), false, false };
	return (struct meaning){ .kind = INSN_UNKNOWN };
}

/* A register's number and size, 31 for xzr, wzr and sp; the next one's text, NULL at the end. */
static const char *parse_reg(const char *s, unsigned int *reg, unsigned int *width)
{
	static const char sizes[] = "b1h2s4d8q0w4x8";
	const char *p = strchr(sizes, s[0]);

	*width = p ? (unsigned int)(p[1] - '0') : 0;
	if (s[0] == 'q')
		*width = 16;
	if (begins(s, "sp"))
		*width = 8;
	*reg = isdigit(s[1]) ? (unsigned int)strtoul(s + 1, NULL, 10) : 31;
	s = strchr(s, ',');
	return s ? s + 1 + (s[1] == ' ') : NULL;
}

/* ---- objdump ---- */

static unsigned int checked;
/* FEAT_LRCPC3, which binutils before 2.42 lack: as_binutils_say() begins with one of these. */
#define LDIAPP 0x99421861
static bool lrcpc3_is_known;

static bool is_of_lrcpc3(u32 raw)
{
	u32 class = raw & 0x3f200c00;

	return class == 0x19000800 || class == 0x1d000800;
}

#define SAY                                                                                 \
	"%#x %s %s: kind %u mode %u write %u pair %u fp %u sign %u wide %u width %u rt %u " \
	"rt2 %u rn %u imm %d"
#define SAID                                                                                  \
	raw, name, args, got.kind, got.mode, got.write, got.pair, got.fp, got.sign, got.wide, \
		got.width, got.rt, got.rt2, got.rn, got.imm

/* Base and offset as they are written. */
static void check_address(u32 raw, const char *name, const char *args, const char *addr,
			  struct insn got)
{
	unsigned int rn, width, mode = MODE_OFFSET;
	const char *hash = strchr(addr, '#');
	long imm = hash ? strtol(hash + 1, NULL, 0) : 0;

	if (addr[0] != '[') {
		/* A label: from the address of the instruction, which check_all() made 0. */
		assert_int_equal(got.mode, MODE_LITERAL);
		return;
	}
	(void)parse_reg(addr + 1, &rn, &width);
	if (strchr(addr, '!'))
		mode = MODE_PRE;
	else if (strstr(addr, "],"))
		mode = MODE_POST;
	else if (strchr(addr, ',') && (!hash || strstr(addr, "xt") || strstr(addr, "lsl")))
		mode = MODE_REGISTER;
	if (got.mode != mode || got.rn != rn || (mode != MODE_REGISTER && got.imm != imm))
		fail_msg(SAY, SAID);
	if (mode == MODE_REGISTER && got.shift != (hash ? (unsigned int)imm : 0))
		fail_msg(SAY " shift %u", SAID, got.shift);
}

/* What the architecture leaves open may do what it looks like. */
static bool unpredictable(u32 raw, struct insn i)
{
	bool ordered = (raw & 0x3f000000) == 0x08000000;
	bool back = i.mode == MODE_PRE || i.mode == MODE_POST;

	/* Fields that are not used should be ones. */
	if (ordered && (raw & 0x1f7c00) != 0x1f7c00)
		return true;
	return (i.pair && !i.write && i.rt == i.rt2) ||
	       (back && !i.fp && i.rn != 31 && (i.rn == i.rt || (i.pair && i.rn == i.rt2)));
}

/* What objdump says about @raw must be what insn_decode() says. */
static void check_line(u32 raw, const char *name, const char *args)
{
	struct meaning want = meaning_of(name, args);
	struct insn got = insn_decode(raw);
	unsigned int reg, width;
	const char *next;
	bool fp;

	/* Bit 31 is 1 in all of these (Arm ARM C6.2, "LDIAPP"); binutils 2.44 doesn't look. */
	if ((raw & 0xbf200c00) == 0x19000800) {
		if (got.kind != INSN_UNKNOWN)
			fail_msg(SAY, SAID);
		return;
	}
	if (raw == LDIAPP)
		lrcpc3_is_known = name[0] != '.';
	if (name[0] == '.' && got.kind == INSN_ACCESS &&
	    (unpredictable(raw, got) || (is_of_lrcpc3(raw) && !lrcpc3_is_known)))
		return;
	if (got.kind != want.kind) {
		/* What is refused is told by its class, even where nothing is allocated in it. */
		if (want.kind == INSN_UNKNOWN && got.kind != INSN_ACCESS)
			return;
		fail_msg(SAY, SAID);
	}
	if (got.kind == INSN_UNKNOWN)
		return;
	checked++;
	if (got.kind != INSN_PREFETCH && got.write != want.write)
		fail_msg(SAY, SAID);
	if (got.kind != INSN_ACCESS)
		return;
	next = parse_reg(args, &reg, &width);
	fp = strchr("bhsdq", args[0]);
	if (!want.width)
		want.width = (u8)width;
	if (got.rt != reg || got.fp != fp || got.width != want.width || got.sign != want.sign ||
	    got.pair != want.pair)
		fail_msg(SAY, SAID);
	if (!fp && got.wide != (width == 8))
		fail_msg(SAY, SAID);
	if (want.pair) {
		next = parse_reg(next, &reg, &width);
		if (got.rt2 != reg)
			fail_msg(SAY, SAID);
	}
	check_address(raw, name, args, next, got);
}

static void check_all(const u32 *raw, size_t count)
{
	char path[] = "/tmp/test_decode.XXXXXX", cmd[256], line[256];
	int fd = mkstemp(path);
	size_t seen = 0;
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "wb");
	assert_int_equal(fwrite(raw, sizeof(*raw), count, f), count);
	fclose(f);
	snprintf(cmd, sizeof(cmd), OBJDUMP " -b binary -m aarch64 -M no-aliases -D -z %s", path);
	f = popen(cmd, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char name[64], args[128] = "", *end;
		unsigned int off, word;

		if (sscanf(line, " %x: %x %63s %127[^\n]", &off, &word, name, args) < 3)
			continue;
		end = strstr(args, "\t// ");
		if (end)
			*end = 0;
		assert_int_equal(off, seen * sizeof(*raw));
		assert_int_equal(word, raw[seen]);
		check_line(word, name, args);
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

/* Bits 29:24 of each class, a few thousand of each, and anything at all. */
static void as_binutils_say(void **state)
{
	static const u8 classes[] = { 0x08, 0x09, 0x0c, 0x0d, 0x18, 0x1c, 0x19, 0x28,
				      0x29, 0x2c, 0x2d, 0x38, 0x3c, 0x39, 0x3d, 0x1d };
	static u32 raw[90000];
	u64 seed = shim_seed(3);
	size_t n;

	need_objdump();
	for (n = 0; n < ARRAY_SIZE(raw); n++) {
		raw[n] = (u32)shim_random(&seed);
		if (n % 8)
			raw[n] = (raw[n] & ~(0x3fu << 24)) | (u32)classes[n % ARRAY_SIZE(classes)]
								     << 24;
	}
	raw[0] = LDIAPP;
	checked = 0;
	check_all(raw, n);
	assert_true(checked > 30000);
}

/* As binutils 2.44 assembles them. */
static void newer_accesses_are_known_to_any_binutils(void **state)
{
	static const struct {
		u32 raw;
		u8 mode, width, rn;
		bool write, pair, fp;
		s32 imm;
	} cases[] = {
		{ 0x99421861, MODE_OFFSET, 4, 3, false, true, false, 0 }, /* ldiapp w1, w2, [x3] */
		{ 0xd9420be1, MODE_POST, 8, 31, false, true, false,
		  16 },							 /* ldiapp ..., [sp], #16 */
		{ 0xd9021861, MODE_OFFSET, 8, 3, true, true, false, 0 }, /* stilp x1, x2, [x3] */
		{ 0x99020861, MODE_PRE, 4, 3, true, true, false, -8 },	 /* stilp ..., [x3, #-8]! */
		{ 0x99c00861, MODE_POST, 4, 3, false, false, false, 4 }, /* ldapr w1, [x3], #4 */
		{ 0xd9800861, MODE_PRE, 8, 3, true, false, false, -8 },	 /* stlr x1, [x3, #-8]! */
		{ 0x1d5ff861, MODE_OFFSET, 1, 3, false, false, true, -1 }, /* ldapur b1, ... */
		{ 0x1dc01861, MODE_OFFSET, 16, 3, false, false, true, 1 }, /* ldapur q1, ... */
		{ 0x5d001861, MODE_OFFSET, 2, 3, true, false, true, 1 },   /* stlur h1, ... */
	};
	static const u32 atomic[] = { 0x19228061, 0x19e28061, 0x19221061, 0x19e23061 };
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		struct insn want = { .kind = INSN_ACCESS,
				     .mode = cases[n].mode,
				     .width = cases[n].width,
				     .wide = cases[n].width == 8,
				     .write = cases[n].write,
				     .pair = cases[n].pair,
				     .fp = cases[n].fp,
				     .rt = 1,
				     .rt2 = cases[n].pair ? 2 : 0,
				     .rn = cases[n].rn,
				     .imm = cases[n].imm };
		struct insn got = insn_decode(cases[n].raw);

		assert_memory_equal(&got, &want, sizeof(got));
	}
	for (n = 0; n < ARRAY_SIZE(atomic); n++) /* swpp, swppal, ldclrp, ldsetpal */
		assert_int_equal(insn_decode(atomic[n]).kind, INSN_ATOMIC);
	assert_int_equal(insn_decode(0x1d400441).kind, INSN_UNKNOWN); /* cpym: of FEAT_MOPS */
}

static void offsets_are_extended_and_shifted(void **state)
{
	assert_true(insn_offset(0xffffffff80000001, 2, 0) == 0x80000001); /* uxtw */
	assert_true(insn_offset(0x80000001, 6, 2) == 0xfffffffe00000004); /* sxtw */
	assert_true(insn_offset(0x8000000000000001, 3, 3) == 8);	  /* lsl */
	assert_true(insn_offset(0xf000000000000001, 7, 0) == 0xf000000000000001);
}

static void loads_extend_as_they_say(void **state)
{
	assert_true(insn_load_value(0xff80, 1, false, false) == 0x80);
	assert_true(insn_load_value(0x80, 1, true, true) == 0xffffffffffffff80);
	assert_true(insn_load_value(0x80, 1, true, false) == 0xffffff80);
	assert_true(insn_load_value(0x80000000, 4, true, true) == 0xffffffff80000000);
	assert_true(insn_load_value(0x8000000000000001, 8, false, true) == 0x8000000000000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_binutils_say),
		cmocka_unit_test(newer_accesses_are_known_to_any_binutils),
		cmocka_unit_test(offsets_are_extended_and_shifted),
		cmocka_unit_test(loads_extend_as_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
