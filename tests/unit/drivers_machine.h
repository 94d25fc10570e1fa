/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_MACHINE_H
#define DRIVERS_MACHINE_H

/* The machine that tests of the host's drivers make up: its registers, and the host around. */
#include "../../drivers/irqchip/plic.c" /* here, for its configuration */
#include "console_stub.h"
#include <asm/io.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>
#include <lodge/power.h>
#include <lodge/smp.h>
#include <lodge/time.h>
#include <shim.h>

#define UART_BASE   0x10000000ul
#define UART2_BASE  0x10010000ul
#define PLIC_BASE   0x0c000000ul
#define TEST_BASE   0x00100000ul
#define RTC_BASE    0x00101000ul
#define VIRTIO_BASE 0x10020000ul
#define UART_IRQ    10
#define HARTID	    7

/* ---- registers ---- */

static struct {
	/* UART */
	u8 lsr, ier, mcr, fcr;
	const char *input;
	char output[256];
	size_t nr_output;
	unsigned int lsr_reads;
	/* PLIC, contexts 0 (machine) and 1 (supervisor) of one hart */
	u32 priority[64], enable[2][2], threshold[2], pending[2];
	u32 completed[16], priority_then; /* at the last completion */
	unsigned int nr_completed;
	/* the others */
	u32 finisher;
	unsigned int nr_maps;
} hw;

static u64 uart_load(u64 off)
{
	switch (off) {
	case 0:
		return *hw.input ? (u8)*hw.input++ : 0;
	case 2:
		return hw.fcr & 1 ? 0xc1 : 0x01;
	case 5:
		hw.lsr_reads++;
		return hw.lsr | (*hw.input ? 1 : 0);
	}
	return 0;
}

static void uart_store(u64 off, u64 v)
{
	if (off == 0) {
		hw.output[hw.nr_output++] = (char)v;
		hw.output[hw.nr_output] = 0;
	} else if (off == 1) {
		hw.ier = (u8)v;
	} else if (off == 2) {
		hw.fcr = (u8)v;
	} else if (off == 4) {
		hw.mcr = (u8)v;
	}
}

static u32 plic_claim(unsigned int ctx)
{
	u32 irq;

	for (irq = 1; irq < 64; irq++)
		if (hw.pending[irq / 32] & hw.enable[ctx][irq / 32] & 1u << irq % 32 &&
		    hw.priority[irq] > hw.threshold[ctx]) {
			hw.pending[irq / 32] &= ~(1u << irq % 32);
			return irq;
		}
	return 0;
}

static void plic_done(unsigned int ctx, u32 irq)
{
	/* As the specification has it: ignored if not enabled for the target. */
	if (hw.enable[ctx][irq / 32] & 1u << irq % 32) {
		hw.completed[hw.nr_completed++ % 16] = irq;
		hw.priority_then = hw.priority[irq];
	}
}

static u32 *plic_reg(u64 off)
{
	unsigned int i, ctx = off >= 0x200000 ? (off - 0x200000) / 0x1000 : (off - 0x2000) / 0x80;

	if (off < 64 * 4)
		return &hw.priority[off / 4];
	assert_true(ctx < 2);
	if (off >= 0x200000) {
		assert_int_equal(off % 0x1000, 0);
		return &hw.threshold[ctx];
	}
	i = off % 0x80 / 4;
	assert_true(i < 2);
	return &hw.enable[ctx][i];
}

/* Slots: 0 empty, 1 with a legacy device, 2 with one that nobody drives, 3 no virtio at all. */
static u64 virtio_load(u64 off)
{
	static const u32 version[] = { 2, 1, 2, 2 }, id[] = { 0, 2, 99, 2 };
	u64 slot = off / 0x1000;

	switch (off % 0x1000) {
	case 0:
		return slot == 3 ? 0x12345678 : 0x74726976;
	case 4:
		return version[slot];
	case 8:
		return id[slot];
	}
	fail_msg("slot %lu: register %lx", slot, off % 0x1000);
	return 0;
}

static u64 hw_read(const volatile void *p, unsigned int width)
{
	u64 a = (u64)p;

	if (a >= UART_BASE && a < UART_BASE + 0x100) {
		assert_int_equal(width, 4);
		return uart_load((a - UART_BASE) / 4);
	}
	assert_int_equal(width, 4);
	if (a >= PLIC_BASE && a < PLIC_BASE + 0x400000) {
		u64 off = a - PLIC_BASE;

		if (off >= 0x200000 && off % 0x1000 == 4)
			return plic_claim((unsigned int)((off - 0x200000) / 0x1000));
		return *plic_reg(off);
	}
	if (a >= VIRTIO_BASE && a < VIRTIO_BASE + 0x4000)
		return virtio_load(a - VIRTIO_BASE);
	if (a == RTC_BASE)
		return 0x89abcdef;
	if (a == RTC_BASE + 4)
		return 0x01234567;
	fail_msg("nothing is at %lx", a);
	return 0;
}

static void hw_write(volatile void *p, unsigned int width, u64 v)
{
	u64 a = (u64)p;

	assert_int_equal(width, 4);
	if (a >= UART_BASE && a < UART_BASE + 0x100) {
		uart_store((a - UART_BASE) / 4, v);
	} else if (a >= PLIC_BASE && a < PLIC_BASE + 0x400000) {
		u64 off = a - PLIC_BASE;

		if (off >= 0x200000 && off % 0x1000 == 4)
			plic_done((unsigned int)((off - 0x200000) / 0x1000), (u32)v);
		else
			*plic_reg(off) = (u32)v;
	} else if (a == TEST_BASE) {
		hw.finisher = (u32)v;
	} else {
		fail_msg("nothing is at %lx", a);
	}
}

static const struct shim_io hw_io = { hw_read, hw_write };

/* ---- the host's services ---- */

static struct cpu cpu = { .self_hwid = HARTID };
static struct power_driver *power;
static char said[2048];
static u64 ticks;

void *host_ioremap(u64 pa, u64 size)
{
	hw.nr_maps++;
	return (void *)pa;
}

struct cpu *cpu_get(unsigned int id)
{
	return id ? NULL : &cpu;
}

cpumask_t cpus_online(void)
{
	return cpumask_of(1);
}

void cpus_sync(cpumask_t cpus)
{
	assert_true(cpumask_has(cpus, 1));
}

void thread_make_room(void)
{
}

void power_driver_register(struct power_driver *d)
{
	power = d;
}

u64 time_now(void)
{
	return ticks;
}

u64 time_hz(void)
{
	return 10000000;
}

void pr_err(const char *fmt, ...)
{
	size_t n = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + n, sizeof(said) - n, fmt, ap);
	va_end(ap);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

#endif
