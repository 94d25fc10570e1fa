// SPDX-License-Identifier: Apache-2.0
/* Executing x86 instructions that were chosen by hand, or drawn at random. */
/* links: arch/x86_64/virt/emulate/insn_decode.c arch/x86_64/virt/emulate/insn_table.c arch/x86_64/virt/emulate/insn_execute.c */
/* links: arch/x86_64/virt/emulate/insn_operand.c arch/x86_64/virt/emulate/insn_string.c arch/x86_64/virt/emulate/insn_group.c */
/* links: arch/x86_64/virt/emulate/insn_math.c arch/x86_64/virt/emulate/insn_stack.c arch/x86_64/virt/emulate/insn_vector.c */
/* flags: -I$(root)/arch/x86_64/include */
#include "emul_fixture.h"

static void a_load_of_32_bits_clears_the_upper_half(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	memset(window, 0x80, 8);
	m.gpr[GPR_RAX] = m.gpr[GPR_RCX] = m.gpr[GPR_RDX] = ~(u64)0;
	m.gpr[GPR_RDI] = (u64)window;
	assert_int_equal(RUN(&m, "\x8b\x07"), EMUL_DONE); /* mov (%rdi), %eax */
	assert_int_equal(m.gpr[GPR_RAX], 0x80808080);
	assert_int_equal(RUN(&m, "\x66\x8b\x0f"), EMUL_DONE); /* mov (%rdi), %cx */
	assert_true(m.gpr[GPR_RCX] == 0xffffffffffff8080);
	assert_int_equal(RUN(&m, "\x8a\x37"), EMUL_DONE); /* mov (%rdi), %dh */
	assert_true(m.gpr[GPR_RDX] == 0xffffffffffff80ff);
	assert_int_equal(m.e.rip, 0x1000 + 2 + 3 + 2);
}

static void absolute_offsets_and_movbe(void **state)
{
	struct machine m;
	char b[9] = "\xa3";
	u64 at = (u64)window;

	machine_init(&m, 8);
	m.gpr[GPR_RAX] = 0x11223344;
	memcpy(b + 1, &at, 8);
	assert_int_equal(run(&m, b, 9), EMUL_DONE);
	assert_int_equal(window[0], 0x44);
	b[0] = '\xa0';
	m.gpr[GPR_RAX] = 0xff00;
	assert_int_equal(run(&m, b, 9), EMUL_DONE);
	assert_int_equal(m.gpr[GPR_RAX], 0xff44);
	m.gpr[GPR_RDI] = at;
	assert_int_equal(RUN(&m, "\x0f\x38\xf0\x07"), EMUL_DONE);
	assert_int_equal(m.gpr[GPR_RAX], 0x44332211);
}

static void movbe_stores_the_other_way_round(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	m.gpr[GPR_RDI] = (u64)window;
	m.gpr[GPR_RAX] = 0x1122334455667788;
	assert_int_equal(RUN(&m, "\x48\x0f\x38\xf1\x07"), EMUL_DONE);
	assert_memory_equal(window, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	assert_int_equal(RUN(&m, "\x66\x0f\x38\xf1\x07"), EMUL_DONE);
	assert_memory_equal(window, "\x77\x88\x33", 3);
	/* With F2 it is CRC32, which is not emulated. */
	assert_int_equal(RUN(&m, "\xf2\x0f\x38\xf1\x07"), -EOPNOTSUPP);
}

/* Not all processors have them, so that the test on the processor leaves them out. */
static void bits_are_counted_and_found(void **state)
{
	static const struct {
		u64 src;
		u8 width, ones, trailing, leading;
	} cases[] = {
		{ 0, 2, 0, 16, 16 },
		{ 0, 4, 0, 32, 32 },
		{ 0, 8, 0, 64, 64 },
		{ 1, 4, 1, 0, 31 },
		{ 0x8000, 2, 1, 15, 0 },
		{ 0x8000, 4, 1, 15, 16 },
		{ 0xf0f0f00000, 8, 12, 20, 24 },
		{ ~(u64)0, 2, 16, 0, 0 },
		{ ~(u64)0, 4, 32, 0, 0 },
		{ ~(u64)0, 8, 64, 0, 0 },
	};
	static const u8 second[] = { 0xb8, 0xbc, 0xbd };
	unsigned int i, op;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const u8 results[] = { cases[i].ones, cases[i].trailing, cases[i].leading };

		for (op = 0; op < 3; op++) {
			/* popcnt, tzcnt, lzcnt (%rdi), %rax */
			char b[7] = { '\x66', '\xf3', '\x48', '\x0f', (char)second[op], '\x07' };
			unsigned int first = cases[i].width == 2 ? 0 : 1;
			u64 flags = results[op] ? 0 : X86_FLAG_ZF, seen;
			struct machine m;

			if (cases[i].width != 8) /* without REX.W */
				memmove(b + 2, b + 3, 4);
			machine_init(&m, 8);
			memcpy(window, &cases[i].src, 8);
			m.gpr[GPR_RDI] = (u64)window;
			m.gpr[GPR_RAX] = 0;
			m.e.rflags |= X86_FLAGS_ARITH;
			assert_int_equal(run(&m, b + first, (cases[i].width == 8 ? 6 : 5) - first),
					 EMUL_DONE);
			assert_int_equal(m.gpr[GPR_RAX], results[op]);
			if (op)
				flags |= cases[i].src ? 0 : X86_FLAG_CF;
			/* POPCNT clears the others, which the two leave undefined. */
			seen = op ? X86_FLAG_ZF | X86_FLAG_CF : X86_FLAGS_ARITH;
			assert_true((m.e.rflags & seen) == flags);
		}
	}
}

