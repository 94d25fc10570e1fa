/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <lodge/arch.h>
#include <lodge/console.h>
#include <lodge/panic.h>
#include <lodge/power.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/smp.h>

static u32 panicking;

void panic_begin(void)
{
	arch_irq_disable();
	/* A panic within a panic, or on two CPUs: the first one reports. */
	if (__atomic_fetch_add(&panicking, 1, __ATOMIC_RELAXED) != 0) {
		if (READ_ONCE(panicking) > 8)
			arch_cpu_halt();
		printk("lodge: another panic while one is reported\n");
		machine_power_off(PANIC_STATUS);
	}
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
	printk("lodge: %s: %s\n", what, buf);
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
