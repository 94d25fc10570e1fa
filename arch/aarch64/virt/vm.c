// SPDX-License-Identifier: Apache-2.0
/* What a VM has on aarch64: stage 2 of translation, its identifier in the TLBs, its caches. */
#include <lodge/arch_virt.h>
#include <lodge/call.h>
#include <lodge/init.h>
#include <lodge/printk.h>
#include <lodge/time.h>
#include <asm/layout.h>
#include <asm/maintenance.h>
#include <asm/pgtable.h>
#include <asm/speculation.h>
#include <asm/sysreg_id.h>
#include <asm/vgic.h>
#include <asm/virt.h>

static struct pgtable_format stage2 __ro_after_init;
u64 arm64_vtcr __ro_after_init;
static u64 cache_line __ro_after_init;

/* A range of more pages than this is forgotten with all else of the VM. */
#define FLUSH_PAGES 16

/*
 * Of physical addresses, what descriptors can have (without LPA2), and what guests get of it: a
 * description has no addresses from 1 TiB on, and each level less of the nested walk is up to
 * five memory accesses less for a guest that misses its TLB.
 */
#define PARANGE_40_BITS 2u
#define PARANGE_48_BITS 5u

void arch_virt_init(void)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1), mmfr1 = read_sysreg(id_aa64mmfr1_el1);
	unsigned int parange = sysreg_field(mmfr0, ID_AA64MMFR0_PARANGE);
	unsigned int guest = min(parange, PARANGE_40_BITS);
	bool vmid16 = sysreg_field(mmfr1, ID_AA64MMFR1_VMIDBITS) == 2;

	parange = min(parange, PARANGE_48_BITS);
	stage2_format(&stage2, guest);
	arm64_vtcr = VTCR_EL2_RES1 | TCR_T0SZ(stage2.va_bits) |
		     stage2_sl0(&stage2) << VTCR_EL2_SL0_SHIFT | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA |
		     TCR_SH0_INNER | TCR_TG0_4K | parange << TCR_PS_SHIFT |
		     (vmid16 ? VTCR_EL2_VS_16BIT : 0);
	cache_line = 4ul << (read_sysreg(ctr_el0) >> CTR_DMINLINE & CTR_LINE);
	vmid_init(vmid16 ? 0xffff : 0xff);
	vgic_init();
	arm64_idregs_init(guest);
	pr_info("guests: %s, %u VMIDs, %s", stage2.name, vmid16 ? 65536 : 256,
		vgic_is_v2() ? "GICv2" : "GICv3");
	arm64_speculation_print();
}

const struct pgtable_format *arch_stage2_format(void)
{
	return &stage2;
}

int arch_vm_init(struct vm *vm)
{
	vm->arch.vttbr_base = vm->stage2.root.v;
	vm->arch.vmid = (struct vmid){ 0 };
	vm->arch.voff = time_now();
	return vmid_fix(&vm->arch.vmid);
}

void arch_vm_set_back(struct vm *vm, u64 ticks)
{
	vm->arch.voff += ticks;
}

/* ---- TLBs ---- */

void arm64_vm_flush(unsigned int flush)
{
	/* Of the guests' translations all, of both stages, under any VMID; or one's own. */
	if (flush & VMID_FLUSH_ALL)
		tlbi_alle1();
	else if (flush & VMID_FLUSH_GUEST)
		tlbi_vmalle1();
	dsb(nsh);
	isb();
}

/* By intermediate physical address; and then what was made of it together with stage 1. */
static void flush_pages(u64 addr, u64 size)
{
	u64 at;

	for (at = addr; at < addr + size; at += PAGE_SIZE)
		tlbi_ipas2e1is(at);
	dsb(ish);
	tlbi_vmalle1is();
}

static void flush_here(u64 addr, u64 size)
{
	dsb(ishst);
	if (size > FLUSH_PAGES * PAGE_SIZE)
		tlbi_vmalls12e1is();
	else
		flush_pages(addr, size);
	/* What was fetched from pages that are another's next is not executed there (D7.4.10). */
	if (!(read_sysreg(ctr_el0) >> CTR_DIC & 1)) {
		dsb(ish);
		ic_ialluis();
	}
	dsb(ish);
}

