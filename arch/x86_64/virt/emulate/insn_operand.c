// SPDX-License-Identifier: Apache-2.0
/* Registers and addresses as instructions name them (AMD APM vol. 1, 2.2 and 3.1). */
#include <asm/emulate.h>

void emul_skip(struct emul *e, unsigned int length)
{
	e->rip += length;
	if (e->mode != 8)
		e->rip &= width_mask(e->mode);
	e->rflags &= ~X86_FLAG_RF;
}

int emul_fault(struct emul *e, enum x86_vector vector)
{
	e->fault = (struct x86_fault){ .vector = (u8)vector,
				       .has_error = vector == X86_SS || vector == X86_GP };
	return EMUL_FAULT;
}

static int segment_fault(struct emul *e, unsigned int seg)
{
	return emul_fault(e, seg == SEG_SS ? X86_SS : X86_GP);
}

static bool type_allows(const struct x86_seg *s, enum emul_access why)
{
	if (!(s->attrib & SEG_ATTR_P))
		return false;
	if (why != EMUL_READ)
		return !(s->attrib & SEG_ATTR_CODE) && s->attrib & SEG_ATTR_WRITE;
	return !(s->attrib & SEG_ATTR_CODE) || s->attrib & SEG_ATTR_WRITE;
}

/* Whether [off, off + width) is within the segment (AMD APM vol. 2, 4.8.1 and 4.12). */
static bool within_limit(const struct x86_seg *s, u64 off, unsigned int width)
{
	u64 last = off + width - 1;

	if ((s->attrib & (SEG_ATTR_CODE | SEG_ATTR_EXPAND)) == SEG_ATTR_EXPAND)
		return off > s->limit && last <= (s->attrib & SEG_ATTR_DB ? 0xffffffff : 0xffff);
	return last <= s->limit;
}

int emul_linear(struct emul *e, unsigned int seg, u64 off, unsigned int width, enum emul_access why,
		u64 *addr)
{
	const struct x86_seg *s = &e->seg[seg];

	if (likely(e->mode == 8)) {
		/* Only these two have bases, and none has a limit (AMD APM vol. 2, 4.8). */
		*addr = seg >= SEG_FS ? s->base + off : off;
		if (unlikely(!x86_canonical(*addr, e->va_bits) ||
			     !x86_canonical(*addr + width - 1, e->va_bits)))
			return segment_fault(e, seg);
		return EMUL_DONE;
	}
	if (e->protected_mode && !type_allows(s, why))
		return segment_fault(e, seg);
	if (!within_limit(s, off, width))
		return segment_fault(e, seg);
	*addr = (u32)(s->base + off);
	return EMUL_DONE;
}

/* The bit that bt and its kin mean may lie in another operand than the one that is named. */
static u64 bit_displacement(const struct emul *e, const struct insn *i)
{
	s64 bit;

	if (i->op < INSN_BT || i->op > INSN_BTC || i->form != FORM_MR)
		return 0;
	bit = (s64)sign_extend(e->gpr[i->reg], 8u * i->width);
	return (u64)(bit >> 3) & ~(u64)(i->width - 1);
}

int emul_address(struct emul *e, const struct insn *i, enum emul_access why, u64 *addr)
{
	unsigned int width = i->op == INSN_MOVZX || i->op == INSN_MOVSX ? i->src_width : i->width;
	u64 off = i->disp;

	if (i->base == INSN_RIP_REL)
		off += e->rip + i->length;
	else if (i->base != INSN_NO_REG)
		off += e->gpr[i->base];
	if (i->index != INSN_NO_REG)
		off += e->gpr[i->index] << i->scale;
	off += bit_displacement(e, i);
	return emul_linear(e, i->seg, off & width_mask(i->addr_width), width, why, addr);
}

int emul_read(struct emul *e, u64 addr, unsigned int width, enum emul_access why, u64 *val)
{
	unsigned int at;
	int rc = width > 8 ? e->ops->check(e, addr, width, why) : EMUL_DONE;

	for (at = 0; rc == EMUL_DONE && at < width; at += 8)
		rc = e->ops->read(e, addr + at, min(width - at, 8u), why, &val[at / 8]);
	return rc;
}

int emul_write(struct emul *e, u64 addr, unsigned int width, const u64 *val)
{
	unsigned int at;
	int rc = width > 8 ? e->ops->check(e, addr, width, EMUL_WRITE) : EMUL_DONE;

	for (at = 0; rc == EMUL_DONE && at < width; at += 8)
		rc = e->ops->write(e, addr + at, min(width - at, 8u),
				   val[at / 8] & width_mask(min(width - at, 8u)));
	return rc;
}
