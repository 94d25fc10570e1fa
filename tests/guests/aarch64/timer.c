// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * The generic timer (Arm ARM, D11): the virtual one, which is the guest's own, and the
 * physical one, with their interrupts as the GIC shows them.
 */

#define CTL_ENABLE  BIT(0)
#define CTL_IMASK   BIT(1)
#define CTL_ISTATUS BIT(2)

static volatile u64 ticks, fired_at;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	fired_at = arch_time();
	ticks++;
	timer_set(~0UL);
}

static bool ppi_pending(u32 ppi)
{
	return mmio_read32(gic_private() + GICD_ISPENDR) >> ppi & 1;
}

static void wait_us(u64 us)
{
	u64 end = arch_time() + arch_ticks_from_us(us);

	while (arch_time() < end)
		;
}

/* One set of registers for each of the two. */
struct gtimer {
	const char *name;
	u32 ppi;
	u64 (*count)(void);
	u64 (*ctl)(void);
	void (*set_ctl)(u64 v);
	u64 (*cval)(void);
	void (*set_cval)(u64 v);
	u64 (*tval)(void);
	void (*set_tval)(u64 v);
};

#define GTIMER_FUNCTIONS(x)                            \
	static u64 x##_count(void)                     \
	{                                              \
		isb();                                 \
		return sysreg_read(cnt##x##ct_el0);    \
	}                                              \
	static u64 x##_ctl(void)                       \
	{                                              \
		isb();                                 \
		return sysreg_read(cnt##x##_ctl_el0);  \
	}                                              \
	static void x##_set_ctl(u64 v)                 \
	{                                              \
		sysreg_write(cnt##x##_ctl_el0, v);     \
		isb();                                 \
	}                                              \
	static u64 x##_cval(void)                      \
	{                                              \
		return sysreg_read(cnt##x##_cval_el0); \
	}                                              \
	static void x##_set_cval(u64 v)                \
	{                                              \
		sysreg_write(cnt##x##_cval_el0, v);    \
		isb();                                 \
	}                                              \
	static u64 x##_tval(void)                      \
	{                                              \
		isb();                                 \
		return sysreg_read(cnt##x##_tval_el0); \
	}                                              \
	static void x##_set_tval(u64 v)                \
	{                                              \
		sysreg_write(cnt##x##_tval_el0, v);    \
		isb();                                 \
	}

GTIMER_FUNCTIONS(v)
GTIMER_FUNCTIONS(p)

static const struct gtimer gtimers[] = {
	{ "virtual", PPI_VTIMER, v_count, v_ctl, v_set_ctl, v_cval, v_set_cval, v_tval,
	  v_set_tval },
	{ "physical", PPI_PTIMER, p_count, p_ctl, p_set_ctl, p_cval, p_set_cval, p_tval,
	  p_set_tval },
};

static void registers(const struct gtimer *t)
{
	u64 now;

	t->set_ctl(0);
	t->set_cval(0x123456789abcdef0);
	tap_ok(t->cval() == 0x123456789abcdef0, "%s: the compare value reads back", t->name);
	t->set_ctl(CTL_IMASK);
	tap_ok((t->ctl() & 3) == CTL_IMASK, "%s: so does the mask", t->name);
	now = t->count();
	t->set_tval(1000000);
	tap_ok(t->cval() - now >= 1000000 && t->cval() - now < 1000000 + platform.timer_hz,
	       "%s: the timer value is counted from now", t->name);
	t->set_tval(0xffffffff);
	tap_ok(t->cval() < t->count(), "%s: and has a sign", t->name);
	t->set_cval(t->count() + 100 * platform.timer_hz);
	now = t->tval();
	tap_ok((s32)now > 0 && now >> 32 == 0 && now <= 100 * platform.timer_hz,
	       "%s: it reads as what is left", t->name);
	t->set_ctl(0);
}

static void condition(const struct gtimer *t)
{
	bool pending;
	u64 when;

	t->set_ctl(0);
	t->set_cval(0);
	tap_ok(!(t->ctl() & CTL_ENABLE) && !ppi_pending(t->ppi), "%s: off, it is silent", t->name);
	t->set_ctl(CTL_ENABLE);
	tap_ok((t->ctl() & CTL_ISTATUS) && ppi_pending(t->ppi),
	       "%s: a value that has passed is pending at once", t->name);
	t->set_ctl(CTL_ENABLE | CTL_IMASK);
	tap_ok((t->ctl() & CTL_ISTATUS) && !ppi_pending(t->ppi), "%s: masked, it is met only",
	       t->name);
	t->set_cval(~0UL >> 1);
	t->set_ctl(CTL_ENABLE);
	tap_ok(!(t->ctl() & CTL_ISTATUS) && !ppi_pending(t->ppi),
	       "%s: the largest value never comes", t->name);
	when = t->count() + arch_ticks_from_us(50000);
	t->set_cval(when);
	pending = ppi_pending(t->ppi);
	tap_ok(!pending || t->count() >= when, "%s: one ahead is not there yet", t->name);
	/* An emulated one comes when the host gets to it. */
	for (u64 end = guest_give_up(); arch_time() < end && !ppi_pending(t->ppi);)
		;
	tap_ok(t->count() >= when, "%s: nor before its time", t->name);
	tap_ok((t->ctl() & CTL_ISTATUS) && ppi_pending(t->ppi), "%s: and then it is", t->name);
	t->set_ctl(0);
	tap_ok(!ppi_pending(t->ppi), "%s: off again", t->name);
}

/* Who has seen that the condition is met finds the interrupt pending, however soon it looks. */
static void status_and_line(const struct gtimer *t)
{
	u64 n, missing = 0;

	for (n = 0; n < 500; n++) {
		t->set_ctl(0);
		t->set_cval(t->count() + arch_ticks_from_us(20 + n % 16));
		t->set_ctl(CTL_ENABLE);
		while (!(t->ctl() & CTL_ISTATUS))
			;
		missing += !ppi_pending(t->ppi);
	}
	t->set_ctl(0);
	tap_ok(!missing, "%s: the line is up when the status says so", t->name);
}

static void wakes(const struct gtimer *t)
{
	u64 when;

	mmio_write32(gic_private() + GICD_ISENABLER, 1u << t->ppi);
	when = t->count() + arch_ticks_from_us(20000);
	t->set_cval(when);
	t->set_ctl(CTL_ENABLE);
	while (!ppi_pending(t->ppi))
		wfi();
	tap_ok(t->count() >= when, "%s: it wakes WFI, not early", t->name);
	tap_note("late by %ld ticks", (long)(t->count() - when));
	t->set_ctl(0);
	mmio_write32(gic_private() + GICD_ICENABLER, 1u << t->ppi);
}

/* A physical timer's interrupt has its own number: seen in what is acknowledged. */
static void physical_delivery(void)
{
	u32 ack;

	mmio_write32(gic_private() + GICD_ISENABLER, 1u << PPI_PTIMER);
	p_set_tval(0);
	p_set_ctl(CTL_ENABLE);
	wait_us(1000);
	ack = gic_ack();
	p_set_ctl(0);
	if (GIC_ID(ack) < GIC_NONE)
		gic_eoi(ack);
	mmio_write32(gic_private() + GICD_ICENABLER, 1u << PPI_PTIMER);
	tap_eq(GIC_ID(ack), PPI_PTIMER, "physical: its interrupt is acknowledged");
	tap_eq(GIC_ID(gic_ack()), 1023, "and no other");
}

static long fire_after(u64 us)
{
	u64 when = arch_time() + arch_ticks_from_us(us), before = ticks;

	timer_set(when);
	irq_enable();
	for (u64 end = guest_give_up(); ticks == before && arch_time() < end;)
		;
	wait_us(2000); /* for another */
	irq_disable();
	return ticks == before + 1 && fired_at >= when ? (long)(fired_at - when) : -1;
}

static void delivery(void)
{
	static const u64 delays[] = { 0, 1, 100, 2000, 50000 };
	u64 before;

	irq_set_handler(IRQ_TIMER, on_timer);
	irq_unmask(IRQ_TIMER);
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		long late = fire_after(delays[i]);

		tap_ok(late >= 0, "a timer %lu us ahead fires once, not early", delays[i]);
		tap_note("late by %ld ticks", late);
	}
	before = ticks;
	irq_enable();
	for (int i = 0; i < 200; i++) {
		u64 want = ticks + 1, deadline = guest_give_up();

		timer_set(arch_time() + arch_ticks_from_us(50));
		while (ticks < want && arch_time() < deadline)
			;
	}
	irq_disable();
	tap_eq(ticks - before, 200, "200 timers, one after the other, all fire");
	irq_mask(IRQ_TIMER);
	timer_set(0);
	irq_enable();
	irq_disable();
	timer_set(~0UL);
	tap_eq(irq_unhandled, 0, "an interrupt masked in the GIC is not taken");
}

int guest_main(void)
{
	tap_ok(platform.timer_hz >= 1000000, "CNTFRQ_EL0 has the clock's rate");
	for (size_t i = 0; i < ARRAY_SIZE(gtimers); i++) {
		registers(&gtimers[i]);
		condition(&gtimers[i]);
		status_and_line(&gtimers[i]);
		wakes(&gtimers[i]);
	}
	physical_delivery();
	delivery();
	return tap_done();
}
