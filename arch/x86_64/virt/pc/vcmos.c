// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,cmos": an MC146818 real-time clock with 128 bytes of memory that reset does not
 * clear, reached by an index and a data port.
 *
 * Its time is the host's plus what the guest has set it ahead, in seconds that begin with
 * the host's. What happens at certain moments (updates, the alarm, the periodic flag) is
 * found out when it is looked for, by a read or by a timer if it should interrupt.
 */
#include <lodge/date.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/time.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <lodge/wallclock.h>
#include "vcmos.h"

#define NS_PER_SEC    1000000000ull
#define STATE_VERSION 1

/* Ports of the window. */
#define CMOS_INDEX 0
#define CMOS_DATA  1

enum {
	REG_SECONDS = 0x00,
	REG_SECONDS_ALARM = 0x01,
	REG_MINUTES = 0x02,
	REG_MINUTES_ALARM = 0x03,
	REG_HOURS = 0x04,
	REG_HOURS_ALARM = 0x05,
	REG_WEEKDAY = 0x06,
	REG_DAY = 0x07,
	REG_MONTH = 0x08,
	REG_YEAR = 0x09,
	REG_A = 0x0a,
	REG_B = 0x0b,
	REG_C = 0x0c,
	REG_D = 0x0d,
	REG_CENTURY = 0x32, /* the FADT says so */
};

#define A_UPDATING BIT(7)
#define A_DIVIDERS 0x20 /* those of a 32768 Hz crystal */
#define A_RATE	   0x0f
#define UPDATE_NS  244000

#define B_SET	   BIT(7)
#define B_BINARY   BIT(2)
#define B_24_HOURS BIT(1)
#define B_ENABLES  0x70 /* at the places of C's flags */

#define C_IRQ	   BIT(7)
#define C_PERIODIC BIT(6)
#define C_ALARM	   BIT(5)
#define C_UPDATED  BIT(4)

#define D_VALID 0x80 /* the battery is good */

#define HOURS_PM	0x80
#define ALARM_DONT_CARE 0xc0
#define CRYSTAL_HZ	32768u
#define PERIOD_MIN_NS	122000

/**
 * struct vcmos_state - as it is saved
 * @offset:  guest time less host time, in ns
 * @set:     the date that is being set, while B_SET is
 * @second, @period: the last ones that were looked at, counted since 1970
 */
struct vcmos_state {
	struct vdev_state_header header;
	u64 offset;
	u64 second, period;
	struct date set;
	u32 index;
	u8 mem[CMOS_SIZE];
};

struct vcmos {
	struct vdev vdev;
	struct vcmos_state s;
	struct timer timer;
};

static struct vcmos *to_vcmos(struct vdev *v)
{
	return container_of(v, struct vcmos, vdev);
}

static u64 cmos_now(const struct vcmos *c)
{
	return wallclock_ns() + c->s.offset;
}

u64 vcmos_ns(struct vdev *v)
{
	unsigned long flags = spin_lock_irqsave(&v->lock);
	u64 now = cmos_now(to_vcmos(v));

	spin_unlock_irqrestore(&v->lock, flags);
	return now;
}

/* ---- what has happened ---- */

/* ns of the periodic flag; 0 for none. */
static u64 period_ns(const struct vcmos *c)
{
	unsigned int rate = c->s.mem[REG_A] & A_RATE;

	if (!rate)
		return 0;
	/* The two fastest that there could be are others instead. */
	if (rate < 3)
		rate += 7;
	return NS_PER_SEC * (1u << (rate - 1)) / CRYSTAL_HZ;
}

static u8 encode(const struct vcmos *c, u32 v)
{
	return (u8)(c->s.mem[REG_B] & B_BINARY ? v : v / 10 % 10 << 4 | v % 10);
}

static u32 decode(const struct vcmos *c, u8 v)
{
	return c->s.mem[REG_B] & B_BINARY ? v : (v >> 4) * 10u + (v & 15);
}

static u8 encode_hour(const struct vcmos *c, u32 hour)
{
	if (c->s.mem[REG_B] & B_24_HOURS)
		return encode(c, hour);
	return encode(c, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOURS_PM : 0);
}

static u32 decode_hour(const struct vcmos *c, u8 v)
{
	if (c->s.mem[REG_B] & B_24_HOURS)
		return decode(c, v);
	return decode(c, v & (u8)~HOURS_PM) % 12 + (v & HOURS_PM ? 12 : 0);
}

static bool alarm_field(const struct vcmos *c, unsigned int reg, u8 now)
{
	return c->s.mem[reg] >= ALARM_DONT_CARE || c->s.mem[reg] == now;
}

static bool alarm_matches(const struct vcmos *c, u64 second)
{
	struct date d;

	date_from_seconds(second, &d);
	return alarm_field(c, REG_SECONDS_ALARM, encode(c, d.second)) &&
	       alarm_field(c, REG_MINUTES_ALARM, encode(c, d.minute)) &&
	       alarm_field(c, REG_HOURS_ALARM, encode_hour(c, d.hour));
}

