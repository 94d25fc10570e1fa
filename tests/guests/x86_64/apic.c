// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* The local APIC in both of its modes: registers, priorities, messages to oneself, errors. */

#define LAPIC_TMR 0x180
#define LAPIC_DFR 0x0e0

#define BASE_X2APIC 0x400
#define BASE_ENABLE 0x800
#define X2APIC(reg) (0x800 + (reg) / 16)
#define X2APIC_SELF X2APIC(0x3f0)

#define ICR_SELF     0x40000
#define ICR_ALL	     0x80000
#define ESR_SEND     0x20
#define ESR_REGISTER 0x80
#define VECTOR_A     (VECTOR_EXT + 0x01)
#define VECTOR_B     (VECTOR_EXT + 0x05)
#define VECTOR_HIGH  (VECTOR_EXT + 0x12)

static bool in_set(u32 set, u8 vector)
{
	return lapic_read(set + 0x10 * (vector / 32)) >> vector % 32 & 1;
}

static void self(u8 vector)
{
	lapic_write(LAPIC_ICR, ICR_SELF | LAPIC_ICR_ASSERT | vector);
}

/* ---- as memory ---- */

static void registers(void)
{
	u32 version = lapic_read(LAPIC_VERSION);

	tap_eq(lapic_read(LAPIC_ID) >> 24, platform.boot_cpu, "the ID is the CPU's number");
	tap_ok((version & 0xff) >= 0x10 && (version & 0xff) < 0x20, "it is no discrete 82489DX");
	tap_ok((version >> 16 & 0xff) >= 3, "it has the local vectors that there must be");
	lapic_write(LAPIC_LDR, 0xffffffff);
	tap_eq(lapic_read(LAPIC_LDR), 0xff000000, "LDR keeps its upper byte");
	lapic_write(LAPIC_DFR, 0);
	tap_eq(lapic_read(LAPIC_DFR), 0x0fffffff, "DFR keeps its upper four bits");
	lapic_write(LAPIC_DFR, ~0u);
	lapic_write(LAPIC_LDR, 0x01000000);
	lapic_write(LAPIC_LVT_ERROR, 0xffffffff);
	tap_eq(lapic_read(LAPIC_LVT_ERROR), 0x100ff, "LVT entries keep what they have");
	tap_eq(rdmsr(MSR_APIC_BASE) & ~0xfffUL, LAPIC_BASE, "APIC_BASE has its address");
	tap_ok(rdmsr(MSR_APIC_BASE) & 0x100, "and says that this is the boot CPU");
}

static volatile u8 order[8];
static volatile unsigned int taken;
static volatile u32 ppr;

static void on_vector(struct trap_frame *f)
{
	if (taken < ARRAY_SIZE(order))
		order[taken++] = (u8)f->vector;
	ppr = lapic_read(LAPIC_PPR);
}

static void let_in(void)
{
	taken = 0;
	irq_enable();
	__asm__ volatile("nop; nop");
	irq_disable();
}

static void priorities(void)
{
	irq_set_handler(IRQ_EXT, on_vector);
	irq_unmask(IRQ_EXT);
	self(VECTOR_A);
	self(VECTOR_HIGH);
	self(VECTOR_B);
	tap_ok(in_set(LAPIC_IRR, VECTOR_A) && in_set(LAPIC_IRR, VECTOR_HIGH),
	       "messages to itself wait while interrupts are off");
	let_in();
	tap_ok(taken == 3 && order[0] == VECTOR_HIGH && order[1] == VECTOR_B &&
		       order[2] == VECTOR_A,
	       "the highest comes first");
	tap_eq(ppr, VECTOR_A & 0xf0, "what is in service is the processor's priority");
	tap_ok(!in_set(LAPIC_ISR, VECTOR_A) && lapic_read(LAPIC_PPR) == 0,
	       "and no longer after its end");

	lapic_write(LAPIC_TPR, VECTOR_HIGH & 0xf0);
	tap_eq(cr_read(8), (VECTOR_HIGH & 0xf0) >> 4, "CR8 is the task priority");
	self(VECTOR_HIGH);
	let_in();
	tap_eq(taken, 0, "which holds back its own class");
	cr_write(8, 0);
	tap_eq(lapic_read(LAPIC_TPR), 0, "and is written by CR8");
	let_in();
	tap_ok(taken == 1 && order[0] == VECTOR_HIGH, "which lets in what has waited");
	lapic_write(LAPIC_ICR, ICR_ALL | LAPIC_ICR_ASSERT | VECTOR_A);
	let_in();
	tap_ok(taken == 1 && !in_set(LAPIC_TMR, VECTOR_A), "a message to all comes as an edge");
	irq_mask(IRQ_EXT);
}

