// SPDX-License-Identifier: Apache-2.0
#include <arch/plic.h>
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/thread.h>

#define NR_IRQS 16

static irq_handler_t irq_handlers[NR_IRQS];
volatile u64 irq_unhandled;

static volatile bool probing, probe_hit;

void irq_set_handler(unsigned int irq, irq_handler_t handler)
{
	irq_handlers[irq] = handler;
}

void irq_unmask(unsigned int irq)
{
	csr_set(sie, BIT(irq));
}

void irq_mask(unsigned int irq)
{
	csr_clear(sie, BIT(irq));
}

/* In a guest, QEMU 7.2 shows only SSIP in sip, so reading that register would not tell. */
bool irq_pending(unsigned int irq)
{
	u64 old_sie = csr_read(sie), old_status = csr_read(sstatus);

	irq_disable();
	csr_write(sie, BIT(irq));
	probe_hit = false;
	probing = true;
	irq_enable();
	/* Taken here, if at all. */
	__asm__ volatile("nop; nop" ::: "memory");
	irq_disable();
	probing = false;
	csr_write(sie, old_sie);
	csr_set(sstatus, old_status & SSTATUS_SIE);
	return probe_hit;
}

bool irq_dispatch(struct trap_frame *f)
{
	u64 irq = f->scause & ~CAUSE_INTERRUPT;

	if (probing) {
		probe_hit = true;
		csr_clear(sie, BIT(irq));
		return true;
	}
	if (irq < NR_IRQS && irq_handlers[irq]) {
		irq_handlers[irq](f);
		thread_preempt();
		return true;
	}
	irq_unhandled++;
	if (irq < NR_IRQS)
		csr_clear(sie, BIT(irq));
	return irq < NR_IRQS;
}

void timer_set(u64 when)
{
	sbi_set_timer(when);
}

void ipi_send(u64 cpu)
{
	sbi_call3(SBI_IPI, 0, 1, cpu, 0);
}

bool ipi_is_pending(void)
{
	return csr_read(sip) & BIT(IRQ_SOFT);
}

void ipi_clear(void)
{
	csr_clear(sip, BIT(IRQ_SOFT));
}

void dev_irq_enable(u32 irq)
{
	mmio_write32(plic_threshold(), 0);
	mmio_write32(plic_priority(irq), 1);
	mmio_write32(plic_enable(irq), 1u << irq % 32);
}

void dev_irq_disable(u32 irq)
{
	mmio_write32(plic_enable(irq), 0);
}

bool dev_irq_is_pending(u32 irq)
{
	return mmio_read32(plic_pending(irq)) >> (irq % 32) & 1;
}

u32 dev_irq_claim(void)
{
	return mmio_read32(plic_claim());
}

void dev_irq_complete(u32 irq)
{
	mmio_write32(plic_claim(), irq);
}

u64 intc_register(void)
{
	return plic_priority(8);
}

/* Of the 16550: IER.ETBEI. */
void uart_irq_raise(void)
{
	mmio_write8(platform.uart + 1, 2);
}

void uart_irq_lower(void)
{
	mmio_write8(platform.uart + 1, 0);
}