/* A guest that asks for a lot gets it in pieces, with its registers as if interrupted. */
static void a_long_repeat_is_done_in_pieces(void **state)
{
	struct machine m;
	unsigned int left = 300, rounds = 0;
	int rc;

	machine_init(&m, 8);
	m.gpr[GPR_RDI] = (u64)window;
	m.gpr[GPR_RCX] = left;
	m.gpr[GPR_RAX] = 0x5a;
	do {
		rc = RUN(&m, "\xf3\xaa");
		left -= min(left, EMUL_STRING_MAX + 0u);
		assert_int_equal(m.gpr[GPR_RCX], left);
		assert_int_equal(m.gpr[GPR_RDI], (u64)window + 300 - left);
		rounds++;
		assert_int_equal(m.e.rip, rc == EMUL_PART ? 0x1000 : 0x1002);
	} while (rc == EMUL_PART);
	assert_int_equal(rc, EMUL_DONE);
	assert_int_equal(rounds, (300 + EMUL_STRING_MAX - 1) / EMUL_STRING_MAX);
	assert_int_equal(window[299], 0x5a);
	assert_int_equal(window[300], 0);
}

static void nothing_is_done_zero_times(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	assert_int_equal(RUN(&m, "\xf3\xa4"), EMUL_DONE);
	assert_int_equal(accesses, 0);
	assert_int_equal(m.e.rip, 0x1002);
	m.gpr[GPR_RCX] = 0x100000000; /* with 67, only ECX counts */
	assert_int_equal(RUN(&m, "\x67\xf3\xa4"), EMUL_DONE);
	assert_int_equal(accesses, 0);
}

static void a_fault_within_a_repeat_keeps_what_was_done(void **state)
{
	struct machine m;
	int rc;

	machine_init(&m, 8);
	fault_from = (u64)window + 10;
	m.gpr[GPR_RDI] = (u64)window;
	m.gpr[GPR_RCX] = 20;
	m.gpr[GPR_RAX] = 1;
	do
		rc = RUN(&m, "\xf3\xaa");
	while (rc == EMUL_PART);
	assert_int_equal(rc, EMUL_FAULT);
	assert_int_equal(m.e.fault.vector, X86_PF);
	assert_true(m.e.fault.addr == (u64)window + 10);
	assert_int_equal(m.gpr[GPR_RCX], 10);
	assert_int_equal(m.gpr[GPR_RDI], (u64)window + 10);
	assert_int_equal(m.e.rip, 0x1000);
}

/* The source may be a FIFO: it must not be read for a store that then fails. */
static void movs_looks_at_its_destination_first(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	fault_from = (u64)window + 100;
	m.gpr[GPR_RSI] = (u64)window;
	m.gpr[GPR_RDI] = (u64)window + 100;
	assert_int_equal(RUN(&m, "\xa4"), EMUL_FAULT);
	assert_int_equal(accesses, 1);
	assert_true(m.gpr[GPR_RSI] == (u64)window);
}