static volatile unsigned int nmis;

static void on_nmi(void)
{
	nmis++;
}

static void others(void)
{
	u32 esr;

	nmi_handler = on_nmi;
	lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | LAPIC_ICR_NMI);
	for (volatile int i = 0; i < 1000 && !nmis; i++)
		;
	nmi_handler = NULL;
	tap_eq(nmis, 1, "an NMI comes while interrupts are off");

	lapic_write(LAPIC_ESR, 0);
	lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | 5);
	lapic_write(LAPIC_ESR, 0);
	esr = lapic_read(LAPIC_ESR);
	tap_ok(esr & ESR_SEND, "a vector below 16 is an error");
	(void)lapic_read(0x3f0);
	lapic_write(LAPIC_ESR, 0);
	tap_ok(lapic_read(LAPIC_ESR) & ESR_REGISTER, "so is a register that there is not");
	lapic_write(LAPIC_ESR, 0);
	tap_eq(lapic_read(LAPIC_ESR), 0, "a write of ESR clears it");
}

/* ---- as MSRs ---- */

static bool wrmsr_faults(u32 msr, u64 val)
{
	trap_catch();
	wrmsr(msr, val);
	return trap_caught().cause == VECTOR_GP;
}

static bool rdmsr_faults(u32 msr)
{
	trap_catch();
	(void)rdmsr(msr);
	return trap_caught().cause == VECTOR_GP;
}

static void x2apic(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	u32 r[4];

	cpuid(1, 0, r);
	if (!(r[2] >> 21 & 1)) {
		tap_skip("this CPU has no x2APIC");
		return;
	}
	tap_ok(rdmsr_faults(X2APIC(LAPIC_ID)), "its MSRs are not there before it is on");
	tap_ok(wrmsr_faults(MSR_APIC_BASE, (base & ~(u64)BASE_ENABLE) | BASE_X2APIC),
	       "it can't be on without the APIC");
	wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);
	tap_eq(rdmsr(X2APIC(LAPIC_ID)), platform.boot_cpu, "the ID has 32 bits");
	tap_eq(rdmsr(X2APIC(LAPIC_LDR)), 1u << platform.boot_cpu, "LDR follows from it");
	wrmsr(X2APIC_SELF, VECTOR_A);
	tap_eq(rdmsr(X2APIC(LAPIC_IRR) + VECTOR_A / 32) >> VECTOR_A % 32 & 1, 1,
	       "SELF_IPI is a message to itself");
	wrmsr(X2APIC(LAPIC_ICR), platform.boot_cpu << 32 | LAPIC_ICR_ASSERT | VECTOR_HIGH);
	tap_eq(rdmsr(X2APIC(LAPIC_IRR) + VECTOR_HIGH / 32) >> VECTOR_HIGH % 32 & 1, 1,
	       "ICR is one register");
	tap_ok(wrmsr_faults(X2APIC(LAPIC_EOI), 1), "EOI takes 0 only");
	tap_ok(wrmsr_faults(X2APIC(LAPIC_TPR), 0x100), "reserved bits fault");
	tap_ok(rdmsr_faults(X2APIC(LAPIC_DFR)), "there is no DFR");
	tap_ok(wrmsr_faults(X2APIC(LAPIC_ID), 0), "the ID can't be written");
	tap_ok(rdmsr_faults(X2APIC(0x040)) && wrmsr_faults(X2APIC(0x2f0), 0),
	       "nor what is reserved");
	wrmsr(X2APIC(LAPIC_ESR), 0);
	tap_eq(rdmsr(X2APIC(LAPIC_ESR)), 0, "which are no errors of the APIC's");
	tap_ok(wrmsr_faults(MSR_APIC_BASE, base), "there is no way straight back");
	wrmsr(MSR_APIC_BASE, base & ~(u64)BASE_ENABLE);
	cpuid(1, 0, r);
	wrmsr(MSR_APIC_BASE, base);
	tap_eq(r[3] >> 9 & 1, 0, "CPUID has no APIC while it is off");
	irq_cpu_init();
	tap_ok(!in_set(LAPIC_IRR, VECTOR_A), "but over off, which forgets all");
	self(VECTOR_SOFT);
	tap_ok(ipi_is_pending(), "and then it works as before");
}

