/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_IRQ_H
#define GUEST_IRQ_H

#include <guest/trap.h>

/*
 * Interrupts of a CPU, by where they come from: its timer, another CPU, or the interrupt
 * controller's device lines. arch/trap.h has the numbers.
 *
 *   IRQ_TIMER	timer_set()
 *   IRQ_SOFT	ipi_send()
 *   IRQ_EXT	dev_irq_enable()
 */

typedef void (*irq_handler_t)(struct trap_frame *f);

/* An interrupt without a handler is masked, and counted. */
void irq_set_handler(unsigned int irq, irq_handler_t handler);
extern volatile u64 irq_unhandled;

/* Of one source, on this CPU; all are masked at first. */
void irq_unmask(unsigned int irq);
void irq_mask(unsigned int irq);

/* Whether @irq is pending, masked or not, by letting it happen. */
bool irq_pending(unsigned int irq);

/* This CPU's timer is pending from @when (arch_time()) on; ~0 is never. */
void timer_set(u64 when);
/* Wait for its interrupt, which has no handler meanwhile; @when is a time of arch_time(). */
void timer_sleep_ms(u64 ms);
void timer_sleep_until(u64 when);

/* ---- from one CPU to another ---- */

void ipi_send(u64 cpu);
/* The one for this CPU, handled or not. */
bool ipi_is_pending(void);
void ipi_clear(void);

/* ---- devices ---- */

/* The line of platform.uart_irq and the like reaches this CPU, and no other. */
void dev_irq_enable(u32 irq);
void dev_irq_disable(u32 irq);
/* Whether the controller has it as pending. */
bool dev_irq_is_pending(u32 irq);
/* The one to be handled, in the handler of IRQ_EXT or by polling. Return: 0 if there is none. */
u32 dev_irq_claim(void);
void dev_irq_complete(u32 irq);

/* A register of 32 bits of the interrupt controller, without effects: a line's priority. */
u64 intc_register(void);

/* ---- a line of the UART's that can be raised at will: its transmitter is empty ---- */

void uart_irq_raise(void);
void uart_irq_lower(void);

#endif
