/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FETCH_H
#define FETCH_H

#include <asm/virt.h>

/* The quick way to an instruction: as it was found the last time, if all is still the same. */

/* Whether the guest's tables say still what they said. */
static __always_inline bool fetch_walk_holds(const struct fetch_memo *m)
{
	return READ_ONCE(*m->entry[0]) == m->value[0] && READ_ONCE(*m->entry[1]) == m->value[1] &&
	       READ_ONCE(*m->entry[2]) == m->value[2] && READ_ONCE(*m->entry[3]) == m->value[3] &&
	       READ_ONCE(*m->entry[4]) == m->value[4];
}

/* INSN_MAX bytes from rip on; NULL if they are not in one page, or it is not remembered. */
static __always_inline const u8 *fetch_code(const struct vcpu *vcpu)
{
	const struct fetch_memo *m = &vcpu->arch.fetch;
	const struct x86_seg *cs = x86_segment(vcpu, SEG_CS);
	u64 off = x86_reg(vcpu, X86_RIP) - m->start;

	if (unlikely(off > PAGE_SIZE - INSN_MAX))
		return NULL;
	if (unlikely((x86_reg(vcpu, X86_CR3) ^ m->cr3) | (x86_reg(vcpu, X86_CR0) ^ m->cr0) |
		     (x86_reg(vcpu, X86_CR4) ^ m->cr4) | (x86_reg(vcpu, X86_EFER) ^ m->efer) |
		     (cs->base ^ m->cs_base) | (cs->attrib ^ m->cs_attrib) |
		     (READ_ONCE(vcpu->vm->arch.memory_generation) ^ m->generation)))
		return NULL;
	return likely(fetch_walk_holds(m)) ? m->code + off : NULL;
}

static __always_inline u64 fetch_word(const u8 *code)
{
	u64 v;

	__builtin_memcpy(&v, code, sizeof(v));
	return v;
}

#define DECODE_SECOND (INSN_MAX - sizeof(u64)) /* where the second word is */

static __always_inline struct decode_memo *decode_slot(struct vcpu *vcpu)
{
	return &vcpu->arch.decode[x86_reg(vcpu, X86_RIP) >> 2 & (DECODE_MEMOS - 1)];
}

/* The instruction at rip, if it is remembered and still the same; else NULL. */
static __always_inline const struct decode_memo *fetch_insn(struct vcpu *vcpu)
{
	const u8 *code = fetch_code(vcpu);
	const struct decode_memo *d = decode_slot(vcpu);

	if (unlikely(!code) || unlikely(d->mode != vcpu->arch.fetch.mode) ||
	    unlikely(((fetch_word(code) ^ d->bytes[0]) & d->mask[0]) |
		     ((fetch_word(code + DECODE_SECOND) ^ d->bytes[1]) & d->mask[1])))
		return NULL;
	return d;
}

#endif
