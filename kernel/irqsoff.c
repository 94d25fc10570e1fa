// SPDX-License-Identifier: Apache-2.0
/*
 * The longest stretches with interrupts off, by the place where they began. What is counted is
 * cycles; where an emulator counts instructions (QEMU's -icount shift=0), it is those. The
 * tracer's own are among them, so what it tells is rather too much than too little.
 */
#include <asm/cycles.h>
#include <lodge/arch.h>
#include <lodge/irqsoff.h>
#include <lodge/ksyms.h>
#include <lodge/printk.h>
#include <lodge/smp.h>

#define NR_WORST 12

/**
 * struct stretch
 * @begin, @end: addresses in the host's text; @begin is 0 for an exit
 * @exit:	what the exit was that it began with, or NULL
 */
struct stretch {
	u64 cycles, begin, end;
	const char *exit;
};

/* What a CPU is in the middle of. Only that CPU looks at it, with interrupts off. */
static struct {
	u64 since; /* 0: in none */
	u64 begin;
	const struct vcpu *vcpu;
} now[CONFIG_NR_CPUS];

static struct spinlock lock = SPINLOCK_INIT;
static struct stretch worst[NR_WORST]; /* the longest first */
static const char *(*exit_name)(const struct vcpu *vcpu);
static bool counting;

void irqsoff_init(const char *(*name)(const struct vcpu *vcpu))
{
	unsigned long flags = arch_irq_save();

	cycles_init();
	exit_name = name;
	WRITE_ONCE(counting, true);
	arch_irq_restore(flags);
}

static bool same_place(const struct stretch *a, const struct stretch *b)
{
	return a->begin == b->begin && a->exit == b->exit;
}

/* One place is told once, with the longest that began there. */
static void note(struct stretch s) __no_thread_safety
{
	unsigned int i;

	if (s.cycles <= worst[NR_WORST - 1].cycles)
		return;
	spin_lock(&lock);
	for (i = 0; i < NR_WORST - 1 && !same_place(&worst[i], &s);)
		i++;
	if (s.cycles > worst[i].cycles) {
		for (; i > 0 && worst[i - 1].cycles < s.cycles; i--)
			worst[i] = worst[i - 1];
		worst[i] = s;
	}
	spin_unlock(&lock);
}

static void begin(u64 place, const struct vcpu *vcpu)
{
	unsigned int cpu = cpu_id();

	if (!READ_ONCE(counting) || now[cpu].since)
		return;
	now[cpu].begin = place;
	now[cpu].vcpu = vcpu;
	now[cpu].since = arch_cycles();
}

static void end(u64 place)
{
	unsigned int cpu = cpu_id();
	const struct vcpu *vcpu = now[cpu].vcpu;

	if (!now[cpu].since)
		return;
	note((struct stretch){ .cycles = arch_cycles() - now[cpu].since,
			       .begin = now[cpu].begin,
			       .end = place,
			       .exit = vcpu ? exit_name(vcpu) : NULL });
	now[cpu].since = 0;
}

__noinline void irqsoff_begin(void)
{
	begin((u64)__builtin_return_address(0), NULL);
}

__noinline void irqsoff_end(void)
{
	end((u64)__builtin_return_address(0));
}

struct vcpu *irqsoff_guest_exit(struct vcpu *vcpu)
{
	begin(0, vcpu);
	return vcpu;
}

struct vcpu *irqsoff_guest_enter(struct vcpu *vcpu)
{
	end((u64)__builtin_return_address(0));
	return vcpu;
}

void irqsoff_report(void)
{
	unsigned int i;

	WRITE_ONCE(counting, false);
	for (i = 0; i < NR_WORST && worst[i].cycles; i++) {
		printk("lodge: interrupts off for %lu cycles: from ", worst[i].cycles);
		if (worst[i].exit)
			printk("exit %s", worst[i].exit);
		else
			ksym_print(worst[i].begin);
		printk(" to ");
		ksym_print(worst[i].end);
		printk("\n");
	}
}