static void look(struct vcmos *c, u64 now)
{
	u64 second = now / NS_PER_SEC, length = period_ns(c);
	u8 *flags = &c->s.mem[REG_C];

	if (second != c->s.second && !(c->s.mem[REG_B] & B_SET)) {
		*flags |= C_UPDATED;
		if (alarm_matches(c, second))
			*flags |= C_ALARM;
	}
	if (length && now / length != c->s.period)
		*flags |= C_PERIODIC;
	c->s.second = second;
	c->s.period = length ? now / length : 0;
	if (!(*flags & C_IRQ) && (*flags & c->s.mem[REG_B] & B_ENABLES)) {
		*flags |= C_IRQ;
		vm_irq_set(c->vdev.vm, c->vdev.irq, true);
	}
}

/* Waits for the next moment that may have to interrupt. */
static void arm(struct vcmos *c, u64 now)
{
	u64 left = NS_PER_SEC - now % NS_PER_SEC, length = period_ns(c);
	u8 enabled = c->s.mem[REG_B] & B_ENABLES;

	timer_cancel(&c->timer);
	/* While one is pending, nothing more can be seen of another. */
	if (!enabled || (c->s.mem[REG_C] & C_IRQ))
		return;
	if ((enabled & C_PERIODIC) && length)
		left = min(left, length - now % length);
	timer_start(&c->timer, time_now() + time_from_us(max(left, (u64)PERIOD_MIN_NS) / 1000 + 1));
}

static void cmos_timer(struct timer *t)
{
	struct vcmos *c = container_of(t, struct vcmos, timer);
	unsigned long flags = spin_lock_irqsave(&c->vdev.lock);
	u64 now = cmos_now(c);

	look(c, now);
	arm(c, now);
	spin_unlock_irqrestore(&c->vdev.lock, flags);
}

/* ---- the date ---- */

static void get_date(const struct vcmos *c, u64 now, struct date *d)
{
	if (c->s.mem[REG_B] & B_SET)
		*d = c->s.set;
	else
		date_from_seconds(now / NS_PER_SEC, d);
}

static u8 read_date(const struct vcmos *c, unsigned int reg, u64 now)
{
	struct date d;

	get_date(c, now, &d);
	switch (reg) {
	case REG_SECONDS:
		return encode(c, d.second);
	case REG_MINUTES:
		return encode(c, d.minute);
	case REG_HOURS:
		return encode_hour(c, d.hour);
	case REG_WEEKDAY:
		return encode(c, d.weekday + 1u);
	case REG_DAY:
		return encode(c, d.day);
	case REG_MONTH:
		return encode(c, d.month);
	case REG_YEAR:
		return encode(c, d.year % 100);
	default:
		return encode(c, d.year / 100);
	}
}

/* A clock that shows years before 1970 can't be told from one of the next century. */
static void set_time(struct vcmos *c, const struct date *d, u64 now)
{
	struct date ok = *d;

	ok.year = ok.year < 1970 ? ok.year + 100 : ok.year;
	ok.month = ok.month >= 1 && ok.month <= 12 ? ok.month : 1;
	ok.day = ok.day ? ok.day : 1;
	c->s.offset += date_to_seconds(&ok) * NS_PER_SEC + now % NS_PER_SEC - now;
}

static void write_date(struct vcmos *c, unsigned int reg, u8 val, u64 now)
{
	u32 v = decode(c, val);
	struct date d;

	get_date(c, now, &d);
	switch (reg) {
	case REG_SECONDS:
		d.second = (u8)v;
		break;
	case REG_MINUTES:
		d.minute = (u8)v;
		break;
	case REG_HOURS:
		d.hour = (u8)decode_hour(c, val);
		break;
	case REG_WEEKDAY:
		return; /* it follows from the date */
	case REG_DAY:
		d.day = (u8)v;
		break;
	case REG_MONTH:
		d.month = (u8)v;
		break;
	case REG_YEAR:
		d.year = d.year / 100 * 100 + v % 100;
		break;
	default:
		d.year = v * 100 + d.year % 100;
		break;
	}
	if (c->s.mem[REG_B] & B_SET)
		c->s.set = d;
	else
		set_time(c, &d, now);
}

/* Setting begins with the date as it is, and what was set counts when it ends. */
static void write_b(struct vcmos *c, u8 val, u64 now)
{
	u8 old = c->s.mem[REG_B];
	struct date d;

	get_date(c, now, &d);
	if (!(old & B_SET) && (val & B_SET))
		c->s.set = d;
	c->s.mem[REG_B] = val;
	if ((old & B_SET) && !(val & B_SET))
		set_time(c, &d, now);
}

/* ---- registers ---- */

static bool is_date(unsigned int reg)
{
	return (reg <= REG_YEAR && reg != REG_SECONDS_ALARM && reg != REG_MINUTES_ALARM &&
		reg != REG_HOURS_ALARM) ||
	       reg == REG_CENTURY;
}

