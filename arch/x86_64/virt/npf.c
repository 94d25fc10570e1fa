// SPDX-License-Identifier: Apache-2.0
/* Nested page faults (AMD APM vol. 2, 15.25.6): memory that is not there yet, or a device. */
#include <lodge/errno.h>
#include <asm/walk.h>
#include "emulate/fetch.h"

static int crash(struct vcpu *vcpu, u64 addr, u64 info, u32 access, int err)
{
	if (err == -ENOMEM)
		vm_memory_crash(vcpu, gpa(addr), access, err);
	else if (info & MEMORY_TABLE_WALK)
		vm_crash(
			vcpu,
			"its page tables are at gpa %#lx, in memory that it can't write, as nested paging requires",
			addr);
	else
		vm_crash(vcpu, "it runs at gpa %#lx (rip %#lx), where it has no memory", addr,
			 x86_reg(vcpu, X86_RIP));
	return EXIT_STOP;
}

/*
 * A walk of the guest's own page tables. Nested paging takes each of its reads for a store of a
 * user's (15.25.5), so it can't be made through tables in read-only memory.
 */
static int table_fault(struct vcpu *vcpu, u64 addr, u64 info, int err)
{
	const struct region *r = region_find(&vcpu->vm->map, gpa(addr));

	if (err != -ENOMEM && (!r || r->backing == BACKING_EMULATED)) {
		vm_unclaimed(vcpu, gpa(addr), sizeof(u64), false);
		err = x86_ones_show(vcpu, addr);
	}
	return err ? crash(vcpu, addr, info, ACCESS_R, err) : EXIT_RESUME;
}

static __noinline int memory_fault(struct vcpu *vcpu, u64 addr, u64 info)
{
	u32 access = info & PF_I ? ACCESS_X : info & PF_W ? ACCESS_W : ACCESS_R;
	int err = vm_memory_fault(vcpu, gpa(addr), access);

	if (likely(!err))
		return EXIT_RESUME;
	if (info & MEMORY_TABLE_WALK)
		return table_fault(vcpu, addr, info, err);
	if (err != -ENOMEM && x86_delivering(vcpu)) {
		x86_inject_unreachable(vcpu);
		return EXIT_RESUME;
	}
	if (err == -ENOMEM || access == ACCESS_X)
		return crash(vcpu, addr, info, access, err);
	return x86_emulate(vcpu, addr, info & PF_W);
}

/* ---- a device's registers ---- */

/* The lowest bits of the address of an operand, which are the same in every address space. */
static __always_inline u64 operand_offset(const u64 *gpr, const struct insn *i)
{
	u64 off = i->disp;

	if (likely(i->base != INSN_NO_REG))
		off += gpr[i->base];
	if (unlikely(i->index != INSN_NO_REG))
		off += gpr[i->index] << i->scale;
	return off & (PAGE_SIZE - 1);
}

/*
 * A move that is remembered, of an operand that is all of it at @off of @v. The processor has
 * checked the rest before it looked for the page, or there would have been another exit.
 */
static __always_inline bool quick_move(struct vcpu *vcpu, struct vdev *v, u64 off)
{
	const struct decode_memo *d = fetch_insn(vcpu);
	u64 *gpr = vcpu->arch.guest.gpr;
	const struct insn *i;

	if (unlikely(!d) || unlikely(d->move == MOVE_NONE))
		return false;
	i = &d->insn;
	gpr[GPR_RSP] = x86_reg(vcpu, X86_RSP);
	if (unlikely(operand_offset(gpr, i) != ((v->base.v + off) & (PAGE_SIZE - 1))) ||
	    unlikely(i->src_width > v->size - off))
		return false;
	if (d->move == MOVE_LOAD)
		gpr_write(gpr, i->reg, i->width, i->rex, v->ops->read(v, vcpu, off, i->src_width));
	else
		v->ops->write(v, vcpu, off, i->width,
			      d->move == MOVE_IMM ? i->imm & width_mask(i->width)
						  : gpr_read(gpr, i->reg, i->width, i->rex));
	x86_set_reg(vcpu, X86_RSP, gpr[GPR_RSP]);
	x86_skip(vcpu, i->length);
	return true;
}

int x86_exit_memory(struct vcpu *vcpu, u64 addr, u64 info)
{
	struct vdev *v = *vdev_cache_slot(vcpu, addr);

	/* A device that was used before, by an instruction and not on the way to one. */
	if (unlikely(!v) || unlikely(addr - v->base.v >= v->size) ||
	    unlikely(v->space != VDEV_MEMORY) || unlikely(info & (PF_I | MEMORY_TABLE_WALK)) ||
	    unlikely(x86_delivering(vcpu)))
		return memory_fault(vcpu, addr, info);
	if (likely(quick_move(vcpu, v, vdev_offset(v, addr))))
		return EXIT_RESUME;
	return x86_emulate(vcpu, addr, info & PF_W);
}
