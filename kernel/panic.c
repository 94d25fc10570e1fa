// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <lodge/arch.h>
#include <lodge/console.h>
#include <lodge/lock_debug.h>
#include <lodge/panic.h>
#include <lodge/power.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/smp.h>

static u32 reporter; /* the CPU that panicked first, and 1; 0 while none has */
static u32 relapses;

/*
 * The report has failed itself. Each time less is tried, so that the machine ends in any
 * case: to say so, to end it, to end it by the firmware.
 */
static __noreturn __noinline void panic_again(void)
{
	relapses++;
	if (relapses == 1)
		printk("lodge: another panic while one is reported\n");
	if (relapses <= 2)
		machine_power_off(PANIC_STATUS);
	if (relapses == 3)
		arch_power_off(PANIC_STATUS);
	arch_cpu_halt();
}

void panic_begin(void)
{
	u32 me = cpu_id() + 1, none = 0;

	arch_irq_disable();
	if (!__atomic_compare_exchange_n(&reporter, &none, me, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED)) {
		if (none == me)
			panic_again();
		/* Of two CPUs the first reports, and ends the machine when it has. */
		arch_cpu_halt();
	}
	if (IS_ENABLED(CONFIG_DEBUG_LOCKS))
		lock_debug_off();
	console_panic();
	smp_stop_others();
}

void panic_end(void)
{
	machine_power_off(PANIC_STATUS);
}

static void vsay(const char *what, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void vsay(const char *what, const char *fmt, va_list ap)
{
	char buf[256];

	vsnprintf(buf, sizeof(buf), fmt, ap);
	pr_info("%s: %s", what, buf);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	va_start(ap, fmt);
	vsay("panic", fmt, ap);
	va_end(ap);
	arch_backtrace();
	panic_end();
}

void panic_plain(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	va_start(ap, fmt);
	vsay("can't run here", fmt, ap);
	va_end(ap);
	panic_end();
}

/* Stack protector: a fixed guard catches overruns; it is not a secret. */
extern unsigned long __stack_chk_guard;
extern __noreturn void __stack_chk_fail(void);

unsigned long __stack_chk_guard = 0x6c6f646765000a0d;

void __stack_chk_fail(void)
{
	panic("a function overran its stack frame");
}
