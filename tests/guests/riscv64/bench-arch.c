// SPDX-License-Identifier: Apache-2.0
#include "../bench.h"
#include <arch/plic.h>
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * cycle counts instructions under icount, where the guest may read it; time, at
 * 100 ns a tick on QEMU's virt, is the fallback. Either way a cost is in nanoseconds
 * of virtual time, of which an instruction takes one.
 */

static bool use_cycle;
static u64 overhead; /* of an empty measurement */
static u64 ns_per_tick;

static inline u64 clock(void)
{
	return use_cycle ? csr_read(cycle) : csr_read(time) * ns_per_tick;
}

#define COST(...)                                            \
	({                                                   \
		u64 cost_t0 = clock(), cost_t1;              \
		__VA_ARGS__;                                 \
		cost_t1 = clock() - cost_t0;                 \
		cost_t1 > overhead ? cost_t1 - overhead : 0; \
	})

/* The ecall alone: arguments are in place before the clock is read. */
#define SBI_COST(eid, fid, arg0, arg1)                                                 \
	({                                                                             \
		register u64 r0 __asm__("a0") = (arg0);                                \
		register u64 r1 __asm__("a1") = (arg1);                                \
		register u64 r2 __asm__("a2") = 0;                                     \
		register u64 r3 __asm__("a3") = 0;                                     \
		register u64 r4 __asm__("a4") = 0;                                     \
		register u64 r6 __asm__("a6") = (fid);                                 \
		register u64 r7 __asm__("a7") = (eid);                                 \
		u64 t0, t1;                                                            \
		if (use_cycle)                                                         \
			__asm__ volatile("rdcycle %0; ecall; rdcycle %1"               \
					 : "=&r"(t0), "=&r"(t1), "+r"(r0), "+r"(r1)    \
					 : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) \
					 : "memory");                                  \
		else                                                                   \
			__asm__ volatile("rdtime %0; ecall; rdtime %1"                 \
					 : "=&r"(t0), "=&r"(t1), "+r"(r0), "+r"(r1)    \
					 : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) \
					 : "memory");                                  \
		use_cycle ? t1 - t0 - 1 : (t1 - t0) * ns_per_tick;                     \
	})

static u64 sbi_version(void)
{
	return SBI_COST(SBI_BASE, 0, 0, 0);
}

static u64 set_timer(void)
{
	return SBI_COST(SBI_TIME, 0, ~0UL >> 1, 0);
}

static u64 send_ipi(void)
{
	u64 cost = SBI_COST(SBI_IPI, 0, 1, platform.boot_cpu);

	while (!(csr_read(sip) & BIT(IRQ_SOFT)))
		;
	csr_clear(sip, BIT(IRQ_SOFT));
	return cost;
}

static volatile u64 ipi_at;

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	ipi_at = clock();
	csr_clear(sip, BIT(IRQ_SOFT));
}

/* Up to its handler. */
static u64 ipi_delivery(void)
{
	u64 t0;

	ipi_at = 0;
	irq_set_handler(IRQ_SOFT, on_ipi);
	csr_set(sie, BIT(IRQ_SOFT));
	irq_enable();
	t0 = clock();
	sbi_call3(SBI_IPI, 0, 1, platform.boot_cpu, 0);
	while (!ipi_at)
		;
	irq_disable();
	csr_clear(sie, BIT(IRQ_SOFT));
	return ipi_at - t0;
}

static u64 remote_sfence(void)
{
	return SBI_COST(SBI_RFENCE, 1, 1, platform.boot_cpu);
}

static u64 uart_status(void)
{
	return COST(mmio_read8(platform.uart + 5));
}

static u64 uart_write(void)
{
	while (!(mmio_read8(platform.uart + 5) & 0x20))
		;
	return COST(mmio_write8(platform.uart, '.'));
}

static u64 plic_read(void)
{
	u64 addr = plic_priority(platform.uart_irq);

	return COST(mmio_read32(addr));
}

static u64 plic_claim_empty(void)
{
	u64 addr = plic_claim();

	return COST(mmio_read32(addr));
}

/* Of the UART's transmitter interrupt; the completion is not counted. */
static u64 plic_claim_pending(void)
{
	u64 cost, addr = plic_claim();
	u32 irq;

	mmio_write8(platform.uart + 1, 2);
	cost = COST(irq = mmio_read32(addr));
	mmio_write8(platform.uart + 1, 0);
	(void)mmio_read8(platform.uart + 2);
	mmio_write32(addr, irq);
	return cost;
}

static u64 first_touch(void)
{
	u64 addr = bench_untouched;

	bench_untouched += PAGE_SIZE;
	return COST(*(volatile u64 *)addr);
}

/*
 * How long after its deadline a timer ends WFI. The deadline is known to a tick; the
 * clock at a tick is found by looking for where time changes.
 */
static u64 wake_late(void)
{
	u64 tick, edge, when, now;

	for (tick = csr_read(time); csr_read(time) == tick;)
		;
	tick = csr_read(time);
	while (csr_read(time) == tick)
		;
	edge = clock();
	when = tick + 1 + 2000;
	csr_set(sie, BIT(IRQ_TIMER));
	sbi_set_timer(when);
	do
		wfi();
	while (csr_read(time) < when);
	now = clock();
	csr_clear(sie, BIT(IRQ_TIMER));
	sbi_set_timer(~0UL);
	edge += 2000 * ns_per_tick;
	return now > edge ? now - edge : 0;
}

const char *arch_bench_init(void)
{
	u64 least = ~0UL;

	ns_per_tick = 1000000000 / platform.timer_hz;
	dev_irq_enable(platform.uart_irq);
	trap_catch();
	(void)csr_read(cycle);
	use_cycle = !trap_caught().count;
	for (int i = 0; i < 100; i++)
		least = min(least, COST());
	overhead = least;
	return use_cycle ? "cycle" : "time";
}

const struct bench arch_benches[] = {
	{ "sbi-get-spec-version", sbi_version, 1000, false, 0 },
	{ "sbi-set-timer", set_timer, 1000, false, 0 },
	{ "sbi-send-ipi-self", send_ipi, 1000, false, 0 },
	{ "ipi-self-to-handler", ipi_delivery, 1000, false, 0 },
	{ "sbi-remote-sfence-self", remote_sfence, 1000, false, 0 },
	{ "uart-status-read", uart_status, 1000, false, 0 },
	{ "uart-data-write", uart_write, 64, false, 0 },
	{ "plic-register-read", plic_read, 1000, false, 0 },
	{ "plic-claim-empty", plic_claim_empty, 1000, false, 0 },
	{ "plic-claim", plic_claim_pending, 1000, false, 0 },
	{ "first-touch-4k", first_touch, BENCH_TOUCH_SIZE / PAGE_SIZE, true, 0 },
	{ "timer-wake-late", wake_late, 200, false, 0 },
	{ "timer-wake-late-mean", wake_late, 200, true, 0 },
};
const unsigned int arch_nr_benches = ARRAY_SIZE(arch_benches);
