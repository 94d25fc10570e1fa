// SPDX-License-Identifier: Apache-2.0
/* The host's own translation: which tables EL2 uses, and what its TLBs hold of them. */
#include <lodge/arch.h>
#include <lodge/init.h>
#include <asm/early.h>
#include <asm/pgtable.h>
#include <asm/setup.h>
#include <asm/sysreg.h>

u64 arm64_host_ttbr __ro_after_init;

const struct pgtable_format *arch_host_format(void)
{
	return &el2_stage1;
}

void arch_host_activate(const struct pgtable_format *fmt, hpa_t root)
{
	unsigned int slot = EARLY_IO_BASE >> 39;
	u64 *table = hpa_to_kva(root);

	/* Nobody maps anything in the early console's slot: it keeps its table of then. */
	WRITE_ONCE(table[slot], early_root[slot]);
	arm64_host_ttbr = root.v;
	__asm__ volatile("dsb ishst" ::: "memory");
	arm64_switch_tables(root.v);
}

/* Beyond so many pages forgetting all is quicker. */
#define FLUSH_PAGES_MOST 64

void arch_tlb_flush_host(u64 va, u64 size)
{
	u64 at;

	/* The entries' new values are seen by all walkers first. */
	__asm__ volatile("dsb ishst" ::: "memory");
	if (size > FLUSH_PAGES_MOST * PAGE_SIZE)
		__asm__ volatile("tlbi alle2is" ::: "memory");
	else
		for (at = ALIGN_DOWN(va, PAGE_SIZE); at < va + size; at += PAGE_SIZE)
			__asm__ volatile("tlbi vae2is, %0" ::"r"(at >> PAGE_SHIFT) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}
