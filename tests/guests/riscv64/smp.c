// SPDX-License-Identifier: Apache-2.0
#include <arch/hart.h>
#include <arch/plic.h>
#include <arch/sbi.h>
#include <arch/trap.h>
#include <guest/tap.h>

/*
 * Several harts: SBI 2.0, chapters 7 and 9, and what each hart has for itself. The harts
 * wait with interrupts off, so WFI returns for what is pending and nothing is taken.
 */

#define ROUNDS 20

static volatile u64 count[MAX_HARTS];
static volatile u64 go;

static u64 others(void)
{
	u64 mask = 0;

	for_each_other_hart(h)
		mask |= BIT(h);
	return mask;
}

/* Return: false if that does not come true within two seconds. */
static bool wait_count(u64 h, u64 n)
{
	u64 end = arch_time() + 2 * platform.timer_hz;

	while (count[h] < n)
		if (arch_time() > end)
			return false;
	return true;
}

static bool all_wait_status(long status)
{
	bool ok = true;

	for_each_other_hart(h)
		ok &= hart_wait_status(h, status);
	return ok;
}

static bool all_start(void (*fn)(struct hart *h))
{
	bool ok = true;

	for_each_other_hart(h) {
		count[h] = 0;
		ok &= hart_start(h, fn) == SBI_SUCCESS;
	}
	return ok;
}

/* ---- start and stop ---- */

static void do_nothing(struct hart *h)
{
	count[h->id]++;
}

static void spin(struct hart *h)
{
	count[h->id]++;
	while (!go)
		;
}

static void handed_over(void)
{
	bool id = true, satp = true, sie = true;

	tap_ok(all_wait_status(HART_STOPPED), "the other harts are stopped at first");
	tap_ok(all_start(do_nothing), "each can be started");
	tap_ok(all_wait_status(HART_STOPPED), "and stops itself");
	for_each_other_hart(h) {
		id &= harts[h].id == h && count[h] == 1;
		satp &= harts[h].satp == 0;
		sie &= !(harts[h].sstatus & SSTATUS_SIE);
	}
	tap_ok(id, "each ran once, with its ID and the opaque value");
	tap_ok(satp, "with paging off");
	tap_ok(sie, "with interrupts off");
}

static void running(void)
{
	bool again = true, ran = true;

	go = 0;
	all_start(spin);
	for_each_other_hart(h) {
		ran &= wait_count(h, 1);
		again &= hart_status(h) == HART_STARTED &&
			 sbi_call3(SBI_HSM, 0, h, (u64)hart_entry, 0).error ==
				 SBI_ERR_ALREADY_AVAILABLE;
	}
	tap_ok(ran, "all of them run while this one does");
	tap_ok(again, "one that runs can't be started again");
	go = 1;
	tap_ok(all_wait_status(HART_STOPPED), "they stop");
}

static void start_refused(void)
{
	u64 h = platform.boot_cpu ? 0 : 1;

	tap_eq((u64)sbi_call3(SBI_HSM, 0, h, ~1UL, 0).error, (u64)SBI_ERR_INVALID_ADDRESS,
	       "a start at an address that is no memory is refused");
	tap_eq((u64)sbi_call3(SBI_HSM, 0, platform.nr_cpus, (u64)hart_entry, 0).error,
	       (u64)SBI_ERR_INVALID_PARAM, "and one of the hart after the last");
	tap_eq((u64)hart_status(h), HART_STOPPED, "the hart is still stopped");
}

static void cycles(void)
{
	bool ok = true;

	for_each_other_hart(h) {
		for (int i = 0; i < ROUNDS && ok; i++) {
			count[h] = 0;
			ok = hart_start(h, do_nothing) == SBI_SUCCESS &&
			     hart_wait_status(h, HART_STOPPED) && count[h] == 1;
		}
	}
	tap_ok(ok, "harts start and stop %d times", ROUNDS);
}

/* ---- interrupts from another hart ---- */

static void wait_ipi(void)
{
	while (!(csr_read(sip) & BIT(IRQ_SOFT)))
		wfi();
	csr_clear(sip, BIT(IRQ_SOFT));
}

