// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,pit": an 8254 with its three counters, and the system control port B, which gates
 * counter 2 and shows its output. Counter 0 is an interrupt; software measures the
 * speed of other clocks with counter 2.
 *
 * The ports between, of the keyboard controller and others, are in its window with nothing
 * behind them.
 */
#include <lodge/errno.h>
#include <lodge/nospec.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/vm_time.h>
#include "../apic/vlapic.h"
#include "vpit.h"

#define NR_COUNTERS   3
#define STATE_VERSION 1

/* Ports from 0x40 on. */
#define PIT_CONTROL   3
#define PIT_PORT_B    0x21
#define PIT_NR_PORTS  0x22
#define PORT_B_GATE2  BIT(0)
#define PORT_B_SPEAKR BIT(1)

/* Interrupts that are wanted faster come late: the host has other things to do. */
#define MIN_PERIOD_US 50

struct vpit_state {
	struct vdev_state_header header;
	struct pit_counter counter[NR_COUNTERS];
	u8 port_b, reserved[7];
};

struct vpit {
	struct vdev vdev;
	struct vpit_state s;
	struct timer timer; /* of counter 0's output */
	u64 due;	    /* for when that is armed, x86_vm_ticks(); 0: for nothing */
	u64 fired;	    /* when that was last, as well */
	bool still;	    /* the VM is paused: the timer waits for the end of that */
};

static struct vpit *to_vpit(struct vdev *v)
{
	return container_of(v, struct vpit, vdev);
}

static u64 pit_now(const struct vpit *p)
{
	return pit_clocks(x86_vm_ticks(p->vdev.vm));
}

/* ---- counter 0's interrupt ---- */

static void start_timer(struct vpit *p)
{
	if (!p->still)
		timer_start(&p->timer, x86_host_ticks(p->vdev.vm, p->due));
}

/* Until the interrupt is taken no pulse is of use: vpit_irq_ready() goes on. */
static void arm(struct vpit *p)
{
	u64 now = pit_now(p), next = pit_next_rise(&p->s.counter[0], now);

	timer_cancel(&p->timer);
	p->due = 0;
	if (!next || !p->vdev.irq)
		return;
	p->due = max(x86_vm_ticks(p->vdev.vm) + pit_to_ticks(next - now),
		     p->fired + time_from_us(MIN_PERIOD_US));
	start_timer(p);
}

/* The output rises; it was low for a while, or has just been. */
static void vpit_timer(struct timer *t)
{
	struct vpit *p = container_of(t, struct vpit, timer);
	unsigned long flags = spin_lock_irqsave(&p->vdev.lock);
	u64 now = x86_vm_ticks(p->vdev.vm);
	bool rises = !p->still && p->due && p->due <= now; /* or it was set anew meanwhile */

	if (rises) {
		p->due = 0;
		p->fired = now;
	}
	spin_unlock_irqrestore(&p->vdev.lock, flags);
	if (rises)
		vioapic_pulse(p->vdev.vm, p->vdev.irq);
}

