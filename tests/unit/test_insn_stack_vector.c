// SPDX-License-Identifier: Apache-2.0
/* Executing x86 instructions that need a stack, vector registers or more state than others. */
/* links: arch/x86_64/virt/emulate/insn_decode.c arch/x86_64/virt/emulate/insn_table.c arch/x86_64/virt/emulate/insn_execute.c */
/* links: arch/x86_64/virt/emulate/insn_operand.c arch/x86_64/virt/emulate/insn_string.c arch/x86_64/virt/emulate/insn_group.c */
/* links: arch/x86_64/virt/emulate/insn_math.c arch/x86_64/virt/emulate/insn_stack.c arch/x86_64/virt/emulate/insn_vector.c */
/* flags: -I$(root)/arch/x86_64/include */
#include "emul_fixture.h"

/* ---- with a stack ---- */

static u64 get(u64 at)
{
	u64 v;

	memcpy(&v, (void *)at, 8);
	return v;
}

static void put(u64 at, u64 v)
{
	memcpy((void *)at, &v, 8);
}

static void pushes_and_pops(void **state)
{
	u64 sp = (u64)window + 512, at = (u64)window;
	struct machine m;

	machine_init(&m, 8);
	m.gpr[GPR_RSP] = sp;
	m.gpr[GPR_RDI] = at;
	m.gpr[GPR_RAX] = 0x1122334455667788;
	put(at, 0x0102030405060708);
	assert_int_equal(RUN(&m, "\xff\x37"), EMUL_DONE); /* push (%rdi) */
	assert_true(m.gpr[GPR_RSP] == sp - 8 && get(sp - 8) == 0x0102030405060708);
	assert_int_equal(RUN(&m, "\x50"), EMUL_DONE); /* push %rax */
	assert_true(m.gpr[GPR_RSP] == sp - 16 && get(sp - 16) == m.gpr[GPR_RAX]);
	assert_int_equal(RUN(&m, "\x54"), EMUL_DONE); /* push %rsp, as it was */
	assert_true(get(sp - 24) == sp - 16);
	assert_int_equal(RUN(&m, "\x6a\xff"), EMUL_DONE);
	assert_true(get(sp - 32) == ~(u64)0);
	assert_int_equal(RUN(&m, "\x66\x68\x34\x12"), EMUL_DONE); /* pushw */
	assert_true(m.gpr[GPR_RSP] == sp - 34 && *(u16 *)(sp - 34) == 0x1234);
	assert_int_equal(RUN(&m, "\x66\x41\x58"), EMUL_DONE); /* pop %r8w */
	assert_int_equal(m.gpr[8], 0x1234);
	assert_int_equal(RUN(&m, "\x8f\x47\x08"), EMUL_DONE); /* pop 8(%rdi) */
	assert_true(get(at + 8) == ~(u64)0 && m.gpr[GPR_RSP] == sp - 24);
	assert_int_equal(RUN(&m, "\x8f\x44\x24\x08"), EMUL_DONE); /* pop 8(%rsp), behind the pop */
	assert_true(m.gpr[GPR_RSP] == sp - 16 && get(sp - 8) == sp - 16);
	assert_int_equal(RUN(&m, "\x5c"), EMUL_DONE); /* pop %rsp */
	assert_true(m.gpr[GPR_RSP] == 0x1122334455667788);
	m.gpr[GPR_RBP] = at + 8;
	assert_int_equal(RUN(&m, "\xc9"), EMUL_DONE); /* leave */
	assert_true(m.gpr[GPR_RSP] == at + 16 && m.gpr[GPR_RBP] == ~(u64)0);
}

