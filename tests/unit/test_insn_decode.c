// SPDX-License-Identifier: Apache-2.0
/*
 * Decoding of x86 instructions against what binutils says of them: the length of all that
 * it knows, and name and operands of those that are emulated.
 */
/* links: arch/x86_64/virt/insn_decode.c arch/x86_64/virt/insn_group.c arch/x86_64/virt/insn_table.c */
/* flags: -I$(root)/arch/x86_64/include */
#include <asm/emulate.h>
#include <lodge/errno.h>
#include <shim.h>
#include <unistd.h>

/* An instruction's bytes, random ones, and enough NOPs to be in step again. */
#define SLOT  48
#define TRIED 16

struct slot {
	u8 b[SLOT];
};

/* Debian has the first on amd64, the second on others. */
static const char *objdump(void)
{
	static const char *const names[] = { "objdump", "x86_64-linux-gnu-objdump" };
	char cmd[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(cmd, sizeof(cmd), "%s -i 2>/dev/null | grep -q x86-64", names[i]);
		if (!system(cmd))
			return names[i];
	}
	return NULL;
}

/* ---- operands in words ---- */

static const char *reg_name(unsigned int reg, unsigned int width, bool rex)
{
	static const char *const low[16] = { "al",   "cl",   "dl",   "bl",  "spl",  "bpl",
					     "sil",  "dil",  "r8b",  "r9b", "r10b", "r11b",
					     "r12b", "r13b", "r14b", "r15b" };
	static const char *const high[4] = { "ah", "ch", "dh", "bh" };
	static const char *const word[8] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };
	static char buf[8][16];
	static unsigned int turn;
	char *s = buf[turn++ % 8];

	if (width == 1)
		return !rex && reg >= 4 && reg < 8 ? high[reg - 4] : low[reg];
	if (reg < 8)
		snprintf(s, 16, "%s%s", width == 8 ? "r" : width == 4 ? "e" : "", word[reg]);
	else
		snprintf(s, 16, "r%u%s", reg, width == 8 ? "" : width == 4 ? "d" : "w");
	return s;
}

static size_t print_hex(char *s, size_t size, u64 v, unsigned int width, bool sign)
{
	if (sign && (s64)v < 0)
		return snprintf(s, size, "-0x%llx", (unsigned long long)-v);
	return snprintf(s, size, "0x%llx", (unsigned long long)(v & width_mask(width)));
}

/* As objdump writes them: disp(base,index,scale). */
static void print_memory(char *s, size_t size, const struct insn *i)
{
	bool registers = i->base != INSN_NO_REG || i->index != INSN_NO_REG;
	size_t n = 0;

	if (i->seg == SEG_FS || i->seg == SEG_GS)
		n = snprintf(s, size, "%%%s:", i->seg == SEG_FS ? "fs" : "gs");
	s[n] = 0;
	if (i->disp || !registers)
		n += print_hex(s + n, size - n, i->disp, i->addr_width,
			       registers || (i->addr_width == 2 && i->form < FORM_AM));
	if (!registers)
		return;
	n += snprintf(s + n, size - n, "(");
	if (i->base == INSN_RIP_REL)
		n += snprintf(s + n, size - n, "%%%s", i->addr_width == 8 ? "rip" : "eip");
	else if (i->base != INSN_NO_REG)
		n += snprintf(s + n, size - n, "%%%s", reg_name(i->base, i->addr_width, true));
	if (i->index != INSN_NO_REG) {
		n += snprintf(s + n, size - n, ",%%%s", reg_name(i->index, i->addr_width, true));
		if (i->addr_width > 2)
			n += snprintf(s + n, size - n, ",%u", 1u << i->scale);
	}
	snprintf(s + n, size - n, ")");
}

static bool is_bit_op(u8 op)
{
	return op >= INSN_BT && op <= INSN_BTC;
}

static void print_vector(char *s, size_t size, const struct insn *i, const char *rm)
{
	char c = i->width == 32 ? 'y' : 'x';

	if (i->form == FORM_MR)
		snprintf(s, size, "%%%cmm%u,%s", c, i->reg, rm);
	else if ((i->vector & (VEC_MERGE | VEC_VEX)) == (VEC_MERGE | VEC_VEX))
		snprintf(s, size, "%s,%%xmm%u,%%xmm%u", rm, i->rm, i->reg);
	else
		snprintf(s, size, "%s,%%%cmm%u", rm, c, i->reg);
}

