// SPDX-License-Identifier: Apache-2.0
/* MSI-X (PCI Local Bus Specification 3.0, 6.8.2): a table of messages in the device. */
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/pci.h>

#define MSIX_CONTROL 2
#define MSIX_TABLE   4

#define MSIX_CONTROL_ENABLE BIT(15)
#define MSIX_CONTROL_MASK   BIT(14)
#define MSIX_CONTROL_SIZE   0x07ffu /* less one */

#define MSIX_TABLE_BAR 7u

#define MSIX_ENTRY_SIZE 16u
#define MSIX_ENTRY_ADDR 0
#define MSIX_ENTRY_HIGH 4
#define MSIX_ENTRY_DATA 8
#define MSIX_ENTRY_CTRL 12
#define MSIX_MASKED	1u

int pci_msix_init(const struct pci_dev *d, struct pci_msix *x)
{
	unsigned int cap = pci_find_cap(d, PCI_CAP_MSIX, 0), i;
	u32 table;
	u16 control;
	u64 bar;

	if (!cap)
		return -ENOENT;
	control = pci_read16(d, cap + MSIX_CONTROL);
	table = pci_read32(d, cap + MSIX_TABLE);
	if (pci_bar(d, table & MSIX_TABLE_BAR, &bar))
		return -ENOENT;
	x->nr_vectors = (control & MSIX_CONTROL_SIZE) + 1u;
	x->table = driver_own(bar + (table & ~MSIX_TABLE_BAR), (u64)x->nr_vectors * MSIX_ENTRY_SIZE,
			      d->name);
	if (!x->table)
		return -ENOMEM;
	for (i = 0; i < x->nr_vectors; i++)
		writel(MSIX_MASKED, x->table + i * MSIX_ENTRY_SIZE + MSIX_ENTRY_CTRL);
	control = (u16)((control | MSIX_CONTROL_ENABLE) & ~MSIX_CONTROL_MASK);
	pci_write16(d, cap + MSIX_CONTROL, control);
	return 0;
}

int pci_msix_request(struct pci_msix *x, unsigned int n, void (*fn)(void *arg), void *arg,
		     const char *name, u32 *irq)
{
	volatile u8 *entry = x->table + n * MSIX_ENTRY_SIZE;
	struct msi_message msg;
	int err;

	if (n >= x->nr_vectors)
		return -EINVAL;
	err = irq_msi_alloc(irq, &msg);
	if (!err)
		err = irq_request(*irq, fn, arg, name);
	if (err)
		return err;
	writel((u32)msg.addr, entry + MSIX_ENTRY_ADDR);
	writel((u32)(msg.addr >> 32), entry + MSIX_ENTRY_HIGH);
	writel(msg.data, entry + MSIX_ENTRY_DATA);
	writel(0, entry + MSIX_ENTRY_CTRL);
	return 0;
}