static void calls_and_returns(void **state)
{
	u64 sp = (u64)window + 512, at = (u64)window;
	struct machine m;

	machine_init(&m, 8);
	m.gpr[GPR_RSP] = sp;
	m.gpr[GPR_RDI] = at;
	put(at, 0x7fff00001234);
	assert_int_equal(RUN(&m, "\xff\x17"), EMUL_DONE); /* call *(%rdi) */
	assert_true(m.e.rip == 0x7fff00001234 && get(sp - 8) == 0x1002);
	assert_int_equal(RUN(&m, "\xc3"), EMUL_DONE);
	assert_true(m.e.rip == 0x1002 && m.gpr[GPR_RSP] == sp);
	assert_int_equal(RUN(&m, "\xe8\xf9\xff\xff\xff"), EMUL_DONE);
	assert_true(m.e.rip == 0x1000 && get(sp - 8) == 0x1007);
	assert_int_equal(RUN(&m, "\xc2\x20\x00"), EMUL_DONE); /* ret $32 */
	assert_true(m.e.rip == 0x1007 && m.gpr[GPR_RSP] == sp + 32);
	assert_int_equal(RUN(&m, "\xff\x27"), EMUL_DONE); /* jmp *(%rdi) */
	assert_true(m.e.rip == 0x7fff00001234 && m.gpr[GPR_RSP] == sp + 32);
	m.gpr[GPR_RAX] = 0x5000;
	assert_int_equal(RUN(&m, "\xff\xd0"), EMUL_DONE); /* call *%rax */
	assert_true(m.e.rip == 0x5000 && get(sp + 24) == 0x7fff00001236);
	/* What can't be gone to changes nothing. */
	put(at, (u64)1 << 47);
	assert_int_equal(RUN(&m, "\xff\x17"), EMUL_FAULT);
	assert_int_equal(m.e.fault.vector, X86_GP);
	assert_true(m.e.rip == 0x5000 && m.gpr[GPR_RSP] == sp + 24);
	put(sp + 24, (u64)1 << 63);
	assert_int_equal(RUN(&m, "\xc3"), EMUL_FAULT);
	assert_true(m.gpr[GPR_RSP] == sp + 24);
}

/* With 32 and 16 bits the stack has its own width of addresses, and the code a limit. */
static void stacks_of_fewer_bits(void **state)
{
	static const struct x86_seg flat = { .attrib = 0xc93, .limit = 0xffffffff };
	struct machine m;

	machine_init(&m, 4);
	m.seg[SEG_SS] = flat;
	m.seg[SEG_SS].attrib = 0x93; /* 16 bits */
	m.seg[SEG_CS].limit = 0xffff;
	m.gpr[GPR_RSP] = 0xdead0000;
	m.e.ops = &any;
	assert_int_equal(RUN(&m, "\x68\x78\x56\x34\x12"), EMUL_DONE); /* to ss:0xfffc */
	assert_int_equal(m.gpr[GPR_RSP], 0xdeadfffc);
	m.gpr[GPR_RAX] = 0x10000;
	assert_int_equal(RUN(&m, "\xff\xd0"), EMUL_FAULT); /* call *%eax */
	assert_int_equal(m.e.fault.vector, X86_GP);
	m.seg[SEG_SS].attrib = 0x91; /* read-only */
	assert_int_equal(RUN(&m, "\x50"), EMUL_FAULT);
	assert_int_equal(m.e.fault.vector, X86_SS);
	assert_int_equal(m.gpr[GPR_RSP], 0xdeadfffc);
}

static void a_push_looks_at_its_stack_first(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	fault_from = (u64)window + 100;
	m.gpr[GPR_RSP] = (u64)window + 108;
	m.gpr[GPR_RDI] = (u64)window;
	assert_int_equal(RUN(&m, "\xff\x37"), EMUL_FAULT);
	assert_int_equal(accesses, 1);
	assert_int_equal(RUN(&m, "\xff\x17"), EMUL_FAULT);
	assert_int_equal(accesses, 2);
	m.gpr[GPR_RDI] = (u64)window + 100;
	m.gpr[GPR_RSP] = (u64)window;
	assert_int_equal(RUN(&m, "\x8f\x07"), EMUL_FAULT); /* and a pop at its destination */
	assert_int_equal(accesses, 3);
	assert_true(m.gpr[GPR_RSP] == (u64)window && m.e.rip == 0x1000);
}

