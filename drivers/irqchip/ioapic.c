// SPDX-License-Identifier: Apache-2.0
/*
 * I/O APICs (Intel 82093AA datasheet) and message-signalled interrupts of a PC: both end as
 * a vector at a local APIC. Interrupt n has vector VECTOR_IRQ + n; the first numbers are the
 * inputs of all I/O APICs, counted as ACPI does, and those behind them are messages. All go
 * to the CPU that serves devices, whoever requests them, but for those that are kept for guests.
 */
#include <asm/apic.h>
#include <asm/apicdef.h>
#include <asm/io.h>
#include <asm/trap.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/spinlock.h>

#define IOAPIC_SELECT 0x00
#define IOAPIC_WINDOW 0x10
#define IOAPIC_SIZE   0x20

#define IOAPIC_VERSION	  0x01 /* bits 16 to 23: the last input */
#define IOAPIC_REDIR(pin) (0x10 + 2 * (pin))

#define REDIR_LOW    BIT(13)
#define REDIR_LEVEL  BIT(15)
#define REDIR_MASKED BIT(16)

/* The second cell of a specifier (intel,ce4100-ioapic). */
#define SENSE_EDGE_RISING  0u
#define SENSE_LEVEL_LOW	   1u
#define SENSE_LEVEL_HIGH   2u
#define SENSE_EDGE_FALLING 3u

#define MAX_IOAPICS 8

/* Messages are writes to a local APIC (AMD APM vol. 2, 16.11): its id, and the vector. */
#define MSI_ADDRESS(id) (0xfee00000u | (id) << 12)

struct ioapic {
	volatile u8 *regs;
	u32 first, nr_inputs;
};

/* Of an input that is kept for a guest. */
#define INPUT_KEPT   BIT(0)
#define INPUT_ON     BIT(1)
#define INPUT_ACTIVE BIT(2) /* it has come, and irq_end() has not been called */
#define INPUT_AGAIN  BIT(3) /* an edge that came meanwhile; there are no more until the end */

/*
 * @state:  INPUT_* of each input
 * @target: the CPU that each input goes to
 */
static struct {
	struct irqchip chip;
	struct spinlock lock; /* register pairs, what messages are taken, and inputs that are kept */
	unsigned int nr_ioapics;
	struct ioapic ioapic[MAX_IOAPICS];
	u32 next_msi;
	u8 sense[NR_IRQ_VECTORS], state[NR_IRQ_VECTORS];
	u16 target[NR_IRQ_VECTORS];
} apics = { .lock = SPINLOCK_INIT };

static u32 ioapic_read(const struct ioapic *a, u32 reg)
{
	writel(reg, a->regs + IOAPIC_SELECT);
	return readl(a->regs + IOAPIC_WINDOW);
}

static void ioapic_write(const struct ioapic *a, u32 reg, u32 val)
{
	writel(reg, a->regs + IOAPIC_SELECT);
	writel(val, a->regs + IOAPIC_WINDOW);
}

/* The I/O APIC that has input @irq; NULL for messages. */
static const struct ioapic *ioapic_of(u32 irq)
{
	unsigned int i;

	for (i = 0; i < apics.nr_ioapics; i++)
		if (irq - apics.ioapic[i].first < apics.ioapic[i].nr_inputs)
			return &apics.ioapic[i];
	return NULL;
}

static void redirect(const struct ioapic *a, u32 pin, u64 entry)
{
	/* Masked while its halves do not fit together. */
	ioapic_write(a, IOAPIC_REDIR(pin), REDIR_MASKED);
	ioapic_write(a, IOAPIC_REDIR(pin) + 1, (u32)(entry >> 32));
	ioapic_write(a, IOAPIC_REDIR(pin), (u32)entry);
}

static bool is_level(u32 irq)
{
	return apics.sense[irq] == SENSE_LEVEL_LOW || apics.sense[irq] == SENSE_LEVEL_HIGH;
}

static u64 entry_of(u32 irq)
{
	u64 entry = (VECTOR_IRQ + irq) | arch_cpu_hwid(apics.target[irq]) << 56;
	u8 sense = apics.sense[irq];

	if (is_level(irq))
		entry |= REDIR_LEVEL;
	if (sense == SENSE_LEVEL_LOW || sense == SENSE_EDGE_FALLING)
		entry |= REDIR_LOW;
	return entry;
}

/*
 * The mask of one that is kept. The rest of its entry stays: by the vector the I/O APIC knows at the end
 * of a level-triggered interrupt which it was, also of one that is masked (82093AA, 3.2.4).
 */
