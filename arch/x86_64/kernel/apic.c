// SPDX-License-Identifier: Apache-2.0
/*
 * The host's local APICs (AMD APM vol. 2, chapter 16): in x2APIC mode where the CPU has it,
 * else by their registers in memory, which are at one address on all CPUs.
 */
#include <lodge/arch.h>
#include <lodge/driver.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <asm/apic.h>
#include <asm/apicdef.h>
#include <asm/cpuid.h>
#include <asm/features.h>
#include <asm/io.h>
#include <asm/msr.h>
#include <asm/trap.h>

/* How long another IPI may be under way. */
#define ICR_POLLS 1000000

#define X2APIC_MSR(reg) (MSR_X2APIC + (reg) / 16)

static volatile u8 *regs __ro_after_init;
static bool x2apic __ro_after_init;
static bool deadline_mode __ro_after_init;

/* APIC timer ticks in a tick of the TSC, as a 32.32 fixed-point number. */
static u64 rate __ro_after_init;

static u32 apic_read(u32 reg)
{
	return x2apic ? (u32)rdmsr(X2APIC_MSR(reg)) : readl(regs + reg);
}

static void apic_write(u32 reg, u32 v)
{
	if (x2apic)
		wrmsr(X2APIC_MSR(reg), v);
	else
		writel(v, regs + reg);
}

u32 apic_id(void)
{
	if (cpuid(0, 0).eax >= 0xb) {
		struct cpuid r = cpuid(0xb, 0);

		if (r.ebx)
			return r.edx;
	}
	return cpuid(1, 0).ebx >> 24;
}

void apic_init(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	/* Whoever has turned it on already can't go back without losing all of it. */
	x2apic = cpu_features.x2apic;
	deadline_mode = IS_ENABLED(CONFIG_X86_64_TSC_DEADLINE) && cpu_features.tsc_deadline;
	if (x2apic)
		return;
	regs = driver_own(base & APIC_BASE_ADDR, PAGE_SIZE, "the local APIC");
	if (!regs)
		panic("no room to map the local APIC");
}

static void apic_enable(void)
{
	u64 base = rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE;

	wrmsr(MSR_APIC_BASE, base);
	if (x2apic)
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
}

void apic_cpu_init(void)
{
	apic_enable();
	apic_write(APIC_SVR, APIC_SVR_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_TPR, 0);
	/* The legacy controller's line and the NMI pin are not ours to route. */
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT1, APIC_MODE_NMI << APIC_ICR_MODE_SHIFT);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_TIMER_DIV, APIC_TIMER_DIV_1);
	apic_write(APIC_LVT_TIMER,
		   VECTOR_TIMER | (deadline_mode ? APIC_TIMER_DEADLINE : APIC_TIMER_ONESHOT));
	/* The mode before the first deadline (Intel SDM vol. 3, 10.5.4.1). */
	mb();
}

u32 apic_vector(void)
{
	return this_cpu()->arch.irq_vector;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_error(void)
{
	/* Written first to be up to date (APM vol. 2, 16.4.6). */
	apic_write(APIC_ESR, 0);
	pr_warn("CPU %u: local APIC error %#x", cpu_id(), apic_read(APIC_ESR));
}

/* An earlier one has left; sending without waiting for that would lose it. */
static void wait_sent(void)
{
	u32 polls = ICR_POLLS;

	while ((readl(regs + APIC_ICR) & APIC_ICR_PENDING) && polls--)
		cpu_relax();
}

void apic_send(u32 id, u32 mode, u8 vector)
{
	u32 command = mode << APIC_ICR_MODE_SHIFT | APIC_ICR_ASSERT | vector;
	unsigned long flags;

	if (x2apic) {
		/* Such a write waits for no earlier store, which the receiver is to see. */
		mb();
		wrmsr(X2APIC_MSR(APIC_ICR), (u64)id << 32 | command);
		return;
	}
	/* An interrupt between the halves may send one too. */
	flags = arch_irq_save();
	wait_sent();
	writel(id << 24, regs + APIC_ICR_HIGH);
	writel(command, regs + APIC_ICR);
	arch_irq_restore(flags);
}

void apic_send_self(u8 vector)
{
	u32 command = APIC_SHORTHAND_SELF << APIC_ICR_SHORTHAND_SHIFT | APIC_ICR_ASSERT | vector;

	/* The upper half is not looked at, so that one that is being written stays good. */
	if (x2apic)
		wrmsr(X2APIC_MSR(APIC_ICR), command);
	else
		writel(command, regs + APIC_ICR);
}

/* ---- timer ---- */

bool apic_has_deadline(void)
{
	return deadline_mode;
}

void apic_timer_set_rate(u64 apic_ticks, u64 tsc_ticks)
{
	rate = (apic_ticks << 32) / tsc_ticks;
}

void apic_timer_begin(void)
{
	apic_enable();
	apic_write(APIC_TIMER_DIV, APIC_TIMER_DIV_1);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | APIC_TIMER_ONESHOT);
	apic_write(APIC_TIMER_INIT, ~0u);
}

u32 apic_timer_elapsed(void)
{
	return ~0u - apic_read(APIC_TIMER_COUNT);
}

/* At least 1: 0 would stop it. What it can't count that far is armed again in between. */
static u32 oneshot_count(u64 deadline)
{
	u64 now = rdtsc();
	u64 ticks;

	if (deadline <= now)
		return 1;
	/* Not earlier than asked, as each time costs another interrupt. */
	ticks = (u64)((unsigned __int128)(deadline - now) * rate >> 32) + 1;
	return ticks > ~0u ? ~0u : (u32)ticks;
}

void apic_timer_arm(u64 deadline)
{
	if (deadline_mode)
		/* 0 disarms. */
		wrmsr(MSR_TSC_DEADLINE, deadline == ~0ul ? 0 : deadline);
	else
		apic_write(APIC_TIMER_INIT, deadline == ~0ul ? 0 : oneshot_count(deadline));
}

void arch_timer_set(u64 deadline)
{
	apic_timer_arm(deadline);
}
