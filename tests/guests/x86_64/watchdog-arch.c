// SPDX-License-Identifier: Apache-2.0
#include "../watchdog.h"
#include <arch/regs.h>
#include <guest/tap.h>

/* The watchdog that ACPI's WDAT describes: the table says what to do, and the board where it is. */

enum {
	RESET = 1,
	SET_COUNTDOWN = 6,
	GET_RUNNING = 8,
	SET_RUNNING = 9,
	SET_STOPPED = 11,
	GET_STATUS = 32,
	SET_STATUS
};
enum { READ_VALUE, READ_COUNTDOWN, WRITE_VALUE, WRITE_COUNTDOWN };

#define HEADER	    68 /* bytes before the entries, which have 24 each */
#define AT_PERIOD   48
#define AT_ENTRIES  64
#define IO_SPACE    1
#define AT_REGISTER 4
#define AT_ADDRESS  8
#define AT_VALUE    16
#define AT_MASK	    20

const u64 watchdog_us = 400000;

static u64 wdat;

static u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static u32 get32(u64 at)
{
	u32 v;

	memcpy(&v, (const void *)at, 4);
	return v;
}

static u64 find_wdat(void)
{
	u64 at = 0xe0000, root;

	while (memcmp((const void *)at, "RSD PTR ", 8))
		if ((at += 16) == 0x100000)
			return 0;
	root = get32(at + 24);
	for (at = root + 36; at < root + get32(root + 4); at += 8)
		if (!memcmp((const void *)(u64)get32(at), "WDAT", 4))
			return get32(at);
	return 0;
}

/* Does what the table says for @action. Return: what it reads. */
static u32 act(u8 action, u32 count)
{
	u32 n = get32(wdat + AT_ENTRIES);
	u64 e;

	for (e = wdat + HEADER; n && mmio_read8(e) != action; e += 24)
		n--;
	if (!n || mmio_read8(e + AT_REGISTER) != IO_SPACE) {
		tap_ok(false, "action %u is there", action);
		return 0;
	}
	switch (mmio_read8(e + 1)) {
	case READ_VALUE:
		return (inl((u16)get32(e + AT_ADDRESS)) & get32(e + AT_MASK)) ==
		       get32(e + AT_VALUE);
	case WRITE_VALUE:
		outl((u16)get32(e + AT_ADDRESS), get32(e + AT_VALUE) & get32(e + AT_MASK));
		break;
	case WRITE_COUNTDOWN:
		outl((u16)get32(e + AT_ADDRESS), count & get32(e + AT_MASK));
		break;
	}
	return 0;
}

bool watchdog_check(void)
{
	wdat = find_wdat();
	if (!wdat)
		return false;
	act(SET_STATUS, 0);
	tap_eq(act(GET_STATUS, 0), 0, "what it tells of the last life can be cleared");
	return !act(GET_RUNNING, 0);
}

void watchdog_start(void)
{
	act(SET_COUNTDOWN, (u32)watchdog_us / 1000 / get32(wdat + AT_PERIOD));
	act(SET_RUNNING, 0);
	tap_eq(act(GET_RUNNING, 0), 1, "it can be started");
}

void watchdog_ping(void)
{
	act(RESET, 0);
}

void watchdog_stop(void)
{
	act(SET_STOPPED, 0);
	tap_eq(act(GET_RUNNING, 0), 0, "and stopped");
}

void watchdog_check_half(void)
{
	tap_eq(act(GET_STATUS, 0), 0, "it has not expired");
}

void watchdog_check_expired(void)
{
	tap_eq(act(GET_STATUS, 0), 1, "it tells that it has expired");
	act(SET_STATUS, 0);
}