/* ---- vector registers ---- */

static void vectors_init(struct machine *m)
{
	unsigned int k;

	machine_init(m, 8);
	for (k = 0; k < 64; k++)
		window[k] = (u8)(k + 1);
	for (k = 0; k < 16; k++)
		memset(vectors[k], 0xa0 + (int)k, 32);
	m->gpr[GPR_RDI] = (u64)window;
}

#define A1 0xa1a1a1a1a1a1a1a1
#define LO 0x0807060504030201
#define HI 0x100f0e0d0c0b0a09

#define LOADS(bytes, v0, v1, v2)                                                              \
	do {                                                                                  \
		vectors_init(&m);                                                             \
		assert_int_equal(RUN(&m, bytes), EMUL_DONE);                                  \
		assert_true(vectors[1][0] == (v0) && vectors[1][1] == (v1));                  \
		assert_true(vectors[1][2] == (v2) && vectors[1][3] == ((v2) == A1 ? A1 : 0)); \
		assert_true(m.e.rip == 0x1000 + sizeof(bytes) - 1);                           \
	} while (0)

static void loads_of_vectors(void **state)
{
	struct machine m;

	LOADS("\x0f\x10\x0f", LO, HI, A1);			/* movups */
	LOADS("\x66\x0f\x28\x0f", LO, HI, A1);			/* movapd */
	LOADS("\x66\x0f\x6f\x0f", LO, HI, A1);			/* movdqa */
	LOADS("\xf3\x0f\x6f\x0f", LO, HI, A1);			/* movdqu */
	LOADS("\xf2\x0f\xf0\x0f", LO, HI, A1);			/* lddqu */
	LOADS("\x66\x0f\x38\x2a\x0f", LO, HI, A1);		/* movntdqa */
	LOADS("\xf3\x0f\x10\x0f", (u32)LO, 0ul, A1);		/* movss */
	LOADS("\xf2\x0f\x10\x0f", LO, 0ul, A1);			/* movsd */
	LOADS("\x66\x0f\x6e\x0f", (u32)LO, 0ul, A1);		/* movd */
	LOADS("\x66\x48\x0f\x6e\x0f", LO, 0ul, A1);		/* movq */
	LOADS("\xf3\x0f\x7e\x0f", LO, 0ul, A1);			/* movq */
	LOADS("\x0f\x12\x0f", LO, A1, A1);			/* movlps */
	LOADS("\x66\x0f\x16\x0f", A1, LO, A1);			/* movhpd */
	LOADS("\xc5\xf8\x10\x0f", LO, HI, 0ul);			/* vmovups */
	LOADS("\xc5\xfa\x10\x0f", (u32)LO, 0ul, 0ul);		/* vmovss */
	LOADS("\xc4\xe1\xf9\x6e\x0f", LO, 0ul, 0ul);		/* vmovq */
	LOADS("\xc5\xe0\x12\x0f", LO, 0xa3a3a3a3a3a3a3a3, 0ul); /* vmovlps, merged with xmm3 */
	LOADS("\xc5\xe1\x16\x0f", 0xa3a3a3a3a3a3a3a3, LO, 0ul);
	vectors_init(&m);
	assert_int_equal(RUN(&m, "\xc5\x7f\xf0\x0f"), EMUL_DONE); /* vlddqu to ymm9 */
	assert_memory_equal(vectors[9], window, 32);
}

#define STORES(bytes, n, from)                                              \
	do {                                                                \
		vectors_init(&m);                                           \
		memcpy(vectors[1], "abcdefghijklmnopqrstuvwxyz012345", 32); \
		assert_int_equal(RUN(&m, bytes), EMUL_DONE);                \
		assert_memory_equal(window, (u8 *)vectors[1] + (from), n);  \
		assert_int_equal(window[n], (n) + 1);                       \
	} while (0)

