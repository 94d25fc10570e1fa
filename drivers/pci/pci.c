// SPDX-License-Identifier: Apache-2.0
/* What is the same for all PCI functions: configuration space, capabilities, windows. */
#include <asm/io.h>
#include <lodge/errno.h>
#include <lodge/pci.h>

#define BAR_IO	      BIT(0)
#define BAR_TYPE      0x06u
#define BAR_TYPE_64   0x04u
#define BAR_ADDR_MASK 0xfffffff0u

#define CONFIG_SIZE 256u
/* Capabilities are words behind the header: more than that is a ring. */
#define MAX_CAPS 48

u8 pci_read8(const struct pci_dev *d, unsigned int off)
{
	return readb(d->config + off);
}

u16 pci_read16(const struct pci_dev *d, unsigned int off)
{
	return readw(d->config + off);
}

u32 pci_read32(const struct pci_dev *d, unsigned int off)
{
	return readl(d->config + off);
}

void pci_write16(const struct pci_dev *d, unsigned int off, u16 v)
{
	writew(v, d->config + off);
}

unsigned int pci_find_cap(const struct pci_dev *d, u8 id, unsigned int from)
{
	unsigned int at, n;

	if (!(pci_read16(d, PCI_STATUS) & PCI_STATUS_CAPABILITIES))
		return 0;
	at = pci_read8(d, from ? from + 1 : PCI_CAPABILITIES);
	for (n = 0; n < MAX_CAPS; n++) {
		/* The lowest two bits are reserved, and the header has none. */
		at &= ~3u;
		if (at < 0x40)
			return 0;
		if (pci_read8(d, at) == id)
			return at;
		at = pci_read8(d, at + 1);
	}
	return 0;
}

int pci_bar(const struct pci_dev *d, unsigned int n, u64 *addr)
{
	u32 low;

	if (n >= PCI_NR_BARS)
		return -ENOENT;
	low = pci_read32(d, PCI_BAR(n));
	if (low & BAR_IO)
		return -ENOENT;
	*addr = low & BAR_ADDR_MASK;
	if ((low & BAR_TYPE) == BAR_TYPE_64) {
		if (n + 1 >= PCI_NR_BARS)
			return -ENOENT;
		*addr |= (u64)pci_read32(d, PCI_BAR(n + 1)) << 32;
	}
	return *addr ? 0 : -ENOENT;
}

void pci_enable(const struct pci_dev *d)
{
	pci_write16(d, PCI_COMMAND,
		    pci_read16(d, PCI_COMMAND) | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
			    PCI_COMMAND_INTX_OFF);
}
