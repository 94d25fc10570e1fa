// SPDX-License-Identifier: Apache-2.0
/*
 * The platform-level interrupt controller (RISC-V PLIC Specification 1.0.0). Each
 * hart has contexts, of which Lodge uses the supervisor's. All interrupts go
 * to the CPU that serves devices, whoever requests them, but for those that are kept for guests.
 */
#include <asm/io.h>
#include <lodge/compiler.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/irq.h>
#include <lodge/plic_regs.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/spinlock.h>

#define IRQ_S_EXTERNAL 9 /* of a hart's own controller */

/*
 * Claims that one external interrupt serves; the rest interrupt again. Of the console's, each
 * takes some 850 instructions with interrupts off.
 */
#define CLAIM_BURST 8

struct plic_context {
	u64 hartid;
	volatile u8 *enable;
	volatile u8 *regs;
};

/*
 * @enabled: what plic_enable() and plic_disable() have said, a bit per interrupt
 * @target:  the CPU that each interrupt goes to
 * @of_cpu:  context of each CPU that has come up
 */
static struct plic {
	struct irqchip chip;
	struct spinlock lock; /* enable bits, here and in the device */
	u32 enabled[PLIC_MAX_IRQ / 32 + 1];
	u16 target[PLIC_MAX_IRQ + 1];
	volatile u8 *priority;
	unsigned int nr_contexts;
	struct plic_context context[CONFIG_NR_CPUS];
	struct plic_context *of_cpu[CONFIG_NR_CPUS];
} plic = { .lock = SPINLOCK_INIT };

static void plic_set_enable(const struct plic_context *ctx, u32 irq, bool on)
{
	volatile u8 *word = ctx->enable + irq / 32 * 4;
	u32 bit = 1u << irq % 32;

	writel(on ? readl(word) | bit : readl(word) & ~bit, word);
}

static void plic_cpu_init(struct irqchip *c)
{
	unsigned int cpu = cpu_id(), i;

	for (i = 0; i < plic.nr_contexts; i++)
		if (plic.context[i].hartid == arch_cpu_hwid(cpu)) {
			plic.of_cpu[cpu] = &plic.context[i];
			writel(0, plic.context[i].regs + PLIC_THRESHOLD);
			return;
		}
	pr_warn("plic: CPU %u has no context, it takes no external interrupts", cpu);
}

static int plic_enable(struct irqchip *c, u32 irq)
{
	const struct plic_context *ctx;
	unsigned long flags;

	if (!irq || irq >= c->nr_irqs)
		return -EINVAL;
	ctx = plic.of_cpu[plic.target[irq]];
	if (!ctx)
		return -ENODEV;
	flags = spin_lock_irqsave(&plic.lock);
	plic.enabled[irq / 32] |= 1u << irq % 32;
	writel(1, plic.priority + 4ul * irq);
	plic_set_enable(ctx, irq, true);
	spin_unlock_irqrestore(&plic.lock, flags);
	return 0;
}

static void plic_disable(struct irqchip *c, u32 irq)
{
	unsigned long flags;
	unsigned int i;

	if (!irq || irq >= c->nr_irqs)
		return;
	flags = spin_lock_irqsave(&plic.lock);
	plic.enabled[irq / 32] &= ~(1u << irq % 32);
	for (i = 0; i < plic.nr_contexts; i++)
		plic_set_enable(&plic.context[i], irq, false);
	spin_unlock_irqrestore(&plic.lock, flags);
}

/*
 * A completion counts only while the interrupt is enabled for the context: one that
 * its handler has disabled would be blocked for good.
 */
static void plic_complete(const struct plic_context *ctx, u32 irq)
{
	unsigned long flags;

	if (likely(READ_ONCE(plic.enabled[irq / 32]) & 1u << irq % 32)) {
		writel(irq, ctx->regs + PLIC_CLAIM);
		return;
	}
	flags = spin_lock_irqsave(&plic.lock);
	plic_set_enable(ctx, irq, true);
	writel(irq, ctx->regs + PLIC_CLAIM);
	plic_set_enable(ctx, irq, (plic.enabled[irq / 32] & 1u << irq % 32) != 0);
	spin_unlock_irqrestore(&plic.lock, flags);
}

/* ---- interrupts that are kept for guests ---- */

/* Its gateway knows which sense its input has; a line that is not inverted is all there is. */
static int plic_trigger(struct irqchip *c, u32 irq, enum irq_trigger trigger)
{
	if (trigger != IRQ_EDGE_RISING && trigger != IRQ_LEVEL_HIGH)
		return -EINVAL;
	plic.target[irq] = SCHED_HOST_CPU;
	return plic.of_cpu[SCHED_HOST_CPU] ? 0 : -ENODEV;
}

/* By the context for which it is enabled, whichever has claimed it: the gateway does not ask. */
static void plic_end(struct irqchip *c, u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&plic.lock);
	const struct plic_context *ctx = plic.of_cpu[plic.target[irq]];
	bool on = plic.enabled[irq / 32] & 1u << irq % 32;

	if (!on) {
		/* If its line is up it is pending again at once: none may claim it. plic_enable() sets the priority. */
		writel(0, plic.priority + 4ul * irq);
		plic_set_enable(ctx, irq, true);
	}
	writel(irq, ctx->regs + PLIC_CLAIM);
	if (!on)
		plic_set_enable(ctx, irq, false);
	spin_unlock_irqrestore(&plic.lock, flags);
}

