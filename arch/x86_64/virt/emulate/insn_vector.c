// SPDX-License-Identifier: Apache-2.0
/* Moves between memory and XMM or YMM registers (AMD APM vol. 4). */
#include <lodge/string.h>
#include <asm/cpuid_policy.h>
#include <asm/emulate.h>
#include <asm/processor.h>

/*
 * What state they need (AMD APM vol. 2, 11.3 and 11.5): the processor has looked at it before it
 * looked for the page, but at an instruction that may have changed since.
 */
static int usable(struct emul *e, const struct insn *i)
{
	const u64 avx = XCR0_SSE | XCR0_AVX;
	bool on;

	if (i->vector & VEC_VEX)
		on = e->protected_mode && e->cr4 & CR4_OSXSAVE && (e->xcr0 & avx) == avx;
	else
		on = e->cr4 & CR4_OSFXSR && !(e->cr0 & CR0_EM);
	if (!on)
		return emul_fault(e, X86_UD);
	return e->cr0 & CR0_TS ? emul_fault(e, X86_NM) : EMUL_DONE;
}

/* What stays of the 32 bytes, and which of two halves is meant. */
static void load(struct emul *e, const struct insn *i, const u64 *val)
{
	unsigned int half = i->vector & VEC_HIGH ? 1 : 0;
	bool vex = i->vector & VEC_VEX;
	u64 reg[4] = { 0 };

	if (i->vector & VEC_MERGE) {
		e->ops->vector_read(e, vex ? i->rm : i->reg, reg);
		reg[half] = val[0];
		reg[2] = reg[3] = 0;
	} else {
		memcpy(reg, val, sizeof(reg));
	}
	e->ops->vector_write(e, i->reg, reg, vex);
}

int emul_vector(struct emul *e, const struct insn *i)
{
	bool is_store = i->vector & VEC_STORE;
	u64 addr, val[4] = { 0 };
	int rc = usable(e, i);

	if (rc == EMUL_DONE)
		rc = emul_address(e, i, is_store ? EMUL_WRITE : EMUL_READ, &addr);
	if (rc == EMUL_DONE && i->vector & VEC_ALIGNED && addr & (i->width - 1u))
		return emul_fault(e, X86_GP);
	if (rc == EMUL_DONE && is_store) {
		e->ops->vector_read(e, i->reg, val);
		rc = emul_write(e, addr, i->width, i->vector & VEC_HIGH ? val + 1 : val);
	} else if (rc == EMUL_DONE) {
		rc = emul_read(e, addr, i->width, EMUL_READ, val);
		if (rc == EMUL_DONE)
			load(e, i, val);
	}
	if (rc == EMUL_DONE)
		emul_skip(e, i->length);
	return rc;
}
