// SPDX-License-Identifier: Apache-2.0
/*
 * Guests' page tables where there is no memory. On a PC nobody answers such a read, so it gives all
 * ones, and an entry of ones has reserved bits set: a page fault. The exit does not tell the
 * linear address (AMD APM vol. 2, 15.25.6) and may have come in the middle of a delivery, so the
 * processor makes that page fault itself, by a page of ones that is there until it exits with it.
 * All that a walk would set in an entry is set: only a store of the guest's could change the page.
 */
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <asm/layout.h>
#include <asm/walk.h>
#include "fetch.h"

int x86_ones_show(struct vcpu *vcpu, u64 addr)
{
	struct x86_ones *o = &vcpu->arch.ones;
	int err;

	if (!o->page.v)
		o->page = page_alloc(0, 0, vcpu->vm->account);
	if (!o->page.v)
		return -ENOMEM;
	if (o->nr == X86_ONES_MAX)
		x86_ones_hide(vcpu);
	memset(hpa_to_kva(o->page), 0xff, PAGE_SIZE);
	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	err = pgtable_map(&vcpu->vm->stage2, addr, o->page, PAGE_SIZE, PROT_RW, NULL);
	if (!err)
		o->at[o->nr++] = addr;
	else if (err != -EEXIST) /* another vCPU shows its own */
		return err;
	x86_intercept_page_faults(vcpu, true);
	return 0;
}

void x86_ones_hide(struct vcpu *vcpu)
{
	struct x86_ones *o = &vcpu->arch.ones;

	x86_intercept_page_faults(vcpu, false);
	/* A leaf of the lowest level: nothing is split, and no memory needed. */
	while (o->nr)
		BUG_ON(pgtable_unmap(&vcpu->vm->stage2, o->at[--o->nr], PAGE_SIZE, NULL, NULL));
}

void x86_ones_destroy(struct vcpu *vcpu)
{
	x86_ones_hide(vcpu);
	if (vcpu->arch.ones.page.v)
		page_free(vcpu->arch.ones.page, 0, vcpu->vm->account);
}

/*
 * Intercepted only meanwhile. It is the guest's, whatever it was. Reserved bits are those of an
 * entry that is present (8.4.2), which QEMU does not say.
 */
int x86_exit_page_fault(struct vcpu *vcpu, u32 error, u64 addr)
{
	const struct x86_fault f = {
		.vector = X86_PF,
		.has_error = true,
		.error = error | (error & PF_RSV ? PF_P : 0),
		.addr = addr,
	};

	x86_ones_hide(vcpu);
	x86_inject_fault(vcpu, &f);
	return EXIT_RESUME;
}
