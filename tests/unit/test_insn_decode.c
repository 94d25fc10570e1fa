// SPDX-License-Identifier: Apache-2.0
/* Decoding of x86 instructions that were chosen by hand, or drawn at random. */
/* links: arch/x86_64/virt/emulate/insn_decode.c arch/x86_64/virt/emulate/insn_group.c arch/x86_64/virt/emulate/insn_table.c */
/* flags: -I$(root)/arch/x86_64/include */
#include <asm/emulate.h>
#include <lodge/errno.h>
#include <shim.h>

#include "insn_check.h"

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
		{ "\xf0\x8b\x00", 8 },		   /* lock mov */
		{ "\xf0\x0f\xa2", 8 },		   /* lock cpuid */
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
		if (!err)
			check_decoded(&i, len);
		free(b);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
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
