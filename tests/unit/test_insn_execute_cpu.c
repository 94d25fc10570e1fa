// SPDX-License-Identifier: Apache-2.0
/* Executing x86 instructions against the processor that runs the test, where it is one of these. */
/* links: arch/x86_64/virt/emulate/insn_decode.c arch/x86_64/virt/emulate/insn_table.c arch/x86_64/virt/emulate/insn_execute.c */
/* links: arch/x86_64/virt/emulate/insn_operand.c arch/x86_64/virt/emulate/insn_string.c arch/x86_64/virt/emulate/insn_group.c */
/* links: arch/x86_64/virt/emulate/insn_math.c arch/x86_64/virt/emulate/insn_stack.c arch/x86_64/virt/emulate/insn_vector.c */
/* flags: -I$(root)/arch/x86_64/include */
#include "emul_fixture.h"

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
	while (rc == EMUL_PART);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_the_processor_does),
		cmocka_unit_test(strings_do_what_the_processor_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