static void a_fault_changes_nothing(void **state)
{
	static const char insns[][3] = { "\x01\x07", "\x87\x07", "\x89\x07", "\x8b\x07",
					 "\x3b\x07" };
	struct machine m;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		machine_init(&m, 8);
		fault_from = 0;
		m.gpr[GPR_RDI] = (u64)window;
		m.gpr[GPR_RAX] = 7;
		assert_int_equal(run(&m, insns[i], 2), EMUL_FAULT);
		assert_int_equal(m.gpr[GPR_RAX], 7);
		assert_int_equal(m.e.rip, 0x1000);
		assert_int_equal(m.e.rflags, X86_FLAG_ONE);
	}
}

static void ports_move_strings(void **state)
{
	struct machine m;
	int rc;

	machine_init(&m, 8);
	memcpy(window, "abcd", 4);
	m.gpr[GPR_RSI] = (u64)window;
	m.gpr[GPR_RCX] = 4;
	m.gpr[GPR_RDX] = 0x3f8;
	port_written = 0;
	do
		rc = RUN(&m, "\xf3\x6e");
	while (rc == EMUL_PART);
	assert_int_equal(rc, EMUL_DONE);
	assert_int_equal(port_written, 0x61626364);
	assert_int_equal(port_number, 0x3f8);
	m.gpr[GPR_RDI] = (u64)window + 8;
	assert_int_equal(RUN(&m, "\x6d"), EMUL_DONE);
	assert_memory_equal(window + 8, "\x88\x77\x66\x55", 5);
}

static void segments_have_limits_and_types_outside_64_bit_mode(void **state)
{
	struct machine m;

	machine_init(&m, 4);
	m.seg[SEG_DS].limit = 0xfff;
	m.gpr[GPR_RDI] = 0xffd;
	assert_int_equal(RUN(&m, "\x8b\x07"), EMUL_FAULT); /* 4 bytes, one beyond */
	assert_int_equal(m.e.fault.vector, X86_GP);
	assert_true(m.e.fault.has_error);
	m.seg[SEG_SS].limit = 0xfff;
	m.gpr[GPR_RBP] = 0x1000;
	assert_int_equal(RUN(&m, "\x8b\x45\x00"), EMUL_FAULT);
	assert_int_equal(m.e.fault.vector, X86_SS);
	m.gpr[GPR_RDI] = 0;
	m.seg[SEG_DS].attrib = 0x91; /* read-only data */
	assert_int_equal(RUN(&m, "\x89\x07"), EMUL_FAULT);
	m.seg[SEG_DS].attrib = 0x97; /* expand-down: below the limit is outside */
	assert_int_equal(RUN(&m, "\x8b\x07"), EMUL_FAULT);
	m.seg[SEG_CS].attrib = 0x9b; /* code is never written */
	assert_int_equal(RUN(&m, "\x2e\x89\x07"), EMUL_FAULT);
	assert_int_equal(accesses, 0);
}

static void addresses_must_be_canonical(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	m.gpr[GPR_RDI] = (u64)1 << 47;
	assert_int_equal(RUN(&m, "\x8b\x07"), EMUL_FAULT);
	assert_int_equal(m.e.fault.vector, X86_GP);
	m.gpr[GPR_RBP] = ((u64)1 << 47) - 2; /* its last bytes are not */
	assert_int_equal(RUN(&m, "\x8b\x45\x00"), EMUL_FAULT);
	assert_int_equal(m.e.fault.vector, X86_SS);
	assert_int_equal(accesses, 0);
}

static void what_is_not_emulated_is_told(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	m.gpr[GPR_RDI] = (u64)window;
	assert_int_equal(RUN(&m, "\x0f\x58\x07"), -EOPNOTSUPP); /* addps */
	assert_int_equal(RUN(&m, "\xd9\x07"), -EOPNOTSUPP);	/* flds */
	assert_int_equal(RUN(&m, "\x0f\x01\x37"), -EOPNOTSUPP); /* lmsw */
	assert_int_equal(RUN(&m, "\xff\x2f"), -EOPNOTSUPP);	/* a far jump */
	assert_int_equal(RUN(&m, "\x8e\x1f"), -EOPNOTSUPP);	/* mov to ds */
	assert_int_equal(RUN(&m, "\x0f\xa2"), -EOPNOTSUPP);	/* cpuid */
	assert_int_equal(RUN(&m, "\x89\xc3"), -EOPNOTSUPP);	/* registers only */
	assert_int_equal(m.e.rip, 0x1000);
	assert_int_equal(accesses, 0);
}

