/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GIC_FIXTURE_H
#define GIC_FIXTURE_H

/*
 * What the tests of the host's GIC drivers share: a machine of two CPUs with the registers of
 * a distributor in memory, write-one-to-set and -clear applied, and a queue of interrupts to
 * acknowledge.
 */
#include "../../drivers/irqchip/gic.c" /* here, for its configuration */
#include "../../kernel/irq.c"	       /* and to forget what was registered */
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/fdt.h>
#include <shim.h>

#define DIST_BASE 0x08000000ul

static u8 tree[4096];
static char said[1024];
static u64 ticks;

static struct cpu cpus[2] = { { .id = 0, .self_hwid = 0x100 },
			      { .id = 1, .self_hwid = 0x0200000011 } };

static struct {
	u32 queue[64]; /* to acknowledge, in this order; then 1023 */
	unsigned int head, tail;
	u32 dropped[64], done[64]; /* priority drops and deactivations */
	unsigned int nr_dropped, nr_done;
	bool busy; /* no write ever has effect */
} hw;

struct cpu *cpu_get(unsigned int id)
{
	return id < 2 ? &cpus[id] : NULL;
}

unsigned int cpu_count(void)
{
	return 2;
}

u64 time_now(void)
{
	return ticks += 1000;
}

u64 time_from_us(u64 us)
{
	return us * 10;
}

static unsigned int kicked;

void cpu_kicked(void)
{
	kicked++;
}

void *host_ioremap(u64 pa, u64 size)
{
	return (void *)pa;
}

static void say(const char *fmt, va_list ap)
{
	size_t n = strlen(said);

	vsnprintf(said + n, sizeof(said) - n, fmt, ap);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

void pr_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void pr_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

static u32 acknowledge(void)
{
	return hw.head == hw.tail ? GIC_INTID_NONE : hw.queue[hw.head++];
}

static void arrive(u32 iar)
{
	hw.queue[hw.tail++] = iar;
}

/* A frame of set/clear registers, as the distributor's first 0x400 bytes are. */
static u32 frame_load(const u32 *regs, u64 off)
{
	if (off >= GICD_ICENABLER && off < GICD_ISPENDR)
		off -= GICD_ICENABLER - GICD_ISENABLER;
	if (off >= GICD_ICACTIVER && off < GICD_IPRIORITYR)
		off -= GICD_ICACTIVER - GICD_ISACTIVER;
	return regs[off / 4];
}

static void frame_store(u32 *regs, u64 off, u32 v)
{
	if (off >= GICD_ISENABLER && off < GICD_ICENABLER)
		regs[off / 4] |= v;
	else if (off >= GICD_ICENABLER && off < GICD_ISPENDR)
		regs[(off - GICD_ICENABLER + GICD_ISENABLER) / 4] &= ~v;
	else if (off >= GICD_ICPENDR && off < GICD_ISACTIVER)
		regs[(off - GICD_ICPENDR + GICD_ISPENDR) / 4] &= ~v;
	else if (off >= GICD_ICACTIVER && off < GICD_IPRIORITYR)
		regs[(off - GICD_ICACTIVER + GICD_ISACTIVER) / 4] &= ~v;
	else
		regs[off / 4] = v;
}

/* One node with @compatible; @reg are pairs of address and size. */
static void write_tree(const char *compatible, const u64 *reg, unsigned int n, u32 regions)
{
	u32 cells[32];
	unsigned int i;
	struct fdt_writer w;

	for (i = 0; i < 2 * n; i++) {
		cells[2 * i] = (u32)(reg[i] >> 32);
		cells[2 * i + 1] = (u32)reg[i];
	}
	fdtw_begin(&w, tree, sizeof(tree));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	fdtw_u32(&w, "interrupt-parent", 7);
	fdtw_node(&w, "gic");
	fdtw_string(&w, "compatible", compatible);
	fdtw_u32(&w, "phandle", 7);
	fdtw_u32(&w, "#interrupt-cells", 3);
	if (regions)
		fdtw_u32(&w, "#redistributor-regions", regions);
	fdtw_cells(&w, "reg", cells, 4 * n);
	fdtw_cells(&w, "interrupts", (const u32[]){ 1, 9, 4 }, 3);
	fdtw_end_node(&w);
	fdtw_node(&w, "dev");
	fdtw_cells(&w, "interrupts", (const u32[]){ 0, 1, 4, 1, 10, 8, 0, 988, 4, 2, 0, 4 }, 12);
	fdtw_end_node(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
}

static inline u32 dev_irq(unsigned int n)
{
	u32 irq;

	assert_int_equal(driver_irq(tree, fdt_find_path(tree, "/dev"), n, &irq), 0);
	return irq;
}

/* As if nothing had been probed. */
static void start_over(void)
{
	gic = (struct gic){ 0 };
	memset(&hw, 0, sizeof(hw));
	chip = NULL;
	kfree(action);
	action = NULL;
	said[0] = 0;
	kicked = 0;
	shim_this_cpu = &cpus[0];
}

static unsigned int handled;

static void handler(void *arg)
{
	handled++;
}

/* ---- tests of both ---- */

/* Its device was reset, or given to another VM, after that. */
static void an_edge_is_forgotten(u32 *dist)
{
	u32 *pending = &dist[GICD_ISPENDR / 4 + 1];

	assert_int_equal(irq_request_kept(33, IRQ_EDGE_RISING, handler, NULL, "mine"), 0);
	irq_on(33);
	irq_off(33);
	*pending = 7;
	irq_on(33);
	assert_int_equal(*pending, 5);
	assert_int_equal(dist[GICD_ISENABLER / 4 + 1], 2);
	irq_free(33);
}

#endif
