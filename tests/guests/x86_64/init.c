// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* INIT and start-up IPIs to a CPU that runs, is about to start, or is about to stop: the last counts. */

#define ROUNDS 600

/* Real-mode code below 1 MiB, which counts here. */
#define COUNTS	0x8000ul
#define SPINS	0x9000ul
#define COUNTER 0x8800ul

/* lock incw [0x8800]; cli; hlt; jmp to the hlt */
static const u8 counts[] = { 0xf0, 0xff, 0x06, 0x00, 0x88, 0xfa, 0xf4, 0xeb, 0xfd };
/* jmp to itself */
static const u8 spins[] = { 0xeb, 0xfe };

static void send_init(u64 cpu)
{
	lapic_send(cpu, LAPIC_ICR_INIT | LAPIC_ICR_ASSERT);
}

static void send_sipi(u64 cpu, u64 at)
{
	lapic_send(cpu, LAPIC_ICR_SIPI | LAPIC_ICR_ASSERT | at >> PAGE_SHIFT);
}

static void pass_time(u64 ticks)
{
	u64 end = arch_time() + ticks;

	while (arch_time() < end)
		;
}

/* Whether the second start comes, however far the first has got. */
static bool starts_again(u64 cpu, u64 first, u64 second)
{
	volatile u16 *counter = (volatile u16 *)COUNTER;
	u64 end;

	*counter = 0;
	send_init(cpu);
	send_sipi(cpu, SPINS);
	pass_time(first);
	send_init(cpu);
	pass_time(second);
	send_sipi(cpu, COUNTS);
	end = arch_time() + arch_ticks_from_us(20000000);
	while (!*counter && arch_time() < end)
		;
	return *counter == 1;
}

int guest_main(void)
{
	u64 us = arch_ticks_from_us(1);
	unsigned int n, lost = 0;

	memcpy((void *)COUNTS, counts, sizeof(counts));
	memcpy((void *)SPINS, spins, sizeof(spins));
	for (n = 0; n < ROUNDS && !lost; n++)
		lost += !starts_again(1 + n % (platform.nr_cpus - 1), n % 97 * us / 8,
				      n % 3 ? 0 : n % 31 * us);
	tap_ok(!lost, "a CPU starts after INIT, whatever it was about to do");
	if (lost)
		tap_note("not in round %u", n - 1);
	return tap_done();
}