/* Whatever the bytes and registers are: no access but through the callbacks, no long loop. */
static void random_instructions_stay_within_bounds(void **state)
{
	static const u8 modes[] = { 2, 4, 8 };
	u64 seed = shim_seed(8);
	unsigned int n, k;

	for (n = 0; n < 500000; n++) {
		unsigned int mode = modes[n % 3];
		struct machine m;
		struct insn i;
		u8 b[15];
		int rc;

		for (k = 0; k < sizeof(b); k++)
			b[k] = (u8)shim_random(&seed);
		if (insn_decode(&i, b, sizeof(b), mode))
			continue;
		machine_init(&m, mode);
		m.e.ops = &any;
		m.e.rflags |= shim_random(&seed) & (X86_FLAGS_ARITH | X86_FLAG_DF);
		for (k = 0; k < NR_GPRS; k++)
			m.gpr[k] = shim_random(&seed) >> (shim_random(&seed) % 64);
		rc = emul_execute(&m.e, &i);
		assert_true(rc == -EOPNOTSUPP || (rc >= EMUL_DONE && rc <= EMUL_FAULT));
		assert_true(accesses <= 3 * EMUL_STRING_MAX + 5);
		if (rc != EMUL_DONE)
			assert_int_equal(m.e.rip, 0x1000);
	}
}

/* Another CPU took the right to write away, after what is there has been read. */
static int write_faults(struct emul *e, u64 addr, unsigned int width, u64 val)
{
	return fault(e, addr);
}

static void what_can_not_be_stored_changes_nothing(void **state)
{
	static const char *const insns[] = {
		"\xff\x07",	"\x01\x07",	"\x0f\xc1\x07", "\x87\x07",	"\x0f\xb1\x07",
		"\x0f\xc7\x0f", "\x0f\xab\x07", "\xc1\x27\x03", "\x0f\xa5\x07", "\x0f\xc7\x4f\x08",
	};
	struct emul_ops fails = ops;
	unsigned int k;

	fails.write = write_faults;
	for (k = 0; k < ARRAY_SIZE(insns); k++) {
		struct machine m, before;

		machine_init(&m, 8);
		m.e.ops = &fails;
		m.e.rflags |= X86_FLAG_ZF | X86_FLAG_CF;
		m.gpr[GPR_RDI] = (u64)window;
		m.gpr[GPR_RAX] = m.gpr[GPR_RCX] = 3;
		window[0] = 0x80; /* not what rAX has; at 8 it is what rDX has */
		before = m;
		assert_int_equal(run(&m, insns[k], strlen(insns[k])), EMUL_FAULT);
		assert_memory_equal(m.gpr, before.gpr, sizeof(m.gpr));
		assert_true(m.e.rflags == before.e.rflags && m.e.rip == before.e.rip);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_of_32_bits_clears_the_upper_half),
		cmocka_unit_test(absolute_offsets_and_movbe),
		cmocka_unit_test(movbe_stores_the_other_way_round),
		cmocka_unit_test(bits_are_counted_and_found),
		cmocka_unit_test(a_long_repeat_is_done_in_pieces),
		cmocka_unit_test(nothing_is_done_zero_times),
		cmocka_unit_test(a_fault_within_a_repeat_keeps_what_was_done),
		cmocka_unit_test(movs_looks_at_its_destination_first),
		cmocka_unit_test(a_fault_changes_nothing),
		cmocka_unit_test(ports_move_strings),
		cmocka_unit_test(segments_have_limits_and_types_outside_64_bit_mode),
		cmocka_unit_test(addresses_must_be_canonical),
		cmocka_unit_test(what_is_not_emulated_is_told),
		cmocka_unit_test(random_instructions_stay_within_bounds),
		cmocka_unit_test(what_can_not_be_stored_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