static void stores_of_vectors(void **state)
{
	struct machine m;

	STORES("\x0f\x11\x0f", 16, 0);	      /* movups */
	STORES("\x0f\x29\x0f", 16, 0);	      /* movaps */
	STORES("\x66\x0f\x2b\x0f", 16, 0);    /* movntpd */
	STORES("\x66\x0f\x7f\x0f", 16, 0);    /* movdqa */
	STORES("\xf3\x0f\x7f\x0f", 16, 0);    /* movdqu */
	STORES("\x66\x0f\xe7\x0f", 16, 0);    /* movntdq */
	STORES("\xf3\x0f\x11\x0f", 4, 0);     /* movss */
	STORES("\xf2\x0f\x2b\x0f", 8, 0);     /* movntsd */
	STORES("\x0f\x13\x0f", 8, 0);	      /* movlps */
	STORES("\x0f\x17\x0f", 8, 8);	      /* movhps */
	STORES("\x66\x0f\x7e\x0f", 4, 0);     /* movd */
	STORES("\x66\x48\x0f\x7e\x0f", 8, 0); /* movq */
	STORES("\x66\x0f\xd6\x0f", 8, 0);     /* movq */
	STORES("\xc5\xf8\x29\x0f", 16, 0);    /* vmovaps */
	STORES("\xc5\xfe\x7f\x0f", 32, 0);    /* vmovdqu of 256 bits */
	STORES("\xc5\xfd\xe7\x0f", 32, 0);    /* vmovntdq of 256 bits */
	assert_int_equal(accesses, 1 + 4);    /* looked at as a whole first */
}

static void vectors_need_what_they_need(void **state)
{
	static const char legacy[] = "\x0f\x10\x0f", vex[] = "\xc5\xf8\x10\x0f";
	struct machine m;

#define FAULTS(bytes, v)                                              \
	do {                                                          \
		assert_int_equal(RUN(&m, bytes), EMUL_FAULT);         \
		assert_int_equal(m.e.fault.vector, v);                \
		assert_int_equal(m.e.fault.has_error, (v) == X86_GP); \
		assert_int_equal(accesses, 0);                        \
		vectors_init(&m);                                     \
	} while (0)
	vectors_init(&m);
	m.e.cr0 |= CR0_TS;
	FAULTS(legacy, X86_NM);
	m.e.cr0 |= CR0_TS;
	FAULTS(vex, X86_NM);
	m.e.cr0 |= CR0_EM;
	FAULTS(legacy, X86_UD);
	m.e.cr4 &= ~CR4_OSFXSR;
	FAULTS(legacy, X86_UD);
	m.e.cr4 &= ~CR4_OSXSAVE;
	FAULTS(vex, X86_UD);
	m.e.xcr0 = 3;
	FAULTS(vex, X86_UD);
	m.e.protected_mode = false;
	FAULTS(vex, X86_UD);
	m.gpr[GPR_RDI] += 8;
	FAULTS("\x0f\x28\x0f", X86_GP); /* movaps */
	m.gpr[GPR_RDI] += 8;
	FAULTS("\x66\x0f\xe7\x0f", X86_GP); /* movntdq */
	m.gpr[GPR_RDI] += 16;
	FAULTS("\xc5\xfd\x6f\x0f", X86_GP); /* vmovdqa of 256 bits */
	m.gpr[GPR_RDI] += 8;
	assert_int_equal(RUN(&m, "\xf3\x0f\x6f\x0f"), EMUL_DONE);
}

