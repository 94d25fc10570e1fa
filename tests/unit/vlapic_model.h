/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VLAPIC_MODEL_H
#define VLAPIC_MODEL_H

/*
 * A model of local APICs and an IOAPIC that is as simple as their manuals, sets as arrays of bytes
 * and priorities by search, and traffic to compare it with.
 */
#include "vlapic_fixture.h"

static struct {
	u8 irr[256], isr[256], level[256];
	u32 tpr;
	bool enabled;
} cpu[NR];

static struct {
	bool line, masked, is_level, remote;
	u8 vector, dest;
} pin[NR_PINS];

static int highest_of(const u8 *set)
{
	int v;

	for (v = 255; v >= 0 && !set[v]; v--)
		;
	return v;
}

static u32 model_ppr(unsigned int n)
{
	int isrv = highest_of(cpu[n].isr);
	u32 in_service = isrv < 0 ? 0 : (u32)isrv & 0xf0;

	return (cpu[n].tpr & 0xf0) >= in_service ? cpu[n].tpr : in_service;
}

static int model_pending(unsigned int n)
{
	int v = highest_of(cpu[n].irr);

	return v >= 0 && (u32)v >> 4 > model_ppr(n) >> 4 ? v : -1;
}

/* A message to @dest, physical. */
static bool model_send(u8 dest, u8 vector, bool level)
{
	bool taken = false;
	unsigned int n;

	for (n = 0; n < NR; n++) {
		if ((dest != n && dest != 0xff) || !cpu[n].enabled)
			continue;
		taken = true;
		if (vector < 16)
			continue;
		cpu[n].irr[vector] = 1;
		cpu[n].level[vector] = level;
	}
	return taken;
}

static void model_refresh(unsigned int p)
{
	if (pin[p].line && pin[p].is_level && !pin[p].masked && !pin[p].remote)
		pin[p].remote = model_send(pin[p].dest, pin[p].vector, true);
}

static void model_eoi(unsigned int n)
{
	int v = highest_of(cpu[n].isr);
	unsigned int p;

	if (v < 0)
		return;
	cpu[n].isr[v] = 0;
	if (!cpu[n].level[v])
		return;
	for (p = 0; p < NR_PINS; p++)
		if (pin[p].vector == v && pin[p].remote) {
			pin[p].remote = false;
			model_refresh(p);
		}
}

/* ---- the steps ---- */

static void step_message(u64 r)
{
	u8 dest = r >> 8 & 7, vector = (u8)(r >> 16);
	unsigned int from = r >> 32 & 3;

	if (dest > 5)
		dest = 0xff;
	wr(from, APIC_ICR_HIGH, (u32)dest << 24);
	wr(from, APIC_ICR, vector);
	if (vector >= 16)
		model_send(dest, vector, false);
}

static void step_line(u64 r)
{
	unsigned int p = (r >> 8) % NR_PINS;
	bool up = r & 1 << 16, rises = up && !pin[p].line;

	line(p, up);
	pin[p].line = up;
	if (pin[p].is_level)
		model_refresh(p);
	else if (rises && !pin[p].masked)
		model_send(pin[p].dest, pin[p].vector, false);
}

static void step_entry(u64 r)
{
	unsigned int p = (r >> 8) % NR_PINS;
	u8 vector = (u8)(r >> 16), dest = r >> 24 & 3;
	bool level = r >> 32 & 1, masked = r >> 33 & 1;

	/* Any write asks again for a line that nobody took. Then it is changed while masked. */
	model_refresh(p);
	set_rte(p, get_rte(p) | RTE_MASKED);
	set_rte(p, (u64)dest << 56 | RTE_MASKED | (level ? RTE_LEVEL : 0) | vector);
	set_rte(p, (u64)dest << 56 | (masked ? RTE_MASKED : 0) | (level ? RTE_LEVEL : 0) | vector);
	pin[p].vector = vector;
	pin[p].dest = dest;
	pin[p].is_level = level;
	pin[p].masked = masked;
	if (!level)
		pin[p].remote = false;
	model_refresh(p);
}

static void step_cpu(u64 r)
{
	unsigned int n = r >> 8 & 3;
	int v = model_pending(n);

	switch (r >> 16 & 7) {
	case 0:
		cpu[n].tpr = r >> 24 & 0xff;
		wr(n, APIC_TPR, cpu[n].tpr);
		break;
	case 1:
		vlapic_set_cr8(lapic(n), r >> 24 & 15);
		if (cpu[n].tpr != (r >> 24 & 15) << 4)
			cpu[n].tpr = (u32)(r >> 24 & 15) << 4;
		break;
	case 2:
		cpu[n].enabled = r >> 24 & 3;
		wr(n, APIC_SVR, cpu[n].enabled ? 0x1ff : 0xff);
		break;
	case 3 ... 5:
		assert_int_equal(take(n), v);
		if (v >= 0) {
			cpu[n].irr[v] = 0;
			cpu[n].isr[v] = 1;
		}
		break;
	default:
		eoi(n);
		model_eoi(n);
		break;
	}
}

static void compare(void)
{
	unsigned int n, p, v;

	for (n = 0; n < NR; n++) {
		assert_int_equal(vlapic_pending(lapic(n)), model_pending(n));
		assert_int_equal(rd(n, APIC_PPR), model_ppr(n));
		assert_int_equal(cr8[n], cpu[n].tpr >> 4);
		for (v = 0; v < 256; v += 32) {
			u32 irr = 0, isr = 0, i;

			for (i = 0; i < 32; i++) {
				irr |= (u32)cpu[n].irr[v + i] << i;
				isr |= (u32)cpu[n].isr[v + i] << i;
			}
			assert_int_equal(rd(n, APIC_IRR + v / 2), irr);
			assert_int_equal(rd(n, APIC_ISR + v / 2), isr);
		}
	}
	for (p = 0; p < NR_PINS; p++)
		assert_int_equal(!!(get_rte(p) & RTE_REMOTE_IRR), pin[p].remote);
}

static void model_start(void)
{
	unsigned int i;

	memset(cpu, 0, sizeof(cpu));
	memset(pin, 0, sizeof(pin));
	for (i = 0; i < NR; i++)
		cpu[i].enabled = true;
	for (i = 0; i < NR_PINS; i++)
		pin[i].masked = true;
}

static void step(u64 r)
{
	switch (r & 7) {
	case 0:
		step_message(r);
		break;
	case 1:
	case 2:
		step_line(r);
		break;
	case 3:
		step_entry(r);
		break;
	default:
		step_cpu(r);
		break;
	}
}

#endif