/* The interrupt was taken, or may be raised now: wait for when the output rises next. */
static void vpit_irq_ready(struct vdev *v)
{
	struct vpit *p = to_vpit(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	if (!p->due)
		arm(p);
	spin_unlock_irqrestore(&v->lock, flags);
}

static void vpit_vm_state(struct vdev *v)
{
	struct vpit *p = to_vpit(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	p->still = vm_state(v->vm) == VM_PAUSED;
	if (p->still)
		timer_cancel(&p->timer);
	else if (p->due)
		start_timer(p);
	spin_unlock_irqrestore(&v->lock, flags);
}

/* ---- registers ---- */

static u8 read_port_b(const struct vpit *p)
{
	u64 now = pit_now(p);

	/* Refresh requests come every 15 us, 18 clocks, and toggle bit 4. */
	return (u8)(p->s.port_b | (now / 18 & 1) << 4 |
		    (u8)(pit_output(&p->s.counter[2], now) << 5));
}

static void write_port_b(struct vpit *p, u8 val)
{
	p->s.port_b = val & (PORT_B_GATE2 | PORT_B_SPEAKR);
	pit_set_gate(&p->s.counter[2], val & PORT_B_GATE2, pit_now(p));
}

static u64 vpit_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct vpit *p = to_vpit(v);
	u64 val = 0xff;

	if (width != 1)
		return ~(u64)0 >> (64 - 8 * width);
	spin_lock(&v->lock);
	if (off < NR_COUNTERS)
		val = pit_read(&p->s.counter[index_nospec(off, NR_COUNTERS)], pit_now(p));
	else if (off == PIT_PORT_B)
		val = read_port_b(p);
	spin_unlock(&v->lock);
	return val;
}

/* A command is for one counter, or reads back several. */
static void write_control(struct vpit *p, u8 val)
{
	unsigned int n = val >> 6;
	u64 now = pit_now(p);

	if (n < NR_COUNTERS) {
		pit_command(&p->s.counter[index_nospec(n, NR_COUNTERS)], val, now);
		if (n == 0)
			arm(p);
		return;
	}
	for (n = 0; n < NR_COUNTERS; n++)
		if (val & 2u << n)
			pit_read_back(&p->s.counter[n], val, now);
}

static void vpit_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vpit *p = to_vpit(v);

	if (width != 1)
		return;
	spin_lock(&v->lock);
	if (off == PIT_CONTROL) {
		write_control(p, (u8)val);
	} else if (off < NR_COUNTERS) {
		pit_write(&p->s.counter[index_nospec(off, NR_COUNTERS)], (u8)val, pit_now(p));
		if (off == 0)
			arm(p);
	} else if (off == PIT_PORT_B) {
		write_port_b(p, (u8)val);
	}
	spin_unlock(&v->lock);
}

/* ---- life ---- */

static void vpit_reset(struct vdev *v)
{
	struct vpit *p = to_vpit(v);
	unsigned long flags;
	unsigned int i;

	/* A pulse that has begun is over before the IOAPIC is reset: none comes into the new life. */
	timer_cancel_sync(&p->timer);
	flags = spin_lock_irqsave(&v->lock);
	p->due = 0;
	p->s = (struct vpit_state){ .header = { STATE_VERSION, sizeof(p->s) } };
	for (i = 0; i < NR_COUNTERS; i++)
		pit_counter_reset(&p->s.counter[i], i != 2);
	spin_unlock_irqrestore(&v->lock, flags);
	vm_irq_set(v->vm, v->irq, false);
}

static const struct vdev_ops vpit_ops;

static int vpit_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vpit *p;

	if (cfg->size != PIT_NR_PORTS)
		return -EINVAL;
	p = kzalloc_for(vm->account, sizeof(*p));
	if (!p)
		return -ENOMEM;
	vdev_init(&p->vdev, &vpit_ops, vm, cfg);
	timer_init_for(&p->timer, vpit_timer, &vm->timers);
	vpit_reset(&p->vdev);
	*out = &p->vdev;
	return 0;
}

static void vpit_destroy(struct vdev *v)
{
	struct vpit *p = to_vpit(v);

	timer_cancel_sync(&p->timer);
	kfree_for(v->vm->account, p);
}

/* Counters are saved by how far they are. */
static int vpit_save(struct vdev *v, struct vdev_state *out)
{
	struct vpit *p = to_vpit(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);
	struct vpit_state s = p->s;
	u64 now = pit_now(p);
	unsigned int i;

	spin_unlock_irqrestore(&v->lock, flags);
	for (i = 0; i < NR_COUNTERS; i++)
		s.counter[i].start = pit_elapsed(&s.counter[i], now);
	return vdev_state_put(v, out, &s, sizeof(s));
}

static int vpit_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vpit *p = to_vpit(v);
	struct vpit_state s;
	unsigned long flags;
	unsigned int i;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	for (i = 0; !rc && i < NR_COUNTERS; i++)
		rc = pit_counter_check(&s.counter[i], pit_now(p));
	if (rc)
		return rc;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	p->s.port_b &= PORT_B_GATE2 | PORT_B_SPEAKR;
	arm(p);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops vpit_ops = {
	.compatible = "lodge,pit",
	.byte_ports = true,
	.create = vpit_create,
	.destroy = vpit_destroy,
	.reset = vpit_reset,
	.vm_state = vpit_vm_state,
	.read = vpit_read,
	.write = vpit_write,
	.irq_ready = vpit_irq_ready,
	.save = vpit_save,
	.restore = vpit_restore,
};
VDEV_REGISTER(vpit_ops);
