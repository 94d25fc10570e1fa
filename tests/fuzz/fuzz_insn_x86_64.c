// SPDX-License-Identifier: Apache-2.0
/*
 * x86 instructions, decoded and executed. The decoder reads no byte behind the instruction and
 * needs all of it. The emulator makes few accesses, and what ends in a fault has changed nothing
 * but what a string instruction had done.
 */
/* links: arch/x86_64/virt/emulate/insn_decode.c arch/x86_64/virt/emulate/insn_table.c arch/x86_64/virt/emulate/insn_execute.c */
/* links: arch/x86_64/virt/emulate/insn_operand.c arch/x86_64/virt/emulate/insn_string.c arch/x86_64/virt/emulate/insn_group.c */
/* links: arch/x86_64/virt/emulate/insn_math.c arch/x86_64/virt/emulate/insn_stack.c arch/x86_64/virt/emulate/insn_vector.c */
/* arch: x86_64 */
/* runs: 8000 */
/* length: 64 */
#include "fuzz.h"
#include <emul_fixture.h>
#include <insn_check.h>

static int decode(struct insn *i, const u8 *bytes, unsigned int n, unsigned int mode)
{
	u8 *exact = malloc(n ? n : 1);
	int err;

	memcpy(exact, bytes, n);
	err = insn_decode(i, exact, n, mode);
	free(exact);
	assert_true(err == 0 || err == -E2BIG || err == -EINVAL);
	return err;
}

/* Whatever is behind an instruction is no part of it. */
static void check_length(const struct insn *i, const u8 *bytes, unsigned int mode)
{
	struct insn again;

	assert_int_equal(decode(&again, bytes, i->length, mode), 0);
	assert_int_equal(again.length, i->length);
	assert_int_equal(again.op, i->op);
	assert_int_equal(decode(&again, bytes, i->length - 1, mode), -E2BIG);
}

static void execute(struct fuzz *in, const struct insn *i, unsigned int mode)
{
	struct machine m;
	u64 gpr[NR_GPRS], rflags;
	unsigned int k;
	int rc;

	machine_init(&m, mode);
	m.e.ops = &any;
	m.e.rflags |= fuzz_take(in, 2) & (X86_FLAGS_ARITH | X86_FLAG_DF);
	for (k = 0; k < NR_GPRS; k++) {
		u64 v = fuzz_take(in, 2);

		/* Small numbers, large ones, and some between. */
		m.gpr[k] = v & 0x8000 ? (u64)(s16)v : v << (v & 31);
	}
	memcpy(gpr, m.gpr, sizeof(gpr));
	rflags = m.e.rflags;
	rc = emul_execute(&m.e, i);
	assert_true(rc == -EOPNOTSUPP || (rc >= EMUL_DONE && rc <= EMUL_FAULT));
	assert_true(accesses <= 3 * EMUL_STRING_MAX + 5);
	assert_true(m.e.rflags & X86_FLAG_ONE);
	if (rc == EMUL_DONE)
		return;
	assert_int_equal(m.e.rip, 0x1000);
	if (rc == EMUL_FAULT)
		assert_in_range(m.e.fault.vector, 0, 31);
	if (rc == EMUL_AGAIN || (i->op >= INSN_MOVS && i->op <= INSN_OUTS))
		return;
	assert_memory_equal(m.gpr, gpr, sizeof(gpr));
	assert_true(m.e.rflags == rflags);
}

void fuzz_one(struct fuzz *in)
{
	static const u8 modes[] = { 8, 4, 2 };
	unsigned int mode = modes[fuzz_u8(in) % 3];
	u8 bytes[15] = { 0 };
	unsigned int n = (unsigned int)fuzz_bytes(in, bytes, sizeof(bytes));
	struct insn i;

	if (decode(&i, bytes, n, mode))
		return;
	check_decoded(&i, n);
	check_length(&i, bytes, mode);
	execute(in, &i, mode);
}
