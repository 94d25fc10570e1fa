// SPDX-License-Identifier: Apache-2.0
/*
 * A counter of the 8254 (Intel 231164, "Mode definitions"). It is never counted: what it
 * would be follows from the time since it was loaded.
 */
#include <lodge/errno.h>
#include <lodge/time.h>
#include "vpit.h"

/* Modes, of which 6 and 7 are 2 and 3 again. */
enum {
	MODE_TERMINAL_COUNT,
	MODE_ONE_SHOT,
	MODE_RATE,
	MODE_SQUARE_WAVE,
	MODE_SOFT_STROBE,
	MODE_HARD_STROBE,
};

#define ACCESS_LOW  1
#define ACCESS_HIGH 2
#define ACCESS_BOTH 3

/* Of a read-back command, both active low. */
#define READ_BACK_NO_COUNT  BIT(5)
#define READ_BACK_NO_STATUS BIT(4)

#define STATUS_OUTPUT  BIT(7)
#define STATUS_NO_LOAD BIT(6)

u64 pit_clocks(u64 ticks)
{
	u64 hz = time_hz();

	return ticks / hz * PIT_HZ + ticks % hz * PIT_HZ / hz;
}

u64 pit_to_ticks(u64 clocks)
{
	u64 hz = time_hz();

	return clocks / PIT_HZ * hz + clocks % PIT_HZ * hz / PIT_HZ + 1;
}

void pit_counter_reset(struct pit_counter *c, bool gate)
{
	*c = (struct pit_counter){ .reload = 0x10000, .access = ACCESS_BOTH, .gate = gate };
}

u64 pit_elapsed(const struct pit_counter *c, u64 now)
{
	return c->running ? now - c->start : c->start;
}

/* ---- what it shows ---- */

bool pit_output(const struct pit_counter *c, u64 now)
{
	u64 t = pit_elapsed(c, now);

	if (!c->loaded)
		return c->mode != MODE_TERMINAL_COUNT;
	switch (c->mode) {
	case MODE_TERMINAL_COUNT:
		return t >= c->reload;
	case MODE_ONE_SHOT:
		return !c->running || t >= c->reload;
	case MODE_RATE:
		return !c->running || t % c->reload != c->reload - 1;
	case MODE_SQUARE_WAVE:
		return !c->running || t % c->reload < (c->reload + 1) / 2;
	default:
		return t != c->reload;
	}
}

u64 pit_next_rise(const struct pit_counter *c, u64 now)
{
	u64 t = pit_elapsed(c, now);

	if (!c->loaded || !c->running)
		return 0;
	switch (c->mode) {
	case MODE_RATE:
	case MODE_SQUARE_WAVE:
		return now + c->reload - t % c->reload;
	case MODE_TERMINAL_COUNT:
	case MODE_ONE_SHOT:
		return t < c->reload ? now + c->reload - t : 0;
	default: /* after the one clock for which a strobe is low */
		return t <= c->reload ? now + c->reload + 1 - t : 0;
	}
}

static u32 to_bcd(u32 v)
{
	return v % 10 | v / 10 % 10 << 4 | v / 100 % 10 << 8 | v / 1000 % 10 << 12;
}

static u32 from_bcd(u32 v)
{
	return (v & 15) + (v >> 4 & 15) * 10 + (v >> 8 & 15) * 100 + (v >> 12 & 15) * 1000;
}

static u16 pit_count(const struct pit_counter *c, u64 now)
{
	u32 n = c->reload, wrap = c->bcd ? 10000 : 0x10000;
	u64 t = c->loaded ? pit_elapsed(c, now) : 0;
	u32 count;

	switch (c->mode) {
	case MODE_RATE:
		count = n - (u32)(t % n);
		break;
	case MODE_SQUARE_WAVE: /* by two, twice in each period */
		count = n - (u32)(2 * (t % n) % n);
		break;
	default: /* on below zero */
		count = (n + wrap - (u32)(t % wrap)) % wrap;
		break;
	}
	count %= wrap;
	return (u16)(c->bcd ? to_bcd(count) : count);
}