static void print_operands(char *s, size_t size, const struct insn *i)
{
	unsigned int rm_width = i->op == INSN_MOVZX || i->op == INSN_MOVSX ? i->src_width
									   : i->width;
	char rm[64];
	size_t n;

	if (i->memory)
		print_memory(rm, sizeof(rm), i);
	if (i->op == INSN_VMOVE) {
		print_vector(s, size, i, rm);
		return;
	}
	if (!i->memory)
		snprintf(rm, sizeof(rm), "%%%s", reg_name(i->rm & 15, rm_width, i->rex));
	switch (i->form) {
	case FORM_MR:
		snprintf(s, size, "%%%s,%s", reg_name(i->reg, i->width, i->rex), rm);
		break;
	case FORM_RM:
		snprintf(s, size, "%s,%%%s", rm, reg_name(i->reg, i->width, i->rex));
		break;
	case FORM_MI:
		n = snprintf(s, size, "$");
		n += print_hex(s + n, size - n, i->imm, is_bit_op(i->op) ? 1 : i->width, false);
		snprintf(s + n, size - n, ",%s", rm);
		break;
	case FORM_M:
		snprintf(s, size, "%s", rm);
		break;
	case FORM_AM:
		snprintf(s, size, "%s,%%%s", rm, reg_name(0, i->width, true));
		break;
	case FORM_MA:
		snprintf(s, size, "%%%s,%s", reg_name(0, i->width, true), rm);
		break;
	default:
		s[0] = 0;
	}
}

static void cut(char *s, size_t n)
{
	memmove(s, s + n, strlen(s + n) + 1);
}

/* Without what only tells that an encoding was longer than it had to be. */
static void normalize(char *s)
{
	char *p;

	while ((p = strstr(s, ",%riz,")) || (p = strstr(s, ",%eiz,")))
		cut(p, 7);
	p = strstr(s, "()");
	if (p)
		cut(p, 2);
	p = strstr(s, "0x0(");
	if (p && (p == s || p[-1] == ',' || p[-1] == ':'))
		cut(p, 3);
}

/* What objdump's names begin with, of what is compared with more than its length. */
static const char *const names[NR_INSN_OPS] = {
	[INSN_ADD] = "add",	     [INSN_OR] = "or",		 [INSN_ADC] = "adc",
	[INSN_SBB] = "sbb",	     [INSN_AND] = "and",	 [INSN_SUB] = "sub",
	[INSN_XOR] = "xor",	     [INSN_CMP] = "cmp",	 [INSN_MOV] = "mov",
	[INSN_MOVZX] = "movz",	     [INSN_MOVSX] = "movs",	 [INSN_MOVBE] = "movbe",
	[INSN_TEST] = "test",	     [INSN_NOT] = "not",	 [INSN_NEG] = "neg",
	[INSN_INC] = "inc",	     [INSN_DEC] = "dec",	 [INSN_XCHG] = "xchg",
	[INSN_XADD] = "xadd",	     [INSN_CMPXCHG] = "cmpxchg", [INSN_BT] = "bt",
	[INSN_BTS] = "bts",	     [INSN_BTR] = "btr",	 [INSN_BTC] = "btc",
	[INSN_MOVS] = "movs",	     [INSN_STOS] = "stos",	 [INSN_LODS] = "lods",
	[INSN_CMPS] = "cmps",	     [INSN_SCAS] = "scas",	 [INSN_INS] = "ins",
	[INSN_OUTS] = "outs",	     [INSN_IN] = "in",		 [INSN_OUT] = "out",
	[INSN_MOV_FROM_CR] = "mov",  [INSN_MOV_TO_CR] = "mov",	 [INSN_MOV_FROM_DR] = "mov",
	[INSN_MOV_TO_DR] = "mov",    [INSN_CLTS] = "clts",	 [INSN_LMSW] = "lmsw",
	[INSN_SMSW] = "smsw",	     [INSN_CPUID] = "cpuid",	 [INSN_HLT] = "hlt",
	[INSN_PAUSE] = "pause",	     [INSN_RDMSR] = "rdmsr",	 [INSN_WRMSR] = "wrmsr",
	[INSN_RDTSC] = "rdtsc",	     [INSN_RDTSCP] = "rdtscp",	 [INSN_RDPMC] = "rdpmc",
	[INSN_INVD] = "invd",	     [INSN_WBINVD] = "wb",	 [INSN_INVLPG] = "invlpg",
	[INSN_XSETBV] = "xsetbv",    [INSN_MONITOR] = "monitor", [INSN_MWAIT] = "mwait",
	[INSN_VMMCALL] = "vmmcall",  [INSN_IRET] = "iret",	 [INSN_ROL] = "rol",
	[INSN_ROR] = "ror",	     [INSN_RCL] = "rcl",	 [INSN_RCR] = "rcr",
	[INSN_SHL] = "shl",	     [INSN_SHR] = "shr",	 [INSN_SAR] = "sar",
	[INSN_MUL] = "mul",	     [INSN_IMUL_WIDE] = "imul",	 [INSN_DIV] = "div",
	[INSN_IDIV] = "idiv",	     [INSN_IMUL] = "imul",	 [INSN_SHLD] = "shld",
	[INSN_SHRD] = "shrd",	     [INSN_BSF] = "bsf",	 [INSN_BSR] = "bsr",
	[INSN_TZCNT] = "tzcnt",	     [INSN_LZCNT] = "lzcnt",	 [INSN_POPCNT] = "popcnt",
	[INSN_SETCC] = "set",	     [INSN_CMOVCC] = "cmov",	 [INSN_CMPXCHG_PAIR] = "cmpxchg",
	[INSN_MOV_FROM_SEG] = "mov", [INSN_PUSH] = "push",	 [INSN_POP] = "pop",
	[INSN_CALL] = "call",	     [INSN_JMP] = "jmp",	 [INSN_RET] = "ret",
	[INSN_LEAVE] = "leave",	     [INSN_VMOVE] = "mov",
};

