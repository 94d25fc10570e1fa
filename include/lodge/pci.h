/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PCI_H
#define LODGE_PCI_H

#include <lodge/types.h>

/* PCI and PCI Express functions of the host (PCI Local Bus Specification 3.0, chapter 6). */
#define PCI_VENDOR_ID	 0x00
#define PCI_DEVICE_ID	 0x02
#define PCI_COMMAND	 0x04
#define PCI_STATUS	 0x06
#define PCI_CLASS	 0x0a /* subclass and class */
#define PCI_HEADER_TYPE	 0x0e
#define PCI_BAR(n)	 (0x10 + 4 * (n))
#define PCI_SECONDARY	 0x19 /* of a bridge: the bus behind it */
#define PCI_SUBSYSTEM_ID 0x2e
#define PCI_CAPABILITIES 0x34

#define PCI_COMMAND_IO	     BIT(0)
#define PCI_COMMAND_MEMORY   BIT(1)
#define PCI_COMMAND_MASTER   BIT(2)
#define PCI_COMMAND_INTX_OFF BIT(10)

#define PCI_STATUS_CAPABILITIES BIT(4)

#define PCI_HEADER_BRIDGE 0x01
#define PCI_HEADER_MULTI  0x80

#define PCI_CAP_MSI    0x05
#define PCI_CAP_VENDOR 0x09
#define PCI_CAP_MSIX   0x11

#define PCI_NR_BARS 6u

/**
 * struct pci_dev - a function while its driver looks at it; copied if it is kept
 * @config:	its configuration space, of 256 bytes at least
 * @name:	bus, device and function, for messages: "pci 00:03.0"
 */
struct pci_dev {
	volatile u8 *config;
	u16 vendor, device;
	char name[16];
};

u8 pci_read8(const struct pci_dev *d, unsigned int off);
u16 pci_read16(const struct pci_dev *d, unsigned int off);
u32 pci_read32(const struct pci_dev *d, unsigned int off);
void pci_write16(const struct pci_dev *d, unsigned int off, u16 v);

/** pci_find_cap() - the next capability @id behind offset @from (0: from the first); 0 if none. */
unsigned int pci_find_cap(const struct pci_dev *d, u8 id, unsigned int from);

/** pci_bar() - where memory window @n is; -ENOENT if it is none or has got no address. */
__must_check int pci_bar(const struct pci_dev *d, unsigned int n, u64 *addr);

/** pci_enable() - let it decode its memory windows and reach memory by itself. */
void pci_enable(const struct pci_dev *d);

/* The message-signalled interrupts of a function, as far as they are in use. */
struct pci_msix {
	volatile u8 *table;
	unsigned int nr_vectors;
};

/** pci_msix_init() - turn MSI-X on, all vectors masked; -ENOENT when it has none. */
__must_check int pci_msix_init(const struct pci_dev *d, struct pci_msix *x);
/**
 * pci_msix_request() - have vector @n call @fn(@arg)
 * Return: 0 and its number in @irq, or as irq_msi_alloc() and irq_request().
 */
__must_check int pci_msix_request(struct pci_msix *x, unsigned int n, void (*fn)(void *arg),
				  void *arg, const char *name, u32 *irq);

/** virtio_pci_probe() - the driver of VIRTIO devices: 0 when it took the function, or -errno. */
__must_check int virtio_pci_probe(const struct pci_dev *d);

#endif
