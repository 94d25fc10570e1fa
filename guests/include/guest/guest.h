/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <lodge/types.h>
#include <stdarg.h>

/* The runtime that every guest but skernel is linked with. */

/* ---- string ---- */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
/* A word of a list separated by any of @seps, such as "sstc" in an ISA string. */
bool str_has_word(const char *list, const char *word, const char *seps);

/* ---- console ---- */
void console_init(void);
void console_write(const char *s, size_t n);
/* What has been typed, without waiting. Return: a character, or -1. */
int console_read(void);
/* The line platform.uart_irq is up while there is something to read. */
void console_irq_enable(void);
int vprintf(const char *fmt, va_list ap);
__printf(1, 2) int printf(const char *fmt, ...);

/* ---- the machine, as the firmware described it ---- */
enum uart_kind { UART_NONE, UART_16550, UART_PL011 };

struct platform {
	const char *told_by; /* what describes the machine */
	const void *fdt;
	char model[64];
	char isa[512];
	char bootargs[256];
	unsigned int nr_cpus;
	u64 boot_cpu;
	u64 ram_base, ram_size;
	u64 timer_hz;
	u64 uart, rtc, intc; /* 0: there is none */
	enum uart_kind uart_kind;
	u32 uart_irq, rtc_irq;
	u32 intc_context; /* of the boot CPU's supervisor mode */
};

extern struct platform platform;

void platform_init(const void *fdt, u64 boot_cpu);

/* The number that *@s begins with, and puts @s behind it; 0 if it begins with none. */
u64 take_number(const char **s);
/* The number N of a boot argument NAME=N, or @otherwise. */
u64 bootarg_number(const char *name, u64 otherwise);

/* RAM that nobody uses, the device tree's place included: [first, end). */
u64 ram_free_start(void);
u64 ram_free_end(void);
/* Zeroed 4 KiB pages from there, never given back; a power of two of them, aligned to its size. */
void *ram_alloc(size_t pages);

/* ---- what an architecture supplies ---- */
extern const char arch_name[];
extern const u64 arch_flash_addr; /* the second flash bank of its board */

/* Reads what is there, and tells of it in @who's name. Return: whether it is what it should be. */
bool flash_check(const char *who);

/* By firmware, when no UART is known. */
void arch_console_write(const char *s, size_t n);
int arch_console_read(void);
void arch_console_irq_enable(void);
void arch_platform_init(struct platform *p);
/* The number of a device's interrupt, as the interrupt controller has it. */
u32 arch_fdt_irq(const void *fdt, int node);
u64 arch_time(void); /* ticks of platform.timer_hz */
/* A call of the firmware that does nothing. Return: whether the answer was right. */
bool arch_firmware_call(void);
/* If not @clean, or if the firmware has no way to tell, in a way that is seen as a failure. */
void __noreturn arch_poweroff(bool clean);
/* In the way that its board's software knows; returns only if that does not work. */
void arch_reset(void);

static inline u64 arch_ticks_from_us(u64 us)
{
	return us * platform.timer_hz / 1000000;
}

/*
 * When to stop waiting for what must come: a minute from now, which only what never comes takes,
 * however busy the host is.
 */
static inline u64 guest_give_up(void)
{
	return arch_time() + 60 * platform.timer_hz;
}

static inline u32 mmio_read32(u64 addr)
{
	return *(volatile u32 *)addr;
}

static inline void mmio_write32(u64 addr, u32 val)
{
	*(volatile u32 *)addr = val;
}

static inline u8 mmio_read8(u64 addr)
{
	return *(volatile u8 *)addr;
}

static inline void mmio_write8(u64 addr, u8 val)
{
	*(volatile u8 *)addr = val;
}

/* ---- entry ---- */
void __noreturn guest_start(u64 boot_cpu, const void *fdt);
/* A guest may have this to look at devices before the library has set them up. @info: devicetree */
void guest_begins(const void *info);
int guest_main(void); /* each guest has one; 0 powers off cleanly */

#endif