/* Moves of vector registers with an operand in memory, of VEX without the V. */
static bool is_vector_move(const char *name)
{
	static const char *const moves[] = { "movups",	"movupd",  "movss",    "movsd",	 "movlps",
					     "movlpd",	"movhps",  "movhpd",   "movaps", "movapd",
					     "movntps", "movntpd", "movd",     "movq",	 "movdqa",
					     "movdqu",	"movntdq", "movntdqa", "lddqu" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(moves); i++)
		if (!strcmp(name, moves[i]))
			return true;
	return false;
}

/* ---- comparing ---- */

static unsigned int compared, described;

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
	/* Of VEX only these are let in. */
	if (is_refused(b, mode) && name[0] == 'v' && is_vector_move(name + 1) &&
	    (b[0] & 0xfe) == 0xc4 && b[b[0] == 0xc4 ? 4 : 3] < 0xc0)
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
	compared = described = 0;
	disassemble(slots, ARRAY_SIZE(slots), mode);
	assert_true(compared > 7000);
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

/* ---- by hand ---- */

static struct insn decode(const char *bytes, unsigned int n, unsigned int mode)
{
	struct insn i;

	assert_int_equal(insn_decode(&i, (const u8 *)bytes, n, mode), 0);
	assert_int_equal(i.length, n);
	return i;
}
#define DECODE(bytes, mode) decode(bytes, sizeof(bytes) - 1, mode)

