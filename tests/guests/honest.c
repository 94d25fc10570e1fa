// SPDX-License-Identifier: Apache-2.0
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The neighbour of hostile guests: its memory stays as it wrote it, it is served, and its timer
 * comes. It works for some time and sleeps for some, tells the longest time that others took of
 * it, by its own clock, and ends when nobody has taken any for a while. What starts behind it does
 * so while it first sleeps (CONFIG_AUTOSTART_WAIT_MS).
 */

#define WORDS	 4096 /* looked at between two looks at the clock */
#define PARTS	 16
#define TAKEN_US 200	/* by a neighbour; what is shorter is the host's own business */
#define ALONE_US 900000 /* longer than a neighbour waits to be reset */
#define FIRST_MS 1000
#define SLEEP_MS 5

static u64 words[WORDS * PARTS];
static u64 last, since, longest, gaps;

static u64 pattern(u64 i)
{
	return (i + 1) * 0x9e3779b97f4a7c15;
}

/* What it did since it last looked has taken at least @meant ticks. */
static void look(u64 meant)
{
	u64 now = arch_time(), taken = now - last > meant ? now - last - meant : 0;

	if (taken > longest)
		longest = taken;
	if (taken > arch_ticks_from_us(TAKEN_US)) {
		gaps++;
		since = now;
	}
	last = now;
}

/* Return: how many words are not as they were written. */
static u64 work(void)
{
	u64 wrong = 0;

	for (u64 part = 0; part < WORDS * PARTS; part += WORDS) {
		for (u64 i = part; i < part + WORDS; i++)
			wrong += ((volatile u64 *)words)[i] != pattern(i);
		look(0);
	}
	return wrong;
}

int guest_main(void)
{
	u64 wrong = 0, rounds = 0;

	for (u64 i = 0; i < WORDS * PARTS; i++)
		words[i] = pattern(i);
	timer_sleep_ms(FIRST_MS);
	tap_note("honest work begins");
	last = since = arch_time();
	do {
		rounds++;
		wrong += work();
		timer_sleep_ms(SLEEP_MS);
		look(arch_ticks_from_us(1000 * SLEEP_MS));
	} while (last - since < arch_ticks_from_us(ALONE_US));
	tap_note("longest gap %lu us, %lu gaps, %lu rounds", longest * 1000000 / platform.timer_hz,
		 gaps, rounds);
	tap_eq(wrong, 0, "memory stays as it was written");
	return tap_done();
}
