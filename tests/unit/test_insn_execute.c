// SPDX-License-Identifier: Apache-2.0
/*
 * Executing x86 instructions: against the processor that runs the test where that is one of
 * these, and by hand.
 */
/* links: arch/x86_64/virt/insn_decode.c arch/x86_64/virt/insn_table.c arch/x86_64/virt/insn_execute.c */
/* links: arch/x86_64/virt/insn_operand.c arch/x86_64/virt/insn_string.c arch/x86_64/virt/insn_group.c */
/* links: arch/x86_64/virt/insn_math.c arch/x86_64/virt/insn_stack.c arch/x86_64/virt/insn_vector.c */
/* flags: -I$(root)/arch/x86_64/include */
#include "emul_fixture.h"

/* ---- against the processor ---- */

#ifdef __x86_64__
#include <sys/mman.h>

/* Registers, RSP apart, and flags: in, and out again. */
u64 jit_state[17];
u64 jit_code;
void jit_run(void);

__asm__(".pushsection .text\n"
	".macro jit_one load, reg, n\n"
	".if \\load\n"
	"	mov jit_state + 8 * \\n(%rip), %\\reg\n"
	".else\n"
	"	mov %\\reg, jit_state + 8 * \\n(%rip)\n"
	".endif\n"
	".endm\n"
	".macro jit_all load\n"
	"	jit_one \\load, rax, 0\n	jit_one \\load, rcx, 1\n"
	"	jit_one \\load, rdx, 2\n	jit_one \\load, rbx, 3\n"
	"	jit_one \\load, rbp, 5\n	jit_one \\load, rsi, 6\n"
	"	jit_one \\load, rdi, 7\n	jit_one \\load, r8, 8\n"
	"	jit_one \\load, r9, 9\n		jit_one \\load, r10, 10\n"
	"	jit_one \\load, r11, 11\n	jit_one \\load, r12, 12\n"
	"	jit_one \\load, r13, 13\n	jit_one \\load, r14, 14\n"
	"	jit_one \\load, r15, 15\n"
	".endm\n"
	".globl jit_run\n"
	"jit_run:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	pushq jit_state + 8 * 16(%rip)\n"
	"	popfq\n"
	"	jit_all 1\n"
	"	jmp *jit_code(%rip)\n"
	".globl jit_back\n"
	"jit_back:\n"
	"	jit_all 0\n"
	"	pushfq\n"
	"	popq jit_state + 8 * 16(%rip)\n"
	"	cld\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	ret\n"
	".popsection\n");

extern const char jit_back[];

/* Runs the @n bytes at @insn on the processor, with registers and flags of jit_state[]. */
static void on_the_processor(const u8 *insn, unsigned int n)
{
	static u8 *page;
	u64 back = (u64)jit_back;

	if (!page)
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(page != MAP_FAILED);
	memcpy(page, insn, n);
	memcpy(page + n, "\xff\x25\x00\x00\x00\x00", 6); /* jmp *0(%rip) */
	memcpy(page + n + 6, &back, 8);
	jit_code = (u64)page;
	jit_run();
}

static bool is_bit_op(u8 op)
{
	return op >= INSN_BT && op <= INSN_BTC;
}

static unsigned int count_of(const struct machine *m, const struct insn *i)
{
	u64 n = i->form == FORM_MC || i->form == FORM_MRC ? m->gpr[GPR_RCX] : i->imm;

	return n & (i->width == 8 ? 63 : 31);
}

/* The flags that an operation defines, @count being that of a shift. */
static u64 defined_flags(const struct insn *i, unsigned int count)
{
	switch (i->op) {
	case INSN_ROL ... INSN_RCR:
		return X86_FLAGS_ARITH & ~(count > 1 ? X86_FLAG_OF : 0);
	case INSN_SHL ... INSN_SAR:
	case INSN_SHLD:
	case INSN_SHRD:
		if (!count)
			return X86_FLAGS_ARITH;
		return X86_FLAGS_ARITH & ~(X86_FLAG_AF | (count > 1 ? X86_FLAG_OF : 0) |
					   (count >= 8u * i->width ? X86_FLAG_CF : 0));
	case INSN_MUL:
	case INSN_IMUL_WIDE:
	case INSN_IMUL:
		return X86_FLAG_CF | X86_FLAG_OF;
	case INSN_DIV:
	case INSN_IDIV:
		return 0;
	case INSN_BSF:
	case INSN_BSR:
		return X86_FLAG_ZF;
	case INSN_TZCNT:
	case INSN_LZCNT:
		return X86_FLAG_ZF | X86_FLAG_CF;
	case INSN_AND:
	case INSN_OR:
	case INSN_XOR:
	case INSN_TEST:
		return X86_FLAGS_ARITH & ~X86_FLAG_AF;
	case INSN_BT:
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		return X86_FLAG_CF | X86_FLAG_ZF;
	}
	return X86_FLAGS_ARITH;
}

