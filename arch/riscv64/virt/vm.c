// SPDX-License-Identifier: Apache-2.0
/* What a VM has on riscv64: nested translation and its identifier in the TLBs. */
#include <lodge/arch_virt.h>
#include <lodge/call.h>
#include <lodge/errno.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <asm/fence.h>
#include <asm/layout.h>
#include <asm/pgtable.h>
#include <asm/virt.h>

static const struct pgtable_format *stage2 __ro_after_init;
static u64 stage2_mode __ro_after_init;

static const struct {
	const struct pgtable_format *fmt;
	u64 mode;
} formats[] = {
	{ &sv39x4, ATP_MODE_39 },
	{ &sv48x4, ATP_MODE_48 },
	{ &sv57x4, ATP_MODE_57 },
};

BOOTARG(stage2, "lodge.stage2");

/*
 * hgatp takes only modes that the hart has (H extension 1.0, hgatp). The first is the
 * best: guests' addresses are below 1 TiB, and fewer levels are fewer steps in each walk.
 * "lodge.stage2=NAME" asks for another.
 */
static void pick_stage2(void)
{
	char buf[16];
	const char *wanted = host_bootarg("lodge.stage2", buf, sizeof(buf));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats) && !stage2; i++) {
		if (wanted && strcmp(wanted, formats[i].fmt->name) != 0)
			continue;
		csr_write(CSR_HGATP, formats[i].mode << ATP_MODE_SHIFT);
		if (csr_read(CSR_HGATP) >> ATP_MODE_SHIFT == formats[i].mode) {
			stage2 = formats[i].fmt;
			stage2_mode = formats[i].mode;
		}
	}
	if (!stage2 && wanted)
		panic_plain(
			"lodge.stage2=%s: use Sv39x4, Sv48x4 or Sv57x4, as far as this CPU has it",
			wanted);
	if (!stage2)
		panic_plain("this CPU has no nested paging");
}

void arch_virt_init(void)
{
	u64 hgatp, vmid_max;

	riscv_check_mmu();
	pick_stage2();
	csr_write(CSR_HGATP, stage2_mode << ATP_MODE_SHIFT | HGATP_VMID_MASK << HGATP_VMID_SHIFT);
	hgatp = csr_read(CSR_HGATP);
	vmid_max = hgatp >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;
	csr_write(CSR_HGATP, 0);
	hfence_gvma_all();
	vmid_init(vmid_max);
	pr_info("guests: %s, %lu VMIDs, timer by %s; host: %s", stage2->name, vmid_max + 1,
		riscv_has_sstc ? "Sstc" : "the host", riscv_host_format);
}

const struct pgtable_format *arch_stage2_format(void)
{
	return stage2;
}

int arch_vm_init(struct vm *vm)
{
	vm->arch.hgatp_base = stage2_mode << ATP_MODE_SHIFT | vm->stage2.root.v >> PAGE_SHIFT;
	vm->arch.vmid = (struct vmid){ 0 };
	vm->arch.time_delta = -time_now();
	return 0;
}

void arch_vm_set_back(struct vm *vm, u64 ticks)
{
	vm->arch.time_delta -= ticks;
}

/* What this hart knows of the VM's nested translations, and has fetched from its pages. */
static void forget(void *arg)
{
	const struct vmid *v = &((const struct vm *)arg)->arch.vmid;

	/* What was fetched from pages that are another's next is not executed there. */
	fence_i();
	if (vmid_is_current(v))
		hfence_gvma_vmid(vmid_here(v));
}

/* Nor does the hart walk the VM's tables, which are memory like any other soon. */
static void leave(void *arg)
{
	const struct vm *vm = arg;

	if ((csr_read(CSR_HGATP) ^ vm->arch.hgatp_base) << (64 - HGATP_VMID_SHIFT) == 0) {
		csr_write(CSR_VSATP, 0);
		csr_write(CSR_HGATP, 0);
	}
	/* The next VM with this identifier must not see this one's translations. */
	forget(arg);
}

void arch_vm_destroy(struct vm *vm)
{
	cpus_call(vmid_cpus(&vm->arch.vmid), leave, vm);
}

void riscv_vm_flush(unsigned int flush)
{
	if (flush & VMID_FLUSH_ALL)
		hfence_gvma_all();
	if (flush & VMID_FLUSH_GUEST)
		hfence_vvma_all();
}

/*
 * What the loader has put into the VM's memory: the hart has fetched nothing from there before
 * (fence.i), and where guests can go round the caches (Svpbmt) it is not in them either.
 */
static int clean_one(void *arg, const struct pgtable_leaf *leaf)
{
	(void)arg;
	if (!(leaf->prot & PROT_DEVICE))
		riscv_cache_flush(hpa_to_kva(leaf->pa), leaf->size);
	thread_make_room();
	return 0;
}

void riscv_vm_clean(struct vm *vm)
{
	if (riscv_cbom_block && vm->arch.clean_boot != vm->boots) {
		vm->arch.clean_boot = vm->boots;
		(void)pgtable_for_each(&vm->stage2, 0, 1ull << vm->stage2.fmt->va_bits, clean_one,
				       NULL);
	}
	fence_i();
}

void arch_stage2_flush(struct vm *vm, u64 addr, u64 size)
{
	(void)addr;
	(void)size;
	/* A hart that runs the guest leaves it for this, and none runs it before. */
	cpus_call(vmid_cpus(&vm->arch.vmid), forget, vm);
}

/* A translation that was not there is one that a hart may remember (privileged architecture, 12.2.1). */
void arch_stage2_added(struct vm *vm, u64 addr)
{
	unsigned long flags = arch_irq_save();

	if (vmid_is_current(&vm->arch.vmid))
		hfence_gvma_page(addr, vmid_here(&vm->arch.vmid));
	arch_irq_restore(flags);
}

/* Nothing to do: all that guests access is coherent with what the host has in its caches. */
void arch_memory_clean(hpa_t page, u64 size)
{
	(void)page;
	(void)size;
}
