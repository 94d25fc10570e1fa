// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/thread.h>

/*
 * IRQ_SOFT is an IPI, IRQ_TIMER the local APIC's timer, IRQ_EXT all inputs of the I/O APIC,
 * which are masked by the task priority. A CPU can't tell what is pending but by taking it:
 * while it only looks, an interrupt is noted, and comes again from irq_enable().
 */

#define TPR_NO_DEVICES VECTOR_EXT + 0x10

struct irq_cpu {
	bool unmasked[NR_IRQS];
	volatile bool pending[NR_IRQS]; /* noted; never IRQ_EXT, whose lines are still up */
	volatile bool looking, claiming;
	volatile bool seen[NR_IRQS];
	volatile u32 claimed;
	u64 deadline;
};

static struct irq_cpu irq_cpus[MAX_CPUS];
static irq_handler_t irq_handlers[NR_IRQS];
volatile u64 irq_unhandled;

static struct irq_cpu *me(void)
{
	return &irq_cpus[cpu_number() % MAX_CPUS];
}

static bool has_deadline(void)
{
	static int known = -1;
	u32 r[4];

	if (known < 0) {
		cpuid(1, 0, r);
		known = r[2] >> 24 & 1;
	}
	return known;
}

void lapic_send(u64 cpu, u32 command)
{
	while (lapic_read(LAPIC_ICR) & LAPIC_ICR_PENDING)
		;
	lapic_write(LAPIC_ICR_HIGH, (u32)cpu << 24);
	lapic_write(LAPIC_ICR, command);
}

void irq_cpu_init(void)
{
	lapic_write(LAPIC_SVR, LAPIC_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_TPR, TPR_NO_DEVICES);
	lapic_write(LAPIC_LVT_LINT0, LAPIC_MASKED);
	lapic_write(LAPIC_TIMER_DIV, LAPIC_DIV_1);
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER | (has_deadline() ? LAPIC_DEADLINE : 0));
	*me() = (struct irq_cpu){ .deadline = ~0UL };
}

void irq_set_handler(unsigned int irq, irq_handler_t handler)
{
	irq_handlers[irq] = handler;
}

/* Of this CPU's timer, if it is to interrupt at all. */
static void timer_arm(u64 when)
{
	u64 now = arch_time(), count;

	if (has_deadline()) {
		wrmsr(MSR_TSC_DEADLINE, when == ~0UL ? 0 : when);
		return;
	}
	count = when <= now ? 1 : (when - now) / (platform.timer_hz / 1000) * (lapic_hz / 1000);
	count += when <= now ? 0
			     : (when - now) % (platform.timer_hz / 1000) * (lapic_hz / 1000) /
					       (platform.timer_hz / 1000) +
				       1;
	lapic_write(LAPIC_TIMER_INIT, when == ~0UL ? 0 : (u32)min(count, 0xffffffffUL));
}

void irq_unmask(unsigned int irq)
{
	me()->unmasked[irq] = true;
	if (irq == IRQ_EXT)
		lapic_write(LAPIC_TPR, 0);
	else if (irq == IRQ_TIMER)
		timer_arm(me()->deadline);
}

void irq_mask(unsigned int irq)
{
	me()->unmasked[irq] = false;
	if (irq == IRQ_EXT)
		lapic_write(LAPIC_TPR, TPR_NO_DEVICES);
	else if (irq == IRQ_TIMER)
		timer_arm(~0UL);
}

static bool irqs_on(void)
{
	u64 flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	return flags & RFLAGS_IF;
}

/* Lets in what there is, to be noted and no more. */
static void look(bool sleep)
{
	struct irq_cpu *c = me();

	c->looking = true;
	if (sleep)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	else
		__asm__ volatile("sti; nop; nop; cli" ::: "memory");
	c->looking = false;
}

static bool any_pending(const struct irq_cpu *c)
{
	for (unsigned int i = 0; i < NR_IRQS; i++)
		if (c->pending[i] && c->unmasked[i])
			return true;
	return false;
}

void wfi(void)
{
	if (irqs_on())
		__asm__ volatile("hlt" ::: "memory");
	else if (!any_pending(me()))
		look(true);
}

void irq_enable(void)
{
	struct irq_cpu *c = me();

	for (unsigned int i = 0; i < NR_IRQS; i++)
		if (c->pending[i] && c->unmasked[i]) {
			c->pending[i] = false;
			lapic_send(cpu_number(),
				   LAPIC_ICR_ASSERT | (i == IRQ_SOFT ? VECTOR_SOFT : VECTOR_TIMER));
		}
	__asm__ volatile("sti" ::: "memory");
}

bool irq_pending(unsigned int irq)
{
	struct irq_cpu *c = me();
	bool on = irqs_on(), unmasked = c->unmasked[irq];

	irq_disable();
	if (!unmasked)
		irq_unmask(irq);
	c->seen[irq] = false;
	/* One at a time: each leaves interrupts off. */
	for (int i = 0; i < NR_IRQS + 1; i++)
		look(false);
	if (!unmasked)
		irq_mask(irq);
	if (on)
		irq_enable();
	return c->seen[irq] || c->pending[irq];
}

