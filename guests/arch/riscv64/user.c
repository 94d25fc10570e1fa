// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/guest.h>
#include <guest/user.h>

static syscall_handler_t handler;
static void (*tick_handler)(void);
static u64 tick_period, tick_next;

/* Number in a7, arguments from a0 on, result in a0, as Linux has it. */
static void on_ecall(struct trap_frame *f)
{
	f->sepc += 4;
	f->x[10] = (u64)handler(f->x[17], f->x[10], f->x[11], f->x[12]);
}

long arch_user_run(u64 pc, u64 sp, syscall_handler_t syscall)
{
	handler = syscall;
	user_ecall = on_ecall;
	return user_enter(pc, sp);
}

void __noreturn arch_user_exit(long status)
{
	user_leave(status);
}

static void on_timer(struct trap_frame *f)
{
	(void)f;
	tick_next += tick_period;
	sbi_set_timer(tick_next);
	tick_handler();
}

void arch_tick_start(u64 period_us, void (*tick)(void))
{
	tick_handler = tick;
	tick_period = arch_ticks_from_us(period_us);
	tick_next = arch_time() + tick_period;
	irq_set_handler(IRQ_TIMER, on_timer);
	sbi_set_timer(tick_next);
	csr_set(sie, BIT(IRQ_TIMER));
}

void arch_tick_stop(void)
{
	csr_clear(sie, BIT(IRQ_TIMER));
	sbi_set_timer(~0UL);
}