/* Random registers, with those of the address such that it is within the window. */
static bool aim(struct machine *m, const struct insn *i, u64 *seed)
{
	u64 target = (u64)window + 1024 + shim_random(seed) % 2048, addr;
	unsigned int k;

	if (i->base >= NR_GPRS || i->base == i->index || i->base == GPR_RSP ||
	    i->index == GPR_RSP || i->reg == GPR_RSP || i->addr_width != 8 || i->seg >= SEG_FS)
		return false;
	for (k = 0; k < NR_GPRS; k++)
		m->gpr[k] = shim_random(seed) >> (shim_random(seed) % 4 * 16);
	if (is_bit_op(i->op)) {
		if (i->reg == i->base || i->reg == i->index)
			return false;
		m->gpr[i->reg] = shim_random(seed) % 4096 - 2048;
	}
	addr = i->disp + (i->index < NR_GPRS ? m->gpr[i->index] << i->scale : 0);
	m->gpr[i->base] = target - addr;
	return true;
}

/* Whether this is for the processor that runs the test, and one whose operands jit_run() has. */
static bool can_compare(const struct insn *i)
{
	if (!i->memory || i->op == INSN_OTHER || i->op > INSN_CMPXCHG_PAIR || i->lock || i->repne)
		return false;
	if (i->form >= FORM_AI && i->form < FORM_M1)
		return false;
	switch (i->op) {
	case INSN_TZCNT:
		return __builtin_cpu_supports("bmi");
	case INSN_LZCNT:
		return __builtin_cpu_supports("lzcnt");
	case INSN_POPCNT:
		return __builtin_cpu_supports("popcnt");
	}
	return !i->rep;
}

/* What has no result that is defined. */
static bool is_vague(const struct machine *m, const struct insn *i)
{
	if (i->op == INSN_SHLD || i->op == INSN_SHRD)
		return count_of(m, i) > 8u * i->width;
	return (i->op == INSN_BSF || i->op == INSN_BSR) && m->e.rflags & X86_FLAG_ZF;
}

static unsigned int tried[NR_INSN_OPS];

/* One random instruction that both can execute; false if the bytes are none. */
static bool compare_one(u64 *seed)
{
	static u8 before[WINDOW], after[WINDOW];
	u64 random = X86_FLAGS_ARITH & shim_random(seed);
	unsigned int k, count;
	struct machine m;
	struct insn i;
	u64 gpr[NR_GPRS];
	u8 b[16];

	for (k = 0; k < sizeof(b); k++)
		b[k] = (u8)shim_random(seed);
	k = shim_random(seed) % 8;
	if (k < 3)
		b[0] = k == 0 ? 0x66 : 0x40 | (b[0] & 15);
	if (shim_random(seed) % 2)
		b[k < 3] = 0x0f;
	if (insn_decode(&i, b, sizeof(b), 8) || !can_compare(&i))
		return false;
	machine_init(&m, 8);
	if (!aim(&m, &i, seed))
		return false;
	if (i.op == INSN_CMPXCHG && k % 2 && i.base && i.index)
		m.gpr[0] = 0; /* equal, sometimes */
	else if (i.op == INSN_CMPXCHG_PAIR && k % 2 && i.base && i.index && i.base != 2 &&
		 i.index != 2)
		m.gpr[0] = m.gpr[2] = 0;
	else
		for (k = 0; k < WINDOW; k++)
			window[k] = (u8)shim_random(seed);
	if ((i.op == INSN_DIV || i.op == INSN_IDIV) && i.base != 2 && i.index != 2)
		m.gpr[2] = shim_random(seed) % 4 - 2; /* else most don't fit */
	memcpy(before, window, WINDOW);
	memcpy(gpr, m.gpr, sizeof(gpr));
	m.e.rflags = X86_FLAG_ONE | X86_FLAG_IF | random;
	count = count_of(&m, &i);
	k = emul_execute(&m.e, &i);
	/* A division that does not fit, and 16 bytes that are not aligned. */
	if (k == EMUL_FAULT && (m.e.fault.vector == X86_DE || m.e.fault.vector == X86_GP)) {
		assert_memory_equal(gpr, m.gpr, sizeof(gpr));
		return false;
	}
	assert_int_equal(k, EMUL_DONE);
	memcpy(after, window, WINDOW);
	if (is_vague(&m, &i))
		return false;

	memcpy(window, before, WINDOW);
	memcpy(jit_state, gpr, sizeof(gpr));
	jit_state[16] = X86_FLAG_ONE | X86_FLAG_IF | random;
	on_the_processor(b, i.length);
	if (memcmp(window, after, WINDOW))
		fail_msg("%02x %02x %02x %02x: memory", b[0], b[1], b[2], b[3]);
	assert_int_equal(m.e.rip, 0x1000 + i.length);
	for (k = 0; k < NR_GPRS; k++)
		if (k != GPR_RSP && m.gpr[k] != jit_state[k])
			fail_msg("%02x %02x %02x %02x: register %u is %llx, not %llx", b[0], b[1],
				 b[2], b[3], k, (unsigned long long)m.gpr[k],
				 (unsigned long long)jit_state[k]);
	if ((m.e.rflags ^ jit_state[16]) & defined_flags(&i, count))
		fail_msg("%02x %02x %02x %02x: flags %llx, not %llx", b[0], b[1], b[2], b[3],
			 (unsigned long long)m.e.rflags, (unsigned long long)jit_state[16]);
	tried[i.op]++;
	return true;
}