/*
 * TLBI takes its VMID from VTTBR_EL2 (Arm ARM D8.14), which may be another VM's now. While the two are
 * exchanged, no walk may start from the tables of the vCPU that is loaded: see load_translation().
 */
static void flush_as(u64 vttbr, u64 addr, u64 size)
{
	u64 tcr = read_sysreg(tcr_el1), sctlr = read_sysreg(sctlr_el1);
	u64 old = read_sysreg(vttbr_el2);

	write_sysreg(tcr_el1, tcr | TCR_EPD0 | TCR_EPD1);
	isb();
	write_sysreg(sctlr_el1, sctlr | SCTLR_M);
	/* What is found until both are seen is forgotten with the rest. */
	write_sysreg(vttbr_el2, vttbr);
	isb();
	flush_here(addr, size);
	write_sysreg(vttbr_el2, old);
	isb();
	write_sysreg(sctlr_el1, sctlr);
	isb();
	write_sysreg(tcr_el1, tcr);
}

void arch_stage2_flush(struct vm *vm, u64 addr, u64 size)
{
	u64 vttbr = vm->arch.vttbr_base | vm->arch.vmid.fixed << VTTBR_VMID_SHIFT;
	unsigned long flags;

	/* No CPU has its root yet, or arch_vm_destroy() has made all forget it. */
	if (!vm->arch.vmid.fixed)
		return;
	flags = arch_irq_save();
	if (read_sysreg(vttbr_el2) == vttbr)
		flush_here(addr, size);
	else
		flush_as(vttbr, addr, size);
	isb();
	arch_irq_restore(flags);
}

/* Nothing is remembered of what was not there (Arm ARM D8.16, "TLB maintenance requirements"). */
void arch_stage2_added(struct vm *vm, u64 addr)
{
	(void)vm;
	(void)addr;
}

/* Its tables are memory like any other soon: this CPU must not walk them. */
static void leave(void *arg)
{
	const struct vm *vm = arg;

	if ((read_sysreg(vttbr_el2) & GENMASK(47, 1)) != vm->arch.vttbr_base)
		return;
	/* Nor may the guest's own be walked without stage 2: they would name the host's memory. */
	write_sysreg(tcr_el1, TCR_EPD0 | TCR_EPD1);
	isb();
	write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | SCTLR_M);
	isb();
	write_sysreg(hcr_el2, HCR_RW | HCR_IMO | HCR_FMO | HCR_AMO);
	write_sysreg(vttbr_el2, 0);
	isb();
}

void arch_vm_destroy(struct vm *vm)
{
	if (!vm->arch.vmid.fixed)
		return; /* it has not come so far */
	cpus_call(vmid_cpus(&vm->arch.vmid), leave, vm);
	/* The next VM with this identifier must not see this one's translations. */
	arch_stage2_flush(vm, 0, PGTABLE_FLUSH_ALL);
	vmid_release(&vm->arch.vmid);
}

/* ---- caches ---- */

/*
 * What the host wrote into a guest's pages is in caches that the guest, whose MMU is off at
 * first, does not look into: it is written back to where all see it (Arm ARM D8.5.3). The zeroes
 * of new pages are there already (page_zero()).
 */
static void clean(hpa_t at, u64 size)
{
	u64 p = (u64)hpa_to_kva(at), end = p + size, line = cache_line;

	for (; p < end; p += 4 * line) {
		dc_civac(p);
		dc_civac(p + line);
		dc_civac(p + 2 * line);
		dc_civac(p + 3 * line);
	}
	dsb(sy);
}

void arch_memory_clean(hpa_t page, u64 size)
{
	clean(page, size);
}

static int clean_one(void *arg, const struct pgtable_leaf *leaf)
{
	(void)arg;
	if (!(leaf->prot & PROT_DEVICE))
		clean(leaf->pa, leaf->size);
	thread_make_room();
	return 0;
}

void arm64_vm_clean(struct vm *vm)
{
	if (vm->arch.clean_boot == vm->boots)
		return;
	vm->arch.clean_boot = vm->boots;
	(void)pgtable_for_each(&vm->stage2, 0, 1ull << vm->stage2.fmt->va_bits, clean_one, NULL);
	ic_ialluis();
	dsb(ish);
	isb();
}