static void set_mask(const struct ioapic *a, u32 irq)
{
	u8 s = apics.state[irq];
	bool masked = !(s & INPUT_ON) || (s & INPUT_AGAIN) || ((s & INPUT_ACTIVE) && is_level(irq));

	ioapic_write(a, IOAPIC_REDIR(irq - a->first),
		     (u32)entry_of(irq) | (masked ? REDIR_MASKED : 0));
}

static int ioapic_enable(struct irqchip *c, u32 irq)
{
	const struct ioapic *a = ioapic_of(irq);
	unsigned long flags;

	/* A message needs no input. */
	if (!a)
		return 0;
	flags = spin_lock_irqsave(&apics.lock);
	if (apics.state[irq] & INPUT_KEPT) {
		apics.state[irq] |= INPUT_ON;
		set_mask(a, irq);
	} else {
		redirect(a, irq - a->first, entry_of(irq));
	}
	spin_unlock_irqrestore(&apics.lock, flags);
	return 0;
}

static void ioapic_disable(struct irqchip *c, u32 irq)
{
	const struct ioapic *a = ioapic_of(irq);
	unsigned long flags;

	/* A message comes when its device sends one; there is nothing to mask it here. */
	if (!a)
		return;
	flags = spin_lock_irqsave(&apics.lock);
	if (apics.state[irq] & INPUT_KEPT) {
		apics.state[irq] &= (u8) ~(INPUT_ON | INPUT_AGAIN);
		set_mask(a, irq);
	} else {
		redirect(a, irq - a->first, REDIR_MASKED);
	}
	spin_unlock_irqrestore(&apics.lock, flags);
}

/* ---- inputs that are kept for guests ---- */

static u8 sense_of(enum irq_trigger trigger)
{
	switch (trigger) {
	case IRQ_EDGE_RISING:
		return SENSE_EDGE_RISING;
	case IRQ_EDGE_FALLING:
		return SENSE_EDGE_FALLING;
	case IRQ_LEVEL_LOW:
		return SENSE_LEVEL_LOW;
	default:
		return SENSE_LEVEL_HIGH;
	}
}

/* Messages can't be kept: their devices ask nobody. */
static int ioapic_trigger(struct irqchip *c, u32 irq, enum irq_trigger trigger)
{
	const struct ioapic *a = ioapic_of(irq);
	unsigned long flags;

	if (!a)
		return -EINVAL;
	flags = spin_lock_irqsave(&apics.lock);
	apics.sense[irq] = sense_of(trigger);
	apics.target[irq] = SCHED_HOST_CPU;
	apics.state[irq] = INPUT_KEPT;
	redirect(a, irq - a->first, entry_of(irq) | REDIR_MASKED);
	spin_unlock_irqrestore(&apics.lock, flags);
	return 0;
}

/*
 * One that is kept has come: whether it is handed on. A level-triggered one is masked until its end, so
 * that the local APIC can be told at once that it is over, and takes others. An edge would be
 * lost while its input is masked: the first that comes meanwhile is remembered, and stands for those
 * that follow, which are not let through.
 */
static bool keep(u32 irq)
{
	const struct ioapic *a = ioapic_of(irq);
	u8 *s = &apics.state[irq];
	unsigned long flags = spin_lock_irqsave(&apics.lock);
	/* It may have been on its way when it went off. */
	bool first = (*s & INPUT_ON) && !(*s & INPUT_ACTIVE);

	if (first)
		*s |= INPUT_ACTIVE;
	else if ((*s & INPUT_ON) && !is_level(irq))
		*s |= INPUT_AGAIN;
	if (first == is_level(irq))
		set_mask(a, irq);
	spin_unlock_irqrestore(&apics.lock, flags);
	return first;
}

/* A line that is still up comes again; an edge that is remembered is sent as the input would. */
static void ioapic_end(struct irqchip *c, u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&apics.lock);
	u8 was = apics.state[irq];

	apics.state[irq] &= (u8) ~(INPUT_ACTIVE | INPUT_AGAIN);
	if (is_level(irq) || (was & INPUT_AGAIN))
		set_mask(ioapic_of(irq), irq);
	if (was & INPUT_AGAIN)
		apic_send((u32)arch_cpu_hwid(apics.target[irq]), APIC_MODE_FIXED,
			  (u8)(VECTOR_IRQ + irq));
	spin_unlock_irqrestore(&apics.lock, flags);
}

