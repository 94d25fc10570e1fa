/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUS_LINES_H
#define BUS_LINES_H

/* Part of bus_fixture.h: the host's interrupts as passed-through devices get them, and their registers. */
#include <lodge/driver.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/irq.h>
#include <lodge/sched.h>
#include <lodge/smp.h>
#include <lodge/time.h>

#define HOST_IRQS 64
#define TAKEN	  60 /* a driver of the host has it */

static struct {
	irq_handler_t fn;
	void *arg;
	enum irq_trigger trigger;
	bool on;
} host_irq[HOST_IRQS];
static unsigned int calls; /* cpus_sync(), since the last interrupt went off */
static u64 now, charged;

int irq_request_kept(u32 irq, enum irq_trigger trigger, irq_handler_t fn, void *arg,
		     const char *name)
{
	if (irq >= HOST_IRQS)
		return -EINVAL;
	if (irq == TAKEN || host_irq[irq].fn)
		return -EBUSY;
	host_irq[irq].fn = fn;
	host_irq[irq].arg = arg;
	host_irq[irq].trigger = trigger;
	host_irq[irq].on = false;
	return 0;
}

void irq_on(u32 irq)
{
	assert_non_null(host_irq[irq].fn);
	host_irq[irq].on = true;
}

void irq_off(u32 irq)
{
	assert_non_null(host_irq[irq].fn);
	host_irq[irq].on = false;
	calls = 0;
}

void irq_free(u32 irq)
{
	assert_non_null(host_irq[irq].fn);
	host_irq[irq].fn = NULL;
	host_irq[irq].on = false;
	calls = 0;
}

const char *irq_name(u32 irq)
{
	return irq == TAKEN ? "pl011" : NULL;
}

static struct thread on_cpu;
static struct cpu host_cpus[2] = { { .current = &on_cpu }, { .current = &on_cpu } };
static struct cpu *routed;

struct cpu *cpu_get(unsigned int id)
{
	return &host_cpus[id];
}

void irq_route(u32 irq, struct cpu *cpu)
{
	assert_non_null(host_irq[irq].fn);
	routed = cpu;
}

cpumask_t cpus_online(void)
{
	return cpumask_of(1);
}

void cpus_sync(cpumask_t cpus)
{
	assert_true(cpumask_has(cpus, 1));
	calls++;
}

u64 time_now(void)
{
	return now += 10;
}

void time_charge(struct time_account *account, u64 ticks)
{
	assert_ptr_equal(account, &vm.timers);
	charged += ticks;
}

/* What drivers were asked to give up and to stop; how often the latter fails, and what the former returns. */
static u64 given, stopped;
static bool given_dma;
static unsigned int stop_fails, slept;
static int give_error;
static const char *own; /* what the host has where the VM's devices are */

const char *driver_owned(u64 addr, u64 size)
{
	return own;
}

int driver_give(u64 addr, u64 size, bool dma, int *node, const char **name, const char **use)
{
	unsigned int i;

	given_dma = dma;
	/* They are to be free for the VM. */
	for (i = 0; i < HOST_IRQS; i++)
		assert_null(host_irq[i].fn);
	given += addr + size;
	*node = 1;
	*name = "virtio-mmio";
	*use = "as the boot disk";
	return give_error;
}

int driver_stop(u64 addr, u64 size)
{
	stopped += addr + size;
	return stop_fails && stop_fails-- ? -ETIMEDOUT : 0;
}

const void *host_fdt(void)
{
	return NULL;
}

void fdt_node_path(const void *blob, int node, char *buf, size_t size)
{
	snprintf(buf, size, "/disk@%d", node);
}

void thread_sleep_us(u64 us)
{
	slept++;
}

static inline void add_claim(u64 addr, u64 size, bool device)
{
	struct vm_config_claim *c = &cfg.claim[cfg.nr_claims++];

	*c = (struct vm_config_claim){ .hpa = hpa(addr), .size = size, .device = device };
	strcpy(c->node, "/devices/a");
}

/* Inputs of the VM's controller that are linked, and what became of them last. */
static u32 linked[32], forwarded, cut;

static int chip_link(struct vdev *v, u32 irq, u32 host)
{
	if (irq > 31)
		return -EINVAL;
	linked[irq] = host;
	return 0;
}

static void chip_forward(struct vdev *v, u32 irq)
{
	assert_ptr_equal(v, vm.irqchip);
	forwarded = irq;
}

static void chip_cut(struct vdev *v, u32 irq)
{
	assert_false(host_irq[linked[irq]].on);
	/* No handler runs any more. */
	assert_int_equal(calls, 1);
	cut |= 1u << irq;
}

static inline void add_line(const char *device, u32 irq, u32 host)
{
	struct line_config *l = &cfg.line[cfg.nr_lines++];

	*l = (struct line_config){ .irq = irq, .host_irq = host, .trigger = IRQ_EDGE_RISING };
	strncpy(l->device, device, sizeof(l->device) - 1);
}

#endif
