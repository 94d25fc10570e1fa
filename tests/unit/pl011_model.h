/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PL011_MODEL_H
#define PL011_MODEL_H

/* A model of a PL011, and traffic: what it and the model do alike, and any access whatever. */
#include "pl011_fixture.h"

/* What the manual says of the receiver, without a ring, and of interrupts by cause. */
static struct {
	u16 queue[UART_FIFO_SIZE];
	unsigned int len;
	bool lost, rx, rt, tx, oe, be;
	u32 lcr_h, cr, ifls, imsc;
	u8 modem;	    /* RI, CTS, DCD, DSR that have changed */
	unsigned int taken; /* of @input */
} m;

static unsigned int model_room(void)
{
	return m.lcr_h & 0x10 ? 16 : 1;
}

static unsigned int model_level(void)
{
	unsigned int sel = m.ifls >> 3;

	if (!(m.lcr_h & 0x10))
		return 1;
	return sel == 0 ? 2 : sel == 1 ? 4 : sel == 2 ? 8 : sel == 3 ? 12 : 14;
}

static void model_put(u16 entry)
{
	m.queue[m.len++] = entry;
	m.rt = true;
	m.rx |= m.len >= model_level();
}

/* The guest looks, or input arrives. */
static void model_look(void)
{
	while (!(m.cr & 0x80) && m.taken != input_head && m.len < model_room())
		model_put(input[m.taken++ % sizeof(input)]);
}

static void model_loop(u16 entry)
{
	m.be |= entry >= 0x400;
	if (m.len == model_room()) {
		m.lost = m.oe = true;
		return;
	}
	model_put(entry | (m.lost ? 0x800 : 0));
	m.lost = false;
}

static u16 model_take(void)
{
	u16 entry = 0;

	if (!m.len)
		model_look();
	if (m.len) {
		entry = m.queue[0];
		memmove(m.queue, m.queue + 1, --m.len * sizeof(m.queue[0]));
	}
	m.rx &= m.len >= model_level();
	m.rt = false;
	model_look();
	m.rt = m.len > 0;
	return entry;
}

/* RI, CTS, DCD, DSR */
static u8 model_lines(u32 cr)
{
	if (!(cr & 0x80))
		return 0xe;
	return (u8)((cr >> 13 & 1) | (cr >> 11 & 1) << 1 | (cr >> 12 & 1) << 2 |
		    (cr >> 10 & 1) << 3);
}

static u32 model_ris(void)
{
	return m.modem | (u32)m.rx << 4 | (u32)m.tx << 5 | (u32)m.rt << 6 | (u32)m.be << 9 |
	       (u32)m.oe << 10;
}

static void model_write_lcr_h(u8 v)
{
	u8 set = v & ~m.lcr_h, changed = v ^ (u8)m.lcr_h;

	m.lcr_h = v;
	if (changed & 0x10) {
		m.len = 0;
		m.rx = m.rt = false;
	}
	if ((set & 1) && (m.cr & 0x80))
		model_loop(0x400);
}

static void model_write(u64 off, u32 v)
{
	switch (off) {
	case 0x00:
		m.tx = true;
		if (m.cr & 0x80)
			model_loop((u8)v);
		break;
	case 0x2c:
		model_write_lcr_h((u8)v);
		break;
	case 0x30:
		m.modem |= model_lines(m.cr) ^ model_lines(v);
		m.cr = v;
		model_look();
		break;
	case 0x34:
		m.ifls = v & 0x3f;
		m.rx = m.len >= model_level();
		break;
	case 0x38:
		m.imsc = v & 0x7ff;
		model_look();
		break;
	case 0x44:
		m.modem &= (u8)~v;
		m.rx &= !(v & 0x10);
		m.tx &= !(v & 0x20);
		m.rt &= !(v & 0x40);
		m.be &= !(v & 0x200);
		m.oe &= !(v & 0x400);
		break;
	}
}

static void model_check(void)
{
	u32 fr;

	assert_int_equal(line, (model_ris() & m.imsc) != 0);
	assert_int_equal(rd(0x3c), model_ris());
	assert_int_equal(rd(0x40), model_ris() & m.imsc);
	fr = rd(0x18);
	model_look();
	assert_int_equal(!(fr & 0x10), m.len != 0);
	assert_int_equal(!!(fr & 0x40), m.len == model_room());
}

static void model_start(void)
{
	memset(&m, 0, sizeof(m));
	m.cr = 0x300;
	m.ifls = 0x12;
}

static u32 random_value(u64 off, u64 r)
{
	if (off == 0x2c)
		return r & 0x11;
	if (off == 0x30)
		return r & 0x3c00 ? (u32)r & 0x3f80 : 0x301;
	return (u32)r & 0x7ff;
}

static void random_step(u64 r)
{
	static const u8 regs[] = { 0x00, 0x00, 0x00, 0x2c, 0x30, 0x34, 0x38, 0x44 };
	u64 off = regs[r % 8];
	u32 v = random_value(off, r >> 32);

	if ((r >> 16) % 8 == 0 && input_head - input_tail < 40) {
		type((r >> 24) % 20);
		model_look();
	} else if ((r >> 16) % 8 < 4) {
		wr(off, v);
		model_write(off, v);
	} else {
		assert_int_equal(rd(0), model_take());
	}
	model_check();
}

/* Any access, and what must hold after it. */
static void wild_step(u64 r)
{
	const struct pl011 *u = to_pl011(dev);
	u64 off = r >> 48 & 1 ? r % 0x50 : r % 0xff8;
	unsigned int width = 1u << (r >> 12) % 4;

	if (!console_step(r)) {
		if ((r >> 16) % 2)
			dev->ops->write(dev, test_vcpu, off, width, r >> 32);
		else if (width < 8)
			assert_int_equal(dev->ops->read(dev, test_vcpu, off, width) >> 8 * width,
					 0);
	}
	/* It is full as long as the console is, and then neither empty nor interrupts. */
	assert_int_equal((u->s.fr & FR_TXFF) != 0, room != CONSOLE_ROOM);
	assert_int_equal((u->s.fr & FR_TXFE) != 0, room == CONSOLE_ROOM);
	assert_true(room == CONSOLE_ROOM || !(u->s.ris & INT_TX));
	assert_true(u->s.fifo.head < UART_FIFO_SIZE);
	assert_true(u->s.fifo.count <= pl011_capacity(&u->s));
	assert_int_equal(u->s.fr, pl011_flags(&u->s));
	assert_int_equal(line, (u->s.ris & u->s.imsc) != 0);
	assert_int_equal(dev->lock.locked, 0);
}

#endif