static void what_exits_has_a_length(void **state)
{
	static const struct {
		const char *bytes;
		u8 n, op;
	} cases[] = {
		{ "\x0f\x01\xd9", 3, INSN_VMMCALL },
		{ "\x0f\xa2", 2, INSN_CPUID },
		{ "\xf4", 1, INSN_HLT },
		{ "\xf3\x90", 2, INSN_PAUSE },
		{ "\x0f\x32", 2, INSN_RDMSR },
		{ "\x0f\x30", 2, INSN_WRMSR },
		{ "\x0f\x31", 2, INSN_RDTSC },
		{ "\x0f\x01\xf9", 3, INSN_RDTSCP },
		{ "\x0f\x33", 2, INSN_RDPMC },
		{ "\x0f\x08", 2, INSN_INVD },
		{ "\x0f\x09", 2, INSN_WBINVD },
		{ "\xf3\x0f\x09", 3, INSN_WBINVD },
		{ "\x0f\x01\x38", 3, INSN_INVLPG },
		{ "\x0f\x01\xd1", 3, INSN_XSETBV },
		{ "\x0f\x01\xc8", 3, INSN_MONITOR },
		{ "\x0f\x01\xc9", 3, INSN_MWAIT },
		{ "\x0f\x20\xc0", 3, INSN_MOV_FROM_CR },
		{ "\x0f\x22\xd8", 3, INSN_MOV_TO_CR },
		{ "\x0f\x21\xf8", 3, INSN_MOV_FROM_DR },
		{ "\x0f\x23\xf8", 3, INSN_MOV_TO_DR },
		{ "\x0f\x06", 2, INSN_CLTS },
		{ "\x0f\x01\xf0", 3, INSN_LMSW },
		{ "\x0f\x01\xd8", 3, INSN_SVM },
		{ "\x0f\x01\xdf", 3, INSN_SVM },
		{ "\xec", 1, INSN_IN },
		{ "\xe5\x60", 2, INSN_IN },
		{ "\x66\xef", 2, INSN_OUT },
		{ "\xf3\x6e", 2, INSN_OUTS },
		{ "\xf1", 1, INSN_ICEBP },
		{ "\x48\xcf", 2, INSN_IRET },
		{ "\x2e\x66\x0f\xa2", 4, INSN_CPUID },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(decode(cases[i].bytes, cases[i].n, 8).op, cases[i].op);
}

static void moves_of_control_registers_have_no_memory_operand(void **state)
{
	struct insn i = DECODE("\x0f\x22\x04", 8); /* mod 0, rm 4: no SIB follows */

	assert_int_equal(i.reg, 0);
	assert_int_equal(i.rm, 4);
	assert_false(i.memory);
	assert_int_equal(DECODE("\x44\x0f\x20\xc1", 8).reg, 8);
	assert_int_equal(DECODE("\xf0\x0f\x20\xc1", 4).reg, 8); /* the AMD way to CR8 */
}

static void rex_counts_only_before_the_opcode(void **state)
{
	assert_int_equal(DECODE("\x48\x66\x8b\x07", 8).width, 2);
	assert_int_equal(DECODE("\x66\x48\x8b\x07", 8).width, 8);
	assert_int_equal(DECODE("\x44\x40\x8b\x07", 8).reg, 0);
}

static void the_last_of_several_prefixes_counts(void **state)
{
	struct insn i = DECODE("\xf2\xf3\x64\x65\xa4", 8);

	assert_true(i.rep);
	assert_false(i.repne);
	assert_int_equal(i.seg, SEG_GS);
	/* The four without a base in 64-bit mode change nothing. */
	assert_int_equal(DECODE("\x65\x3e\xa4", 8).seg, SEG_GS);
	assert_int_equal(DECODE("\x65\x2e\xa4", 4).seg, SEG_CS);
}

/* On each binutils: the refused, and their neighbours that are not. */
static void what_guests_do_not_have_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		u8 mode;
	} refused[] = {
		{ "\xd5\x18\x8b\x00", 8 },	   /* {rex2} mov */
		{ "\x66\xd5\x18\x8b\x00", 8 },	   /* the same after a prefix */
		{ "\x62\xf4\x7c\x18\x01\x00", 8 }, /* {evex} add */
		{ "\xc5\xf8\x58\x00", 8 },	   /* vaddps */
		{ "\xc5\xf8\x58\x00", 4 },	   /* the same */
		{ "\xc5\xf8\x28\xc1", 8 },	   /* vmovaps between registers */
		{ "\xc5\xf0\x28\x00", 8 },	   /* with a register too many */
		{ "\x66\xc5\xf8\x28\x00", 8 },	   /* with a prefix */
		{ "\x48\xc5\xf8\x28\x00", 8 },	   /* with REX */
		{ "\xc5\xfc\xd6\x00", 8 },	   /* vmovq of 256 bits */
		{ "\x8f\xe8\x78\xc0\x00\x00", 8 }, /* vprotb, of XOP */
		{ "\x8f\xe8\x78\xc0\x00\x00", 4 }, /* the same */
		{ "\xf3\x0f\xa7\xf8", 2 },	   /* xrng2 */
		{ "\xf3\x0f\xa6\xe8", 8 },	   /* ccs_hash */
		{ "\x66\x0f\xc3\x01", 8 },	   /* movnti with a prefix */
		{ "\xf3\x0f\xc3\x01", 4 },	   /* the same */
	};
	struct insn i;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(refused); n++) {
		u8 b[INSN_MAX] = { 0 };

		memcpy(b, refused[n].bytes, strlen(refused[n].bytes));
		assert_int_equal(insn_decode(&i, b, sizeof(b), refused[n].mode), -EINVAL);
	}
	(void)DECODE("\xd5\x0a", 4);	 /* aad */
	(void)DECODE("\x62\x00", 4);	 /* bound */
	(void)DECODE("\xc5\x00", 4);	 /* lds */
	(void)DECODE("\x8f\x40\x08", 8); /* pop 8(%rax) */
}