static void does_what_the_processor_does(void **state)
{
	u64 seed = shim_seed(4);
	unsigned int n = 0;

	while (n < 60000)
		n += compare_one(&seed);
	for (n = 0; n <= INSN_CMPXCHG_PAIR; n++)
		if (n != INSN_OTHER && n != INSN_MOVBE && (n < INSN_TZCNT || n > INSN_POPCNT) &&
		    tried[n] < 10)
			fail_msg("operation %u was tried %u times", n, tried[n]);
}

/* Strings, in both directions, with and without repeat prefixes. */
static void compare_string(const u8 *insn, unsigned int n, u64 *seed)
{
	static u8 before[WINDOW], after[WINDOW];
	u64 flags = X86_FLAG_ONE | X86_FLAG_IF | (shim_random(seed) & X86_FLAG_DF);
	struct machine m;
	struct insn i;
	unsigned int k;
	int rc;

	assert_int_equal(insn_decode(&i, insn, n, 8), 0);
	machine_init(&m, 8);
	for (k = 0; k < WINDOW; k++)
		window[k] = shim_random(seed) % 8 == 0;
	for (k = 0; k < NR_GPRS; k++)
		m.gpr[k] = shim_random(seed);
	m.gpr[GPR_RSI] = (u64)window + 1500 + shim_random(seed) % 100;
	m.gpr[GPR_RDI] = (u64)window + 1500 + shim_random(seed) % 1000;
	m.gpr[GPR_RCX] = shim_random(seed) % 100;
	m.gpr[GPR_RAX] = shim_random(seed) % 2;
	memcpy(before, window, WINDOW);
	memcpy(jit_state, m.gpr, sizeof(m.gpr));
	jit_state[16] = flags;
	on_the_processor(insn, n);
	memcpy(after, window, WINDOW);
	memcpy(window, before, WINDOW);
	m.e.rflags = flags;
	do
		rc = emul_execute(&m.e, &i);
	while (rc == EMUL_AGAIN);
	assert_int_equal(rc, EMUL_DONE);
	assert_memory_equal(window, after, WINDOW);
	for (k = 0; k < NR_GPRS; k++)
		if (k != GPR_RSP)
			assert_int_equal(m.gpr[k], jit_state[k]);
	assert_int_equal(m.e.rflags & X86_FLAGS_ARITH, jit_state[16] & X86_FLAGS_ARITH);
}

static void strings_do_what_the_processor_does(void **state)
{
	static const u8 ops_of[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf };
	static const u8 prefix[][2] = { { 0x90, 0 }, { 0xf3, 1 }, { 0xf2, 1 } };
	u64 seed = shim_seed(6);
	unsigned int round;

	for (round = 0; round < 20000; round++) {
		const u8 *p = prefix[shim_random(&seed) % 3];
		unsigned int n = 0;
		u8 b[4];

		if (shim_random(&seed) % 4 == 0)
			b[n++] = 0x66;
		if (p[1])
			b[n++] = p[0];
		if (shim_random(&seed) % 4 == 0)
			b[n++] = 0x48;
		b[n++] = ops_of[shim_random(&seed) % ARRAY_SIZE(ops_of)];
		compare_string(b, n, &seed);
	}
}
#else
static void does_what_the_processor_does(void **state)
{
	skip();
}

static void strings_do_what_the_processor_does(void **state)
{
	skip();
}
#endif

/* ---- by hand ---- */

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
		assert_int_equal(m.e.rip, rc == EMUL_AGAIN ? 0x1000 : 0x1002);
	} while (rc == EMUL_AGAIN);
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
	while (rc == EMUL_AGAIN);
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
	while (rc == EMUL_AGAIN);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_the_processor_does),
		cmocka_unit_test(strings_do_what_the_processor_does),
		cmocka_unit_test(a_load_of_32_bits_clears_the_upper_half),
		cmocka_unit_test(absolute_offsets_and_movbe),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
