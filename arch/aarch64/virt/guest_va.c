// SPDX-License-Identifier: Apache-2.0
/* Reading what the guest sees, through its own translation. */
#include <lodge/errno.h>
#include <asm/virt.h>

/*
 * By the CPU's own walk: AT stage 1 for EL1&0, of the guest, since HCR_EL2.TGE is 0. Its
 * tables are read through stage 2, and what is missing there is told like any other failure:
 * the guest, run again, makes the same walk and comes out with it. All that EL0 may read or
 * run EL1 may read: PSTATE.PAN is not looked at by this form (Arm ARM C5.2, AT S1E1R).
 */
int arm64_guest_va(u64 va, gpa_t *out)
{
	u64 saved = read_sysreg(par_el1), par;

	__asm__ volatile("at s1e1r, %0" ::"r"(va) : "memory");
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(par_el1, saved);
	if (par & PAR_EL1_F)
		return -EAGAIN;
	*out = gpa((par & PAR_EL1_PA) | (va & (PAGE_SIZE - 1)));
	return 0;
}

int arm64_fetch_insn(struct vcpu *vcpu, u64 pc, u32 *insn)
{
	gpa_t addr;
	int err = arm64_guest_va(pc, &addr);

	return err ? err : guest_read_obj(vcpu->vm, insn, addr);
}