static u8 read_c(struct vcmos *c, u64 now)
{
	u8 flags;

	look(c, now);
	flags = c->s.mem[REG_C];
	c->s.mem[REG_C] = 0;
	if (flags & C_IRQ)
		vm_irq_set(c->vdev.vm, c->vdev.irq, false);
	arm(c, now);
	return flags;
}

static u8 read_data(struct vcmos *c)
{
	unsigned int reg = c->s.index;
	u64 now = cmos_now(c);

	if (is_date(reg))
		return read_date(c, reg, now);
	switch (reg) {
	case REG_A:
		if (!(c->s.mem[REG_B] & B_SET) && now % NS_PER_SEC >= NS_PER_SEC - UPDATE_NS)
			return c->s.mem[REG_A] | A_UPDATING;
		return c->s.mem[REG_A];
	case REG_C:
		return read_c(c, now);
	case REG_D:
		return D_VALID;
	default:
		return c->s.mem[reg];
	}
}

static void write_data(struct vcmos *c, u8 val)
{
	unsigned int reg = c->s.index;
	u64 now = cmos_now(c);

	if (is_date(reg)) {
		write_date(c, reg, val, now);
		return;
	}
	switch (reg) {
	case REG_A:
		look(c, now);
		c->s.mem[REG_A] = val & (u8)~A_UPDATING;
		c->s.period = period_ns(c) ? now / period_ns(c) : 0;
		break;
	case REG_B:
		look(c, now);
		write_b(c, val, now);
		now = cmos_now(c);
		c->s.second = now / NS_PER_SEC;
		look(c, now);
		break;
	case REG_C:
	case REG_D:
		return;
	default:
		c->s.mem[reg] = val;
		return;
	}
	arm(c, now);
}

static u64 vcmos_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u64 val;

	/* The index can't be read back. */
	if (off != CMOS_DATA || width != 1)
		return ~(u64)0 >> (64 - 8 * width);
	spin_lock(&v->lock);
	val = read_data(to_vcmos(v));
	spin_unlock(&v->lock);
	return val;
}

static void vcmos_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vcmos *c = to_vcmos(v);

	if (width != 1)
		return;
	spin_lock(&v->lock);
	if (off == CMOS_INDEX)
		c->s.index = val & (CMOS_SIZE - 1); /* bit 7 masks NMIs on real ones */
	else
		write_data(c, (u8)val);
	spin_unlock(&v->lock);
}

/* ---- life ---- */

/* A clock with a battery: what was set stays set. */
static void vcmos_reset(struct vdev *v)
{
	struct vcmos *c = to_vcmos(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);

	timer_cancel(&c->timer);
	c->s.header = (struct vdev_state_header){ STATE_VERSION, sizeof(c->s) };
	c->s.index = 0;
	c->s.mem[REG_A] = A_DIVIDERS | 6;
	c->s.mem[REG_B] = B_24_HOURS;
	c->s.mem[REG_C] = 0;
	c->s.second = cmos_now(c) / NS_PER_SEC;
	c->s.period = cmos_now(c) / period_ns(c);
	vm_irq_set(v->vm, v->irq, false);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops vcmos_ops;

static int vcmos_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vcmos *c;

	if (cfg->size != 2)
		return -EINVAL;
	c = kzalloc_for(vm->account, sizeof(*c));
	if (!c)
		return -ENOMEM;
	vdev_init(&c->vdev, &vcmos_ops, vm, cfg);
	timer_init_for(&c->timer, cmos_timer, &vm->timers);
	vcmos_put_memory(vm->cfg, c->s.mem);
	vcmos_reset(&c->vdev);
	vm->arch.cmos = &c->vdev;
	*out = &c->vdev;
	return 0;
}

static void vcmos_destroy(struct vdev *v)
{
	struct vcmos *c = to_vcmos(v);

	timer_cancel_sync(&c->timer);
	v->vm->arch.cmos = NULL;
	kfree_for(v->vm->account, c);
}

static int vcmos_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_vcmos(v)->s, sizeof(struct vcmos_state));
}

static int vcmos_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vcmos *c = to_vcmos(v);
	struct vcmos_state s;
	unsigned long flags;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	s.index &= CMOS_SIZE - 1;
	s.mem[REG_A] &= (u8)~A_UPDATING;
	flags = spin_lock_irqsave(&v->lock);
	c->s = s;
	vm_irq_set(v->vm, v->irq, s.mem[REG_C] & C_IRQ);
	arm(c, cmos_now(c));
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops vcmos_ops = {
	.compatible = "lodge,cmos",
	.byte_ports = true,
	.create = vcmos_create,
	.destroy = vcmos_destroy,
	.reset = vcmos_reset,
	.read = vcmos_read,
	.write = vcmos_write,
	.save = vcmos_save,
	.restore = vcmos_restore,
};
VDEV_REGISTER(vcmos_ops);