static void plic_route(struct irqchip *c, u32 irq, struct cpu *cpu)
{
	const struct plic_context *to = plic.of_cpu[cpu->id], *from;
	unsigned long flags;

	if (!to)
		return;
	flags = spin_lock_irqsave(&plic.lock);
	from = plic.of_cpu[plic.target[irq]];
	plic.target[irq] = (u16)cpu->id;
	if (from != to && (plic.enabled[irq / 32] & 1u << irq % 32)) {
		plic_set_enable(from, irq, false);
		plic_set_enable(to, irq, true);
	}
	spin_unlock_irqrestore(&plic.lock, flags);
}

static void plic_handle(struct irqchip *c)
{
	const struct plic_context *ctx = plic.of_cpu[cpu_id()];
	unsigned int n;

	if (!ctx)
		return;
	for (n = 0; n < CLAIM_BURST; n++) {
		u32 irq = readl(ctx->regs + PLIC_CLAIM);

		if (!irq || irq >= c->nr_irqs)
			return;
		if (irq_dispatch(irq))
			plic_complete(ctx, irq);
	}
}

/* The hart whose own interrupt controller has @phandle; false if none has. */
static bool plic_find_hart(const void *fdt, u32 phandle, u64 *hartid)
{
	int cpus = fdt_find_path(fdt, "/cpus"), cpu, intc;

	if (cpus < 0)
		return false;
	for (cpu = fdt_first_child(fdt, cpus); cpu >= 0; cpu = fdt_next_sibling(fdt, cpu))
		for (intc = fdt_first_child(fdt, cpu); intc >= 0;
		     intc = fdt_next_sibling(fdt, intc)) {
			u32 ph;

			if (!fdt_prop_u32(fdt, intc, "phandle", &ph) && ph == phandle)
				return !fdt_prop_u64(fdt, cpu, "reg", hartid);
		}
	return false;
}

/* Whether @hartid is to have a context: not all harts are brought up, but who boots is. */
static bool plic_wants(u64 hartid)
{
	u64 boot = arch_cpu_hwid(0);
	unsigned int i, others = 0;

	for (i = 0; i < plic.nr_contexts; i++) {
		if (plic.context[i].hartid == hartid)
			return false;
		others += plic.context[i].hartid != boot;
	}
	return hartid == boot || others + 1 < CONFIG_NR_CPUS;
}

/* Map context @n for @hartid, and let it take nothing yet. */
static int plic_add_context(u64 base, u64 size, u32 n, u64 hartid)
{
	struct plic_context *ctx = &plic.context[plic.nr_contexts];
	u64 enable = PLIC_ENABLE + n * PLIC_ENABLE_STRIDE;
	u64 regs = PLIC_CONTEXT + n * PLIC_CONTEXT_STRIDE;
	unsigned int i;

	if (n >= PLIC_MAX_CONTEXTS || regs + PLIC_CONTEXT_STRIDE > size)
		return -EINVAL;
	ctx->hartid = hartid;
	ctx->enable = host_ioremap(base + enable, PLIC_ENABLE_STRIDE);
	ctx->regs = host_ioremap(base + regs, PLIC_CONTEXT_STRIDE);
	if (!ctx->enable || !ctx->regs)
		return -ENOMEM;
	for (i = 0; i < plic.chip.nr_irqs; i += 32)
		writel(0, ctx->enable + i / 8);
	/* Until the hart comes up nothing passes. */
	writel(~0u, ctx->regs + PLIC_THRESHOLD);
	plic.nr_contexts++;
	return 0;
}

static int plic_find_contexts(const void *fdt, int node, u64 base, u64 size)
{
	u32 len = 0, n;
	const void *list = fdt_prop(fdt, node, "interrupts-extended", &len);

	/* Pairs of a hart's controller and its interrupt; the n-th is context n. */
	for (n = 0; list && n < len / 8; n++) {
		u64 hartid;
		int err;

		if (fdt_cell(list, 2 * n + 1) != IRQ_S_EXTERNAL)
			continue;
		if (!plic_find_hart(fdt, fdt_cell(list, 2 * n), &hartid) || !plic_wants(hartid))
			continue;
		err = plic_add_context(base, size, n, hartid);
		if (err)
			return err;
	}
	return plic.nr_contexts ? 0 : -EINVAL;
}

static __cold int plic_probe(const void *fdt, int node)
{
	u64 base, size;
	u32 ndev;
	int err;

	if (plic.priority)
		return -ENODEV;
	if (fdt_reg(fdt, node, 0, &base, &size) || fdt_prop_u32(fdt, node, "riscv,ndev", &ndev))
		return -EINVAL;
	if (ndev > PLIC_MAX_IRQ)
		return -EINVAL;
	plic.chip.nr_irqs = ndev + 1;
	err = plic_find_contexts(fdt, node, base, size);
	if (err)
		return err;
	plic.priority = host_ioremap(base + PLIC_PRIORITY, 4ul * plic.chip.nr_irqs);
	if (!plic.priority)
		return -ENOMEM;
	plic.chip.name = "plic";
	if (fdt_prop_u32(fdt, node, "phandle", &plic.chip.phandle))
		plic.chip.phandle = 0;
	plic.chip.enable = plic_enable;
	plic.chip.disable = plic_disable;
	plic.chip.cpu_init = plic_cpu_init;
	plic.chip.handle = plic_handle;
	plic.chip.trigger = plic_trigger;
	plic.chip.end = plic_end;
	plic.chip.route = plic_route;
	return irqchip_register(&plic.chip);
}

static const char *const plic_compatible[] = { "sifive,plic-1.0.0", "riscv,plic0", NULL };

static const struct driver plic_driver = {
	.name = "plic",
	.compatible = plic_compatible,
	.stage = DRIVER_IRQCHIP,
	.probe = plic_probe,
};
DRIVER_REGISTER(plic_driver);