static unsigned int irq_of(u64 vector)
{
	if (vector - VECTOR_EXT < NR_EXT)
		return IRQ_EXT;
	return vector == VECTOR_SOFT ? IRQ_SOFT : vector == VECTOR_TIMER ? IRQ_TIMER : NR_IRQS;
}

/* While somebody looks. Without the end of a device's interrupt others would wait for ever. */
static void note(struct irq_cpu *c, struct trap_frame *f, unsigned int irq)
{
	c->seen[irq] = true;
	f->rflags &= ~(u64)RFLAGS_IF;
	if (irq == IRQ_EXT && c->claiming) {
		c->claimed = (u32)(f->vector - VECTOR_EXT);
		return;
	}
	if (irq != IRQ_EXT)
		c->pending[irq] = true;
	lapic_write(LAPIC_EOI, 0);
}

void irq_dispatch(struct trap_frame *f)
{
	unsigned int irq = irq_of(f->vector);
	struct irq_cpu *c = me();

	if (irq == NR_IRQS)
		return; /* spurious: no end */
	if (c->looking) {
		note(c, f, irq);
		return;
	}
	if (!c->unmasked[irq]) {
		c->pending[irq] = irq != IRQ_EXT;
		lapic_write(LAPIC_EOI, 0);
		return;
	}
	if (irq == IRQ_EXT)
		c->claimed = (u32)(f->vector - VECTOR_EXT);
	else
		lapic_write(LAPIC_EOI, 0);
	if (irq_handlers[irq]) {
		irq_handlers[irq](f);
	} else {
		irq_unhandled++;
		irq_mask(irq);
	}
	/* The handler may have. */
	if (irq == IRQ_EXT && c->claimed)
		dev_irq_complete(c->claimed);
	thread_preempt();
}

void timer_set(u64 when)
{
	struct irq_cpu *c = me();

	c->deadline = when;
	c->pending[IRQ_TIMER] = false;
	timer_arm(c->unmasked[IRQ_TIMER] ? when : ~0UL);
}

/* ---- IPIs ---- */

void ipi_send(u64 cpu)
{
	lapic_send(cpu, LAPIC_ICR_ASSERT | VECTOR_SOFT);
}

bool ipi_is_pending(void)
{
	return me()->pending[IRQ_SOFT] ||
	       (lapic_read(LAPIC_IRR + 0x10 * (VECTOR_SOFT / 32)) >> VECTOR_SOFT % 32 & 1);
}

void ipi_clear(void)
{
	bool on = irqs_on();

	irq_disable();
	for (int i = 0; i < NR_IRQS && ipi_is_pending(); i++) {
		look(false);
		me()->pending[IRQ_SOFT] = false;
	}
	if (on)
		irq_enable();
}

/* ---- devices: level-triggered, so that a line that stays up interrupts again ---- */

void dev_irq_enable(u32 irq)
{
	ioapic_write(IOAPIC_REDIR(irq) + 1, cpu_number() << 24);
	ioapic_write(IOAPIC_REDIR(irq), (VECTOR_EXT + irq) | IOAPIC_LEVEL);
}

void dev_irq_disable(u32 irq)
{
	ioapic_write(IOAPIC_REDIR(irq), (VECTOR_EXT + irq) | IOAPIC_LEVEL | IOAPIC_MASKED);
}

bool dev_irq_is_pending(u32 irq)
{
	u32 vector = VECTOR_EXT + irq;

	return lapic_read(LAPIC_IRR + 0x10 * (vector / 32)) >> vector % 32 & 1;
}

u32 dev_irq_claim(void)
{
	struct irq_cpu *c = me();
	bool on = irqs_on();

	if (c->claimed)
		return c->claimed;
	irq_disable();
	c->claiming = true;
	for (int i = 0; i < NR_IRQS && !c->claimed; i++)
		look(false);
	c->claiming = false;
	if (on)
		irq_enable();
	return c->claimed;
}

void dev_irq_complete(u32 irq)
{
	struct irq_cpu *c = me();

	if (!irq || c->claimed != irq)
		return;
	c->claimed = 0;
	lapic_write(LAPIC_EOI, 0);
}

/* What the I/O APIC's window shows of an input that nothing uses. */
u64 intc_register(void)
{
	mmio_write32(platform.intc + IOAPIC_SELECT, IOAPIC_REDIR(NR_EXT - 1));
	return platform.intc + IOAPIC_DATA;
}

/* Of the 16550: IER.ETBEI. Its transmitter has always room. */
void uart_irq_raise(void)
{
	outb(0x3f9, 2);
}

void uart_irq_lower(void)
{
	outb(0x3f9, 0);
}