/* Only the half with the destination is written, so that no edge is lost meanwhile. */
static void ioapic_route(struct irqchip *c, u32 irq, struct cpu *cpu)
{
	const struct ioapic *a = ioapic_of(irq);
	u64 id = arch_cpu_hwid(cpu->id);
	unsigned long flags;

	if (id > 0xff)
		return;
	flags = spin_lock_irqsave(&apics.lock);
	apics.target[irq] = (u16)cpu->id;
	ioapic_write(a, IOAPIC_REDIR(irq - a->first) + 1, (u32)id << 24);
	spin_unlock_irqrestore(&apics.lock, flags);
}

static int ioapic_xlate(const struct irqchip *c, const u32 *cells, unsigned int n, u32 *irq)
{
	if (n != 2 || cells[0] >= NR_IRQ_VECTORS || cells[1] > SENSE_EDGE_FALLING ||
	    !ioapic_of(cells[0]))
		return -EINVAL;
	apics.sense[cells[0]] = (u8)cells[1];
	*irq = cells[0];
	return 0;
}

static int ioapic_msi_alloc(struct irqchip *c, u32 *irq, struct msi_message *msg)
{
	u64 id = arch_cpu_hwid(SCHED_HOST_CPU);
	unsigned long flags;
	int err = -ENOSPC;

	/* Ids that don't fit take interrupt remapping by an IOMMU. */
	if (id > 0xff)
		return -ENOSPC;
	flags = spin_lock_irqsave(&apics.lock);
	if (apics.next_msi < NR_IRQ_VECTORS) {
		*irq = apics.next_msi++;
		*msg = (struct msi_message){ MSI_ADDRESS((u32)id), VECTOR_IRQ + *irq };
		err = 0;
	}
	spin_unlock_irqrestore(&apics.lock, flags);
	return err;
}

static void ioapic_cpu_init(struct irqchip *c)
{
}

/* The local APIC has told the vector, and holds what comes after until the end is told it. */
static void ioapic_handle(struct irqchip *c)
{
	u32 irq = apic_vector() - VECTOR_IRQ;

	if (!(READ_ONCE(apics.state[irq]) & INPUT_KEPT))
		irq_dispatch(irq);
	else if (keep(irq) && irq_dispatch(irq))
		ioapic_end(c, irq); /* it is somebody else's by now */
	apic_eoi();
}

static int ioapic_add(const void *fdt, int node, unsigned int n, u32 first)
{
	struct ioapic *a = &apics.ioapic[apics.nr_ioapics];
	u32 pin;

	a->regs = driver_map(fdt, node, n, IOAPIC_SIZE);
	if (!a->regs)
		return -ENODEV;
	a->first = first;
	a->nr_inputs = (ioapic_read(a, IOAPIC_VERSION) >> 16 & 0xff) + 1;
	if (first >= NR_IRQ_VECTORS || a->nr_inputs > NR_IRQ_VECTORS - first)
		return -ENOSPC;
	for (pin = 0; pin < a->nr_inputs; pin++)
		redirect(a, pin, REDIR_MASKED);
	apics.next_msi = max(apics.next_msi, first + a->nr_inputs);
	apics.nr_ioapics++;
	return 0;
}

static __cold int ioapic_probe(const void *fdt, int node)
{
	u32 len = 0;
	const void *first = fdt_prop(fdt, node, "lodge,first-input", &len);
	unsigned int n;
	int err;

	if (!first || len / 4 > MAX_IOAPICS)
		return -EINVAL;
	for (n = 0; n < len / 4; n++) {
		err = ioapic_add(fdt, node, n, fdt_cell(first, n));
		if (err)
			return err;
	}
	apics.chip = (struct irqchip){
		.name = "ioapic",
		.nr_irqs = NR_IRQ_VECTORS,
		.enable = ioapic_enable,
		.disable = ioapic_disable,
		.cpu_init = ioapic_cpu_init,
		.xlate = ioapic_xlate,
		.handle = ioapic_handle,
		.msi_alloc = ioapic_msi_alloc,
		.trigger = ioapic_trigger,
		.end = ioapic_end,
		.route = ioapic_route,
	};
	if (fdt_prop_u32(fdt, node, "phandle", &apics.chip.phandle))
		apics.chip.phandle = 0;
	return irqchip_register(&apics.chip);
}

static const char *const ioapic_compatible[] = { "intel,ce4100-ioapic", NULL };

static const struct driver ioapic_driver = {
	.name = "ioapic",
	.compatible = ioapic_compatible,
	.stage = DRIVER_IRQCHIP,
	.probe = ioapic_probe,
};
DRIVER_REGISTER(ioapic_driver);
