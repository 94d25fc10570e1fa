// SPDX-License-Identifier: Apache-2.0
/*
 * I/O APICs (Intel 82093AA datasheet) and message-signalled interrupts of a PC: both end as
 * a vector at a local APIC. Interrupt n has vector VECTOR_IRQ + n; the first numbers are the
 * inputs of all I/O APICs, counted as ACPI does, and those behind them are messages. All go
 * to the CPU that serves devices, whoever requests them.
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

static struct {
	struct irqchip chip;
	struct spinlock lock; /* register pairs, and what messages are taken */
	unsigned int nr_ioapics;
	struct ioapic ioapic[MAX_IOAPICS];
	u32 next_msi;
	u8 sense[NR_IRQ_VECTORS];
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

static int ioapic_enable(struct irqchip *c, u32 irq)
{
	const struct ioapic *a = ioapic_of(irq);
	u64 entry = (VECTOR_IRQ + irq) | arch_cpu_hwid(SCHED_HOST_CPU) << 56;
	u8 sense = apics.sense[irq];
	unsigned long flags;

	/* A message needs no input. */
	if (!a)
		return 0;
	if (sense == SENSE_LEVEL_LOW || sense == SENSE_LEVEL_HIGH)
		entry |= REDIR_LEVEL;
	if (sense == SENSE_LEVEL_LOW || sense == SENSE_EDGE_FALLING)
		entry |= REDIR_LOW;
	flags = spin_lock_irqsave(&apics.lock);
	redirect(a, irq - a->first, entry);
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
	redirect(a, irq - a->first, REDIR_MASKED);
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
	irq_dispatch(apic_vector() - VECTOR_IRQ);
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