/* ---- what is done to it ---- */

static void begin(struct pit_counter *c, u64 now)
{
	c->running = true;
	c->start = now;
}

/* Gates pause, reload or trigger it (231164, "Gate pin operations"). */
void pit_set_gate(struct pit_counter *c, bool gate, u64 now)
{
	bool rises = gate && !c->gate;

	if (c->gate == gate)
		return;
	c->gate = gate;
	if (!c->loaded)
		return;
	switch (c->mode) {
	case MODE_ONE_SHOT:
	case MODE_HARD_STROBE:
		if (rises)
			begin(c, now);
		break;
	case MODE_RATE:
	case MODE_SQUARE_WAVE:
		c->start = 0;
		c->running = false;
		if (rises)
			begin(c, now);
		break;
	default:
		/* From a time to clocks counted, or back. */
		c->start = now - c->start;
		c->running = gate;
		break;
	}
}

static void load(struct pit_counter *c, u32 count, u64 now)
{
	count = c->bcd ? from_bcd(count) : count;
	c->reload = count ? count : c->bcd ? 10000 : 0x10000;
	/* A period that has begun is finished with the old count on a real one. */
	c->loaded = true;
	c->running = false;
	c->start = 0;
	if (c->gate && c->mode != MODE_ONE_SHOT && c->mode != MODE_HARD_STROBE)
		begin(c, now);
}

void pit_write(struct pit_counter *c, u8 val, u64 now)
{
	switch (c->access) {
	case ACCESS_LOW:
		load(c, val, now);
		break;
	case ACCESS_HIGH:
		load(c, (u32)val << 8, now);
		break;
	default:
		if (c->write_high)
			load(c, c->write_low | (u32)val << 8, now);
		c->write_low = val;
		c->write_high = !c->write_high;
		break;
	}
}

static void latch_count(struct pit_counter *c, u64 now)
{
	if (c->latched)
		return; /* the first one is to be read yet */
	c->latch = pit_count(c, now);
	c->latched = c->access == ACCESS_BOTH ? 2 : 1;
	if (c->access == ACCESS_HIGH)
		c->latch >>= 8;
}

void pit_command(struct pit_counter *c, u8 val, u64 now)
{
	u8 access = val >> 4 & 3, mode = val >> 1 & 7;

	if (!access) {
		latch_count(c, now);
		return;
	}
	*c = (struct pit_counter){
		.reload = 0x10000,
		.gate = c->gate,
		.access = access,
		.mode = mode > MODE_HARD_STROBE ? mode - 4 : mode,
		.bcd = val & 1,
	};
}

void pit_read_back(struct pit_counter *c, u8 val, u64 now)
{
	if (!(val & READ_BACK_NO_COUNT))
		latch_count(c, now);
	if (!(val & READ_BACK_NO_STATUS) && !c->status_latched) {
		c->status = (u8)((pit_output(c, now) ? STATUS_OUTPUT : 0) |
				 (c->loaded ? 0 : STATUS_NO_LOAD) | c->access << 4 | c->mode << 1 |
				 c->bcd);
		c->status_latched = true;
	}
}

u8 pit_read(struct pit_counter *c, u64 now)
{
	u16 count;
	u8 val;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latched) {
		val = (u8)c->latch;
		c->latch >>= 8;
		c->latched--;
		return val;
	}
	count = pit_count(c, now);
	if (c->access == ACCESS_LOW)
		return (u8)count;
	if (c->access == ACCESS_HIGH)
		return (u8)(count >> 8);
	c->read_high = !c->read_high;
	return (u8)(c->read_high ? count : count >> 8);
}

int pit_counter_check(struct pit_counter *c, u64 now)
{
	if (!c->reload || c->reload > 0x10000 || c->mode > MODE_HARD_STROBE || !c->access ||
	    c->access > ACCESS_BOTH || c->bcd > 1 || c->latched > 2)
		return -EINVAL;
	if (c->running)
		c->start = now - c->start;
	return 0;
}
