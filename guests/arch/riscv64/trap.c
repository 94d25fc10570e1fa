// SPDX-License-Identifier: Apache-2.0
#include <arch/trap.h>
#include <guest/guest.h>

#define NR_IRQS 16

static irq_handler_t irq_handlers[NR_IRQS];
volatile u64 irq_unhandled;

static volatile bool probing, probe_hit;
static bool catching;
static struct trap_record caught;

void (*user_ecall)(struct trap_frame *f);

void irq_set_handler(unsigned int irq, irq_handler_t handler)
{
	irq_handlers[irq] = handler;
}

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

void trap_catch(void)
{
	caught = (struct trap_record){ 0 };
	catching = true;
	barrier();
}

struct trap_record trap_caught(void)
{
	barrier();
	catching = false;
	return caught;
}

static void __noreturn trap_fatal(const struct trap_frame *f)
{
	catching = false;
	printf("\nBail out! trap: scause 0x%lx sepc 0x%lx stval 0x%lx sstatus 0x%lx\n", f->scause,
	       f->sepc, f->stval, f->sstatus);
	for (int i = 1; i < 32; i++)
		printf("# x%-2d 0x%016lx%s", i, f->x[i], i % 4 && i < 31 ? "  " : "\n");
	arch_poweroff(false);
}

static u64 insn_len(u64 pc)
{
	return (*(const volatile u16 *)pc & 3) == 3 ? 4 : 2;
}

/* Whether the instruction at @pc is memory that can be looked at. */
static bool is_code(u64 pc)
{
	return pc - platform.ram_base < platform.ram_size;
}

static void trap_record(struct trap_frame *f)
{
	caught.count++;
	caught.cause = f->scause;
	caught.tval = f->stval;
	caught.epc = f->sepc;
	if (f->scause == CAUSE_FETCH_ACCESS || f->scause == CAUSE_FETCH_PAGE ||
	    f->scause == CAUSE_FETCH_MISALIGN || !is_code(f->sepc))
		f->sepc = f->x[1];
	else
		f->sepc += insn_len(f->sepc);
}

static void trap_irq(struct trap_frame *f)
{
	u64 irq = f->scause & ~CAUSE_INTERRUPT;

	if (probing) {
		probe_hit = true;
		csr_clear(sie, BIT(irq));
		return;
	}
	if (irq < NR_IRQS && irq_handlers[irq]) {
		irq_handlers[irq](f);
		return;
	}
	irq_unhandled++;
	if (irq < NR_IRQS)
		csr_clear(sie, BIT(irq));
	else
		trap_fatal(f);
}

void trap_dispatch(struct trap_frame *f)
{
	if (f->scause & CAUSE_INTERRUPT)
		trap_irq(f);
	else if (f->scause == CAUSE_ECALL_U && user_ecall)
		user_ecall(f);
	else if (catching)
		trap_record(f);
	else
		trap_fatal(f);
}
