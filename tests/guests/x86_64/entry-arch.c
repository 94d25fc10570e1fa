// SPDX-License-Identifier: Apache-2.0
#include "../entry.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/guest.h>
#include <guest/tap.h>

#define TRAMPOLINE 0x8000UL
#define DR6	   0xffff0ff0u
#define DR7	   0x400u
#define TF_IF	   0x300u
/* Without MCE, which QEMU 10 shows of the host's CR4 (Documentation/testing.rst); cr4-mce looks at it. */
#define CR4_SEEN (~0u & ~(1u << 6))

/* The order of entry-asm.S. */
struct boot {
	u32 eax, ebx, esp, unused[3];
	u32 efer, ds, cs, dr7, dr6, cr4, cr3, cr0, edx, eflags;
};

struct other {
	u32 edx, eax, cr0, cr4, cr2, dr6, dr7, ss, eflags, fcw;
	volatile u32 done;
};

extern struct boot entry_boot;
extern const char entry_other[], entry_other_end[];

/* PVH: 32-bit protected mode, paging and interrupts off, flat segments. */
void entry_boot_cpu(void)
{
	const struct boot *b = &entry_boot;
	u16 fcw = 0;

	entry_is("boot", "CR0", b->cr0, CR0_PG | CR0_PE, CR0_PE);
	entry_is("boot", "CR3", b->cr3, 0, 0);
	entry_is("boot", "CR4", b->cr4, CR4_SEEN, 0);
	entry_is("boot", "EFER", b->efer, ~0u, 0);
	entry_is("boot", "EFLAGS", b->eflags, TF_IF | BIT(17), 0);
	entry_is("boot", "DR6", b->dr6, DR6, DR6);
	entry_is("boot", "DR7", b->dr7, ~0u, DR7);
	entry_is("boot", "CS", b->cs, 0, 0);
	entry_is("boot", "DS", b->ds, 0, 0);
	__asm__ volatile("fnstcw %0" : "=m"(fcw));
	entry_is("boot", "FCW", fcw, 0xffff, 0x37f);
}

static void wait_us(u64 us, const volatile u32 *done)
{
	u64 end = arch_time() + arch_ticks_from_us(us);

	while (arch_time() < end && !*done)
		;
}

/* After INIT (AMD APM vol. 2, table 14-1). */
void entry_other_cpu(u64 id)
{
	struct other *o = (struct other *)(TRAMPOLINE + 0x100);
	static const volatile u32 never;
	u32 r[4];

	memcpy((void *)TRAMPOLINE, entry_other, (size_t)(entry_other_end - entry_other));
	memset(o, 0, sizeof(*o));
	lapic_send(id, LAPIC_ICR_INIT | LAPIC_ICR_ASSERT);
	wait_us(10000, &never);
	lapic_send(id, LAPIC_ICR_SIPI | LAPIC_ICR_ASSERT | TRAMPOLINE >> PAGE_SHIFT);
	wait_us(60000000, &o->done);
	if (!tap_ok(o->done == 1, "another CPU starts"))
		return;
	cpuid(1, 0, r);
	entry_is("another", "EDX", o->edx, ~0u, r[0]);
	entry_is("another", "EAX", o->eax, ~0u, 0);
	entry_is("another", "CR0", o->cr0, CR0_PG | CR0_PE | CR0_ET, CR0_ET);
	entry_is("another", "CR2", o->cr2, ~0u, 0);
	entry_is("another", "CR4", o->cr4, CR4_SEEN, 0);
	entry_is("another", "DR6", o->dr6, ~0u, DR6);
	entry_is("another", "DR7", o->dr7, ~0u, DR7);
	entry_is("another", "SS", o->ss, 0xffff, 0);
	entry_is("another", "EFLAGS", o->eflags, ~0u, 2);
	entry_is("another", "FCW", o->fcw, 0, 0);
}

void entry_resumed(void)
{
}