/* Counts interrupts until it is told to stop. */
static void count_ipis(struct hart *h)
{
	csr_write(sie, BIT(IRQ_SOFT));
	while (!go) {
		wait_ipi();
		count[h->id]++;
	}
}

static void ipi_one(void)
{
	bool ok = true, alone = true;
	u64 before;

	for_each_other_hart(h) {
		for (u64 i = 0; i < ROUNDS && ok; i++) {
			before = count[h];
			hart_send_ipi(1, h);
			ok = wait_count(h, before + 1);
			alone &= count[h] == before + 1;
		}
	}
	for_each_other_hart(h)
		alone &= count[h] == ROUNDS;
	tap_ok(ok, "an IPI ends WFI on another hart");
	tap_ok(alone, "of that hart alone, once each");
}

static void ipi_many(u64 mask, u64 base, const char *name)
{
	bool ok = true;

	for (u64 i = 0; i < ROUNDS && ok; i++) {
		u64 before[MAX_HARTS];

		for_each_other_hart(h)
			before[h] = count[h];
		hart_send_ipi(mask, base);
		for_each_other_hart(h)
			ok &= wait_count(h, before[h] + 1);
	}
	tap_ok(ok, "%s ends it on all of them", name);
}

static void ipis(void)
{
	go = 0;
	all_start(count_ipis);
	/* One that is about to start is not there to be interrupted. */
	all_wait_status(HART_STARTED);
	ipi_one();
	ipi_many(others(), 0, "an IPI with a mask");
	tap_ok(!(csr_read(sip) & BIT(IRQ_SOFT)), "this hart, not in the mask, has none");
	ipi_many(0, ~0UL, "an IPI to all harts");
	tap_ok(csr_read(sip) & BIT(IRQ_SOFT), "and this hart has one");
	csr_clear(sip, BIT(IRQ_SOFT));
	tap_eq((u64)hart_send_ipi(2, platform.nr_cpus - 1), (u64)SBI_ERR_INVALID_PARAM,
	       "an IPI to the hart after the last is refused");
	go = 1;
	hart_send_ipi(others(), 0);
	tap_ok(all_wait_status(HART_STOPPED), "they stop");
}

/* Sends each interrupt back to the boot hart. */
static void answer_ipis(struct hart *h)
{
	csr_write(sie, BIT(IRQ_SOFT));
	for (int i = 0; i < ROUNDS; i++) {
		wait_ipi();
		count[h->id]++;
		hart_send_ipi(1, platform.boot_cpu);
	}
}

static void ping_pong(void)
{
	bool ok = true;

	csr_set(sie, BIT(IRQ_SOFT));
	for_each_other_hart(h) {
		count[h] = 0;
		hart_start(h, answer_ipis);
		hart_wait_status(h, HART_STARTED);
		for (u64 i = 0; i < ROUNDS; i++) {
			hart_send_ipi(1, h);
			wait_ipi();
			ok &= count[h] == i + 1;
		}
	}
	csr_clear(sie, BIT(IRQ_SOFT));
	tap_ok(ok, "two harts in WFI wake each other %d times", ROUNDS);
	tap_ok(all_wait_status(HART_STOPPED), "and stop");
}

/* An interrupt that nobody took does not outlive the hart's stop. */
static void leave_pending(struct hart *h)
{
	csr_set(sip, BIT(IRQ_SOFT));
	csr_write(sscratch, 0x1234);
	count[h->id]++;
}

static void look_pending(struct hart *h)
{
	count[h->id] = 1 + (csr_read(sip) & BIT(IRQ_SOFT));
}

static void stale(void)
{
	bool ok = true;

	all_start(leave_pending);
	all_wait_status(HART_STOPPED);
	for_each_other_hart(h)
		hart_send_ipi(1, h);
	all_start(look_pending);
	all_wait_status(HART_STOPPED);
	for_each_other_hart(h)
		ok &= count[h] == 1;
	tap_ok(ok, "what was pending before a start is not after it");
}

/* ---- suspend ---- */

static void suspend(struct hart *h)
{
	csr_write(sie, BIT(IRQ_SOFT));
	count[h->id] = sbi_call3(SBI_HSM, 3, 0, 0, 0).error ? 99 : 1;
	csr_clear(sip, BIT(IRQ_SOFT));
}