/* ---- elsewhere ---- */

#define NOTHING	   0xd0000000UL /* no device, and no memory */
#define IOAPIC_AT  0xfec00000UL
#define BASE_FLAGS 0xfffUL

static u32 page[1024] __aligned(4096);

static void move_to(u64 addr)
{
	wrmsr(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & BASE_FLAGS) | addr);
}

static volatile u32 moved, seen_at_home, seen_moved;
static volatile u64 own_base;

/* The other CPU, while this one's is at NOTHING. */
static void on_other_cpu(struct cpu *c)
{
	(void)c;
	while (!moved)
		__asm__ volatile("pause");
	own_base = rdmsr(MSR_APIC_BASE);
	seen_moved = mmio_read32(NOTHING + LAPIC_VERSION);
	seen_at_home = lapic_read(LAPIC_VERSION);
	moved = 2;
}

static void other_stays(u32 version)
{
	moved = 1;
	while (moved != 2)
		__asm__ volatile("pause");
	tap_ok(seen_moved == ~0u && seen_at_home == version && !(own_base & 0x100) &&
		       (own_base & ~BASE_FLAGS) == LAPIC_BASE,
	       "another CPU's stays where it was");
}

static void moves(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	u32 version = lapic_read(LAPIC_VERSION), bits, r[4];

	cpuid(0x80000008, 0, r);
	bits = r[0] & 0xff;
	tap_ok(wrmsr_faults(MSR_APIC_BASE, base | 1UL << bits), "no address beyond what there is");
	tap_ok(wrmsr_faults(MSR_APIC_BASE, base | 1) && wrmsr_faults(MSR_APIC_BASE, base | 0x200),
	       "no reserved bit");
	if (cpu_start(1, on_other_cpu))
		tap_note("the other CPU does not start");
	move_to(NOTHING);
	tap_eq(rdmsr(MSR_APIC_BASE), NOTHING | (base & BASE_FLAGS), "it moves");
	tap_eq(mmio_read32(NOTHING + LAPIC_VERSION), version, "to where nothing was");
	tap_eq(lapic_read(LAPIC_VERSION), ~0u, "from where nothing is any more");
	other_stays(version);
	mmio_write32(NOTHING + LAPIC_TPR, 0x20);
	lapic_write(LAPIC_TPR, 0x70);
	tap_eq(cr_read(8), 2, "and is written there only");
	mmio_write32(NOTHING + LAPIC_TPR, 0);
	mmio_write32(NOTHING + LAPIC_ICR, ICR_SELF | LAPIC_ICR_ASSERT | VECTOR_SOFT);
	move_to(IOAPIC_AT);
	tap_eq(mmio_read32(NOTHING + LAPIC_VERSION), ~0u, "it goes on");
	tap_eq(mmio_read32(IOAPIC_AT + LAPIC_VERSION), version, "and hides another device");
	page[LAPIC_VERSION / 4] = 0x12345678;
	move_to((u64)page);
	tap_eq(page[LAPIC_VERSION / 4], 0x12345678, "but no memory");
	move_to(base & ~BASE_FLAGS);
	tap_eq(lapic_read(LAPIC_VERSION), version, "and is back");
	tap_eq(ioapic_read(1) & 0xff, 0x20, "as the other device is");
	tap_ok(ipi_is_pending(), "with what was sent meanwhile");
	ipi_clear();
}

/* Where its page would begin if the address of none were the last there is. */
static void nothing_at_zero(void)
{
	static volatile u64 page_at = ~0UL; /* which the compiler must not know */
	u64 priority = cr_read(8);

	tap_eq(mmio_read32(page_at + LAPIC_VERSION), ~0u,
	       "it is not where the first page of memory is missing");
	mmio_write32(page_at + LAPIC_TPR, (u32)(priority ^ 1) << 4);
	tap_eq(cr_read(8), priority, "nor written there");
}

int guest_main(void)
{
	nothing_at_zero();
	registers();
	priorities();
	others();
	x2apic();
	moves();
	return tap_done();
}
