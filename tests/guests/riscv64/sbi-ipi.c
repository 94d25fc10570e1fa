// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* SBI 2.0, chapter 7: IPI. */

static volatile u64 ipis;

static void on_ipi(struct trap_frame *f)
{
	(void)f;
	csr_clear(sip, BIT(IRQ_SOFT));
	ipis++;
}

static long send(u64 mask, u64 base)
{
	return sbi_call3(SBI_IPI, 0, mask, base, 0).error;
}

/* Sends and gives the IPI time to come. Return: how many came. */
static u64 sent(u64 mask, u64 base, long *error)
{
	u64 before = ipis, end;

	*error = send(mask, base);
	end = arch_time() + arch_ticks_from_us(2000);
	irq_enable();
	while (arch_time() < end)
		;
	irq_disable();
	return ipis - before;
}

static void expect(u64 mask, u64 base, long error, u64 count, const char *name)
{
	long err;
	u64 n = sent(mask, base, &err);

	if (!tap_ok(err == error && n == count, "%s", name))
		tap_note("error %ld, %lu interrupts", err, n);
}

int guest_main(void)
{
	u64 self = platform.boot_cpu;

	irq_set_handler(IRQ_SOFT, on_ipi);
	csr_set(sie, BIT(IRQ_SOFT));

	expect(1, self, SBI_SUCCESS, 1, "an IPI to oneself, by base, arrives");
	expect(BIT(self), 0, SBI_SUCCESS, 1, "by mask");
	expect(0, ~0UL, SBI_SUCCESS, 1, "to all harts");
	expect(0, 0, SBI_SUCCESS, 0, "an empty mask is no error and no interrupt");
	expect(BIT(63), 0, SBI_ERR_INVALID_PARAM, 0, "a hart that is not there is refused");
	expect(1, 4096, SBI_ERR_INVALID_PARAM, 0, "so is a base out of range");
	expect(1, ~0UL - 1, SBI_ERR_INVALID_PARAM, 0, "and a base at the end of the numbers");
	expect(~0UL, ~0UL - 3, SBI_ERR_INVALID_PARAM, 0, "and a mask that wraps");

	send(1, self);
	tap_ok(csr_read(sip) & BIT(IRQ_SOFT), "it is pending while interrupts are off");
	csr_clear(sip, BIT(IRQ_SOFT));
	tap_ok(!(csr_read(sip) & BIT(IRQ_SOFT)), "clearing the bit clears it");
	csr_set(sip, BIT(IRQ_SOFT));
	tap_ok(csr_read(sip) & BIT(IRQ_SOFT), "a hart can make one pending itself");
	csr_clear(sip, BIT(IRQ_SOFT));
	for (int i = 0; i < 100; i++)
		send(1, self);
	tap_ok(csr_read(sip) & BIT(IRQ_SOFT), "100 of them are pending as one");
	csr_clear(sip, BIT(IRQ_SOFT));
	tap_eq((u64)sbi_call3(SBI_IPI, 1, 1, self, 0).error, (u64)SBI_ERR_NOT_SUPPORTED,
	       "function 1 is not supported");
	return tap_done();
}