static void a_fault_leaves_vectors_as_they_are(void **state)
{
	struct machine m;

	vectors_init(&m);
	fault_from = (u64)window + 8;
	assert_int_equal(RUN(&m, "\x0f\x10\x0f"), EMUL_FAULT);
	assert_true(vectors[1][0] == A1);
	assert_int_equal(accesses, 1);
	assert_int_equal(RUN(&m, "\x0f\x11\x0f"), EMUL_FAULT);
	assert_int_equal(window[0], 1);
	assert_int_equal(RUN(&m, "\x48\x0f\xc7\x0f"), EMUL_FAULT); /* cmpxchg16b */
	assert_int_equal(accesses, 3);
	assert_int_equal(m.e.rip, 0x1000);
}

/* ---- the rest ---- */

static void machine_status_and_selectors(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	memset(window, 0xff, 8);
	m.gpr[GPR_RDI] = (u64)window;
	m.e.cr0 = 0x80050033;
	m.seg[SEG_GS].selector = 0x28;
	assert_int_equal(RUN(&m, "\x0f\x01\x27"), EMUL_DONE); /* smsw (%rdi) */
	assert_true(get((u64)window) == 0xffffffffffff0033);
	assert_int_equal(RUN(&m, "\x8c\x6f\x02"), EMUL_DONE); /* mov %gs, 2(%rdi) */
	assert_true(get((u64)window) == 0xffffffff00280033);
	assert_int_equal(RUN(&m, "\x8c\x77\x02"), -EOPNOTSUPP); /* there is no such one */
}

static void lines_of_caches_are_left_alone(void **state)
{
	struct machine m;

	machine_init(&m, 8);
	assert_int_equal(RUN(&m, "\x0f\xae\x3f"), EMUL_DONE);	  /* clflush */
	assert_int_equal(RUN(&m, "\x66\x0f\xae\x3f"), EMUL_DONE); /* clflushopt */
	assert_int_equal(RUN(&m, "\x66\x0f\xae\x37"), EMUL_DONE); /* clwb */
	assert_int_equal(RUN(&m, "\x0f\x0d\x0f"), EMUL_DONE);	  /* prefetchw */
	assert_int_equal(accesses, 0);
	assert_int_equal(m.e.rip, 0x1000 + 3 + 4 + 4 + 3);
}

static void a_division_that_does_not_fit_changes_nothing(void **state)
{
	static const char *const divisions[] = { "\xf7\x37", "\xf7\x3f", "\x48\xf7\x37",
						 "\xf6\x37" };
	struct machine m;
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(divisions); k++) {
		machine_init(&m, 8);
		m.gpr[GPR_RDI] = (u64)window;
		m.gpr[GPR_RAX] = m.gpr[GPR_RDX] = 0x5555;
		window[0] = k % 2 ? 0 : 1;
		assert_int_equal(run(&m, divisions[k], k == 2 ? 3 : 2), EMUL_FAULT);
		assert_int_equal(m.e.fault.vector, X86_DE);
		assert_false(m.e.fault.has_error);
		assert_true(m.gpr[GPR_RAX] == 0x5555 && m.gpr[GPR_RDX] == 0x5555);
	}
	/* The most negative quotient fits. */
	machine_init(&m, 8);
	m.gpr[GPR_RDI] = (u64)window;
	window[0] = 0xff;
	m.gpr[GPR_RAX] = 0x80;
	assert_int_equal(RUN(&m, "\xf6\x3f"), EMUL_DONE); /* 128 / -1 */
	assert_int_equal(m.gpr[GPR_RAX], 0x80);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushes_and_pops),
		cmocka_unit_test(calls_and_returns),
		cmocka_unit_test(stacks_of_fewer_bits),
		cmocka_unit_test(a_push_looks_at_its_stack_first),
		cmocka_unit_test(loads_of_vectors),
		cmocka_unit_test(stores_of_vectors),
		cmocka_unit_test(vectors_need_what_they_need),
		cmocka_unit_test(a_fault_leaves_vectors_as_they_are),
		cmocka_unit_test(machine_status_and_selectors),
		cmocka_unit_test(lines_of_caches_are_left_alone),
		cmocka_unit_test(a_division_that_does_not_fit_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