static void rbp_and_rsp_are_of_the_stack_segment(void **state)
{
	assert_int_equal(DECODE("\x8b\x45\x00", 4).seg, SEG_SS);
	assert_int_equal(DECODE("\x8b\x04\x24", 4).seg, SEG_SS);
	assert_int_equal(DECODE("\x8b\x46\x00", 2).seg, SEG_SS);
	assert_int_equal(DECODE("\x8b\x05\x00\x00\x00\x00", 4).seg, SEG_DS);
	assert_int_equal(DECODE("\x41\x8b\x45\x00", 8).seg, SEG_DS);
	assert_int_equal(DECODE("\x3e\x8b\x45\x00", 4).seg, SEG_DS);
}

static void an_absolute_offset_may_have_64_bits(void **state)
{
	struct insn i = DECODE("\xa1\x20\x00\xe0\xfe\x00\x00\x00\x80", 8);

	assert_true(i.disp == 0x80000000fee00020);
	assert_true(i.memory);
	i = DECODE("\x67\xa1\x20\x00\xe0\xfe", 8);
	assert_true((i.disp & 0xffffffff) == 0xfee00020);
}

static void what_is_cut_short_is_told(void **state)
{
	static const u8 whole[] = { 0x66, 0x81, 0x84, 0x8b, 0x78, 0x56, 0x34, 0x12, 0xcd, 0xab };
	struct insn i;
	unsigned int n;

	for (n = 0; n < sizeof(whole); n++)
		assert_int_equal(insn_decode(&i, whole, n, 8), -E2BIG);
	assert_int_equal(insn_decode(&i, whole, n, 8), 0);
	assert_int_equal(i.length, sizeof(whole));
}

static void more_than_15_bytes_are_none(void **state)
{
	u8 b[32];
	struct insn i;

	memset(b, 0x66, sizeof(b));
	assert_int_equal(insn_decode(&i, b, sizeof(b), 8), -EINVAL);
	b[14] = 0x90;
	assert_int_equal(insn_decode(&i, b, sizeof(b), 8), 0);
	b[14] = 0xeb;
	assert_int_equal(insn_decode(&i, b, sizeof(b), 8), -EINVAL);
}

/* ASan sees a look at a byte that is not there. */
static void random_bytes_are_never_read_past_their_end(void **state)
{
	static const u8 modes[] = { 2, 4, 8 };
	u64 seed = shim_seed(1);
	unsigned int n;

	for (n = 0; n < 2000000; n++) {
		u64 r = shim_random(&seed);
		unsigned int len = r % 18, k;
		u8 *b = malloc(len ? len : 1);
		struct insn i;
		int err;

		for (k = 0; k < len; k++)
			b[k] = shim_random(&seed) % 4 ? (u8)shim_random(&seed) : 0x66;
		err = insn_decode(&i, b, len, modes[n % 3]);
		assert_true(err == 0 || err == -E2BIG || err == -EINVAL);
		if (!err) {
			assert_in_range(i.length, 1, min(len, 15u));
			assert_true(i.op < NR_INSN_OPS);
			assert_true(i.width == 1 || i.width == 2 || i.width == 4 || i.width == 8 ||
				    i.width == 16 || i.width == 32);
			assert_true(i.reg < 16 && i.seg < NR_SEGS && i.scale < 4);
			assert_true(i.base < 16 || i.base >= INSN_RIP_REL);
			assert_true(i.index < 16 || i.index == INSN_NO_REG);
		}
		free(b);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_64_bit_mode),
		cmocka_unit_test(all_of_32_bit_mode),
		cmocka_unit_test(all_of_16_bit_mode),
		cmocka_unit_test(all_with_rex),
		cmocka_unit_test(all_with_sizes_changed),
		cmocka_unit_test(all_with_repeat_and_segments),
		cmocka_unit_test(all_moves_of_vectors),
		cmocka_unit_test(what_exits_has_a_length),
		cmocka_unit_test(moves_of_control_registers_have_no_memory_operand),
		cmocka_unit_test(rex_counts_only_before_the_opcode),
		cmocka_unit_test(the_last_of_several_prefixes_counts),
		cmocka_unit_test(what_guests_do_not_have_is_refused),
		cmocka_unit_test(rbp_and_rsp_are_of_the_stack_segment),
		cmocka_unit_test(an_absolute_offset_may_have_64_bits),
		cmocka_unit_test(what_is_cut_short_is_told),
		cmocka_unit_test(more_than_15_bytes_are_none),
		cmocka_unit_test(random_bytes_are_never_read_past_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