/* It goes on at hart_entry, as after a start, and there with the other function. */
static void suspend_away(struct hart *h)
{
	csr_write(sie, BIT(IRQ_SOFT));
	h->fn = do_nothing;
	h->id = h->satp = h->sstatus = ~0UL;
	sbi_call3(SBI_HSM, 3, 0x80000000, (u64)hart_entry, (u64)h);
	count[h->id] = 99;
}

static void suspends(void (*fn)(struct hart *h), const char *name)
{
	bool resumed = true;

	all_start(fn);
	tap_ok(all_wait_status(HART_SUSPENDED), "%s suspended harts are seen as such", name);
	for_each_other_hart(h)
		tap_ok(sbi_call3(SBI_HSM, 0, h, (u64)hart_entry, 0).error ==
			       SBI_ERR_ALREADY_AVAILABLE,
		       "%s suspended: hart %lu can't be started", name, h);
	hart_send_ipi(others(), 0);
	tap_ok(all_wait_status(HART_STOPPED), "%s suspended harts are woken by an IPI", name);
	for_each_other_hart(h)
		resumed &= count[h] == 1 && harts[h].id == h && harts[h].satp == 0;
	tap_ok(resumed, "%s suspended harts go on where they should", name);
}

/* ---- timers ---- */

static volatile u64 due[MAX_HARTS], woke[MAX_HARTS];

static void wait_timer(struct hart *h)
{
	csr_write(sie, BIT(IRQ_TIMER));
	sbi_set_timer(due[h->id]);
	wfi();
	woke[h->id] = arch_time();
	sbi_set_timer(~0UL);
	count[h->id]++;
}

static void timers(void)
{
	bool early = false, late = false;

	/* The last hart's is the first to come. */
	for_each_other_hart(h)
		due[h] = arch_time() + arch_ticks_from_us(20000 * (platform.nr_cpus + 1 - h));
	all_start(wait_timer);
	for_each_other_hart(h)
		wait_count(h, 1);
	for_each_other_hart(h) {
		early |= woke[h] < due[h];
		late |= woke[h] > due[h] + arch_ticks_from_us(1000000);
	}
	tap_ok(!early && !late, "each hart has a timer of its own");
	all_wait_status(HART_STOPPED);
}

/* ---- external interrupts ---- */

enum { UART_IER = 1, IER_THRE = 2 };

static volatile u32 claimed;

/* The context of each hart's supervisor mode, in the harts' order. */
static u64 context(u64 hart)
{
	return platform.intc_context + 2 * (hart - platform.boot_cpu);
}

static void wait_external(struct hart *h)
{
	u64 claim = platform.intc + 0x200000 + 0x1000 * context(h->id) + 4;

	csr_write(sie, BIT(IRQ_EXT));
	mmio_write32(claim - 4, 0);
	count[h->id]++;
	wfi();
	claimed = mmio_read32(claim);
	mmio_write8(platform.uart + UART_IER, 0);
	mmio_write32(claim, claimed);
}

static void external(void)
{
	u32 irq = platform.uart_irq;
	bool ok = true;

	mmio_write32(plic_priority(irq), 1);
	for_each_other_hart(h) {
		u64 enable = platform.intc + 0x2000 + 0x80 * context(h) + 4UL * (irq / 32);

		mmio_write32(enable, 1u << (irq % 32));
		claimed = 0;
		count[h] = 0;
		hart_start(h, wait_external);
		ok &= wait_count(h, 1);
		mmio_write8(platform.uart + UART_IER, IER_THRE);
		ok &= hart_wait_status(h, HART_STOPPED) && claimed == irq;
		mmio_write8(platform.uart + UART_IER, 0);
		mmio_write32(enable, 0);
	}
	tap_ok(ok, "a device's interrupt wakes the hart whose context enables it");
}

int guest_main(void)
{
	if (!tap_ok(platform.nr_cpus > 1, "there are several harts"))
		return tap_done();
	handed_over();
	running();
	start_refused();
	cycles();
	ipis();
	ping_pong();
	stale();
	suspends(suspend, "retentive");
	suspends(suspend_away, "non-retentive");
	timers();
	external();
	return tap_done();
}
