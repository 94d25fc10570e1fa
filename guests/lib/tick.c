// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/user.h>

static void (*tick_handler)(void);
static u64 tick_period;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	/* Those that were missed are not made up for: between two there is time for other things. */
	timer_set(arch_time() + tick_period);
	tick_handler();
}

void tick_start(u64 period_us, void (*tick)(void))
{
	tick_handler = tick;
	tick_period = arch_ticks_from_us(period_us);
	irq_set_handler(IRQ_TIMER, on_timer);
	timer_set(arch_time() + tick_period);
	irq_unmask(IRQ_TIMER);
}

void tick_stop(void)
{
	irq_mask(IRQ_TIMER);
	timer_set(~0UL);
}

void timer_sleep_until(u64 when)
{
	/* It may come a little early, and is masked when it has come. */
	while (arch_time() < when) {
		irq_unmask(IRQ_TIMER);
		timer_set(when);
		wfi();
	}
	irq_mask(IRQ_TIMER);
}

void timer_sleep_ms(u64 ms)
{
	timer_sleep_until(arch_time() + arch_ticks_from_us(1000 * ms));
}
