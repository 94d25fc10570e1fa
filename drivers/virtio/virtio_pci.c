// SPDX-License-Identifier: Apache-2.0
/* VIRTIO over PCI (VIRTIO 1.2, 4.1): the modern interface, of transitional devices too. */
#include <asm/io.h>
#include <asm/layout.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/pci.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/virtio.h>

/* Device ids (4.1.2): modern ones carry the type, transitional ones have it elsewhere. */
#define DEVICE_MODERN		 0x1040u
#define DEVICE_MODERN_LAST	 0x107fu
#define DEVICE_TRANSITIONAL	 0x1000u
#define DEVICE_TRANSITIONAL_LAST 0x103fu

/* struct virtio_pci_cap (4.1.4) */
#define CAP_LEN		      2
#define CAP_TYPE	      3
#define CAP_BAR		      4
#define CAP_OFFSET	      8
#define CAP_LENGTH	      12
#define CAP_SIZE	      16
#define CAP_NOTIFY_MULTIPLIER 16

#define CAP_COMMON 1
#define CAP_NOTIFY 2
#define CAP_DEVICE 4

/* struct virtio_pci_common_cfg (4.1.4.3) */
#define COMMON_DEVICE_FEATURE_SELECT 0x00
#define COMMON_DEVICE_FEATURE	     0x04
#define COMMON_DRIVER_FEATURE_SELECT 0x08
#define COMMON_DRIVER_FEATURE	     0x0c
#define COMMON_CONFIG_VECTOR	     0x10
#define COMMON_NUM_QUEUES	     0x12
#define COMMON_STATUS		     0x14
#define COMMON_CONFIG_GENERATION     0x15
#define COMMON_QUEUE_SELECT	     0x16
#define COMMON_QUEUE_SIZE	     0x18
#define COMMON_QUEUE_VECTOR	     0x1a
#define COMMON_QUEUE_ENABLE	     0x1c
#define COMMON_QUEUE_NOTIFY_OFF	     0x1e
#define COMMON_QUEUE_DESC	     0x20
#define COMMON_QUEUE_DRIVER	     0x28
#define COMMON_QUEUE_DEVICE	     0x30
#define COMMON_SIZE		     0x38

#define NO_VECTOR 0xffffu

/* Vectors of the two kinds of interrupts. */
#define VECTOR_QUEUES 0u
#define VECTOR_CONFIG 1u

#define MAX_QUEUES 4

/* How often a configuration may change while it is read. */
#define CONFIG_TRIES 16

/* A window of registers in one of the device's BARs. */
struct window {
	volatile u8 *regs;
	u32 size;
};

struct virtio_pci {
	struct virtio_device dev;
	struct pci_dev pci;
	struct pci_msix msix;
	struct window common, notify, config;
	u32 notify_multiplier;
	u32 notify_off[MAX_QUEUES];
	bool config_irq;
};

static struct virtio_pci *to_pci(struct virtio_device *d)
{
	return container_of(d, struct virtio_pci, dev);
}

static volatile u8 *common(struct virtio_device *d)
{
	return to_pci(d)->common.regs;
}

static u32 pci_get_status(struct virtio_device *d)
{
	return readb(common(d) + COMMON_STATUS);
}

/* A reset forgets the vectors, and whoever resets a device starts it again. */
static void pci_set_status(struct virtio_device *d, u32 status)
{
	struct virtio_pci *p = to_pci(d);

	writeb((u8)status, common(d) + COMMON_STATUS);
	if (status == VIRTIO_STATUS_ACKNOWLEDGE && p->config_irq)
		writew(VECTOR_CONFIG, common(d) + COMMON_CONFIG_VECTOR);
}

static u64 pci_get_features(struct virtio_device *d)
{
	volatile u8 *regs = common(d);
	u64 features;

	writel(1, regs + COMMON_DEVICE_FEATURE_SELECT);
	features = (u64)readl(regs + COMMON_DEVICE_FEATURE) << 32;
	writel(0, regs + COMMON_DEVICE_FEATURE_SELECT);
	return features | readl(regs + COMMON_DEVICE_FEATURE);
}

static void pci_set_features(struct virtio_device *d, u64 features)
{
	volatile u8 *regs = common(d);

	writel(1, regs + COMMON_DRIVER_FEATURE_SELECT);
	writel((u32)(features >> 32), regs + COMMON_DRIVER_FEATURE);
	writel(0, regs + COMMON_DRIVER_FEATURE_SELECT);
	writel((u32)features, regs + COMMON_DRIVER_FEATURE);
}

static u32 pci_queue_max(struct virtio_device *d, u32 index)
{
	if (index >= MAX_QUEUES || index >= readw(common(d) + COMMON_NUM_QUEUES))
		return 0;
	writew((u16)index, common(d) + COMMON_QUEUE_SELECT);
	return readw(common(d) + COMMON_QUEUE_SIZE);
}

/* In halves: that is how wide a driver may assume the field to be (4.1.3.1). */
static void write_addr(volatile u8 *reg, const void *p)
{
	u64 addr = kva_to_hpa(p).v;

	writel((u32)addr, reg);
	writel((u32)(addr >> 32), reg + 4);
}

static int pci_queue_enable(struct virtio_device *d, u32 index, const struct virtqueue *q)
{
	struct virtio_pci *p = to_pci(d);
	volatile u8 *regs = common(d);
	u64 off;

	if (pci_queue_max(d, index) < q->size)
		return -EINVAL;
	if (readw(regs + COMMON_QUEUE_ENABLE))
		return -EBUSY;
	off = (u64)readw(regs + COMMON_QUEUE_NOTIFY_OFF) * p->notify_multiplier;
	if (off + sizeof(u16) > p->notify.size)
		return -EINVAL;
	p->notify_off[index] = (u32)off;
	writew(q->size, regs + COMMON_QUEUE_SIZE);
	writew(d->has_irq ? VECTOR_QUEUES : NO_VECTOR, regs + COMMON_QUEUE_VECTOR);
	/* The device may have no resources for a vector (4.1.5.1.2). */
	if (d->has_irq && readw(regs + COMMON_QUEUE_VECTOR) != VECTOR_QUEUES)
		return -EIO;
	write_addr(regs + COMMON_QUEUE_DESC, q->desc);
	write_addr(regs + COMMON_QUEUE_DRIVER, q->avail);
	write_addr(regs + COMMON_QUEUE_DEVICE, q->used);
	writew(1, regs + COMMON_QUEUE_ENABLE);
	return 0;
}

static void pci_notify(struct virtio_device *d, u32 index)
{
	struct virtio_pci *p = to_pci(d);

	writew((u16)index, p->notify.regs + p->notify_off[index]);
}

/* Each field wants accesses of its own width, and one of 64 bits two halves (4.1.3.1). */
static u64 pci_read_config(struct virtio_device *d, u32 off, unsigned int width)
{
	const struct window *w = &to_pci(d)->config;
	volatile u8 *at = w->regs + off;
	unsigned int tries = CONFIG_TRIES;
	u8 generation;
	u64 v;

	if (off > w->size || width > w->size - off)
		return 0;
	if (width == 1)
		return readb(at);
	if (width == 2)
		return readw(at);
	if (width == 4)
		return readl(at);
	do {
		generation = readb(common(d) + COMMON_CONFIG_GENERATION);
		v = readl(at) | (u64)readl(at + 4) << 32;
	} while (readb(common(d) + COMMON_CONFIG_GENERATION) != generation && --tries);
	return v;
}

/* A function that may not be a bus master reads and writes no memory (PCI 3.0, 6.2.2). */
static bool pci_stop(struct virtio_device *d)
{
	const struct pci_dev *pci = &to_pci(d)->pci;

	pci_write16(pci, PCI_COMMAND, pci_read16(pci, PCI_COMMAND) & (u16)~PCI_COMMAND_MASTER);
	return !(pci_read16(pci, PCI_COMMAND) & PCI_COMMAND_MASTER);
}

static const struct virtio_transport pci_transport = {
	.get_status = pci_get_status,
	.set_status = pci_set_status,
	.get_features = pci_get_features,
	.set_features = pci_set_features,
	.queue_max = pci_queue_max,
	.queue_enable = pci_queue_enable,
	.notify = pci_notify,
	.stop = pci_stop,
	.read_config = pci_read_config,
};

static void pci_queue_irq(void *arg)
{
	struct virtio_pci *p = arg;

	if (p->dev.queue_irq)
		p->dev.queue_irq(&p->dev);
}

static void pci_config_irq(void *arg)
{
	struct virtio_pci *p = arg;

	if (!(pci_get_status(&p->dev) & VIRTIO_STATUS_NEEDS_RESET))
		return;
	p->dev.broken = true;
	pci_queue_irq(p);
}

/* Map the first window of @type; its capability's offset, or 0 if there is none. */
static unsigned int map_window(const struct pci_dev *d, u8 type, u32 min_size, struct window *w)
{
	unsigned int cap = 0;
	u32 off;
	u64 bar;

	while ((cap = pci_find_cap(d, PCI_CAP_VENDOR, cap))) {
		if (cap > 256 - CAP_SIZE || pci_read8(d, cap + CAP_TYPE) != type ||
		    pci_read8(d, cap + CAP_LEN) < CAP_SIZE)
			continue;
		/* Some devices offer a window in I/O space first; another is as good (4.1.4.1). */
		if (pci_bar(d, pci_read8(d, cap + CAP_BAR), &bar))
			continue;
		off = pci_read32(d, cap + CAP_OFFSET);
		w->size = pci_read32(d, cap + CAP_LENGTH);
		if (w->size < min_size)
			continue;
		w->regs = driver_own(bar + off, w->size, d->name);
		return w->regs ? cap : 0;
	}
	return 0;
}

static int map_windows(const struct pci_dev *d, struct virtio_pci *p)
{
	unsigned int cap;

	if (!map_window(d, CAP_COMMON, COMMON_SIZE, &p->common))
		return -ENODEV;
	cap = map_window(d, CAP_NOTIFY, sizeof(u16), &p->notify);
	if (!cap || cap > 256 - CAP_NOTIFY_MULTIPLIER - 4 ||
	    !map_window(d, CAP_DEVICE, 1, &p->config))
		return -EINVAL;
	p->notify_multiplier = pci_read32(d, cap + CAP_NOTIFY_MULTIPLIER);
	return 0;
}

/* Two interrupts; a device that has room for one vector alone can't say that it is broken. */
static void request_irqs(const struct pci_dev *d, struct virtio_pci *p)
{
	u32 irq;
	int err = pci_msix_init(d, &p->msix);

	if (!err)
		err = pci_msix_request(&p->msix, VECTOR_QUEUES, pci_queue_irq, p, p->dev.name,
				       &irq);
	p->dev.has_irq = !err;
	if (err) {
		pr_warn("%s: no interrupt, so it is polled", p->dev.name);
		return;
	}
	p->config_irq =
		!pci_msix_request(&p->msix, VECTOR_CONFIG, pci_config_irq, p, p->dev.name, &irq);
}

static u32 device_type(const struct pci_dev *d)
{
	if (d->device >= DEVICE_MODERN && d->device <= DEVICE_MODERN_LAST)
		return d->device - DEVICE_MODERN;
	if (d->device >= DEVICE_TRANSITIONAL && d->device <= DEVICE_TRANSITIONAL_LAST)
		return pci_read16(d, PCI_SUBSYSTEM_ID);
	return 0;
}

int virtio_pci_probe(const struct pci_dev *d)
{
	struct virtio_pci *p;
	u32 id = device_type(d);
	int err;

	/* Those that nobody drives stay as they are. */
	if (id != VIRTIO_ID_BLOCK)
		return -ENODEV;
	p = kzalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->dev.id = id;
	p->dev.ops = &pci_transport;
	p->pci = *d;
	scnprintf(p->dev.name, sizeof(p->dev.name), "%s", d->name);
	pci_enable(d);
	err = map_windows(d, p);
	if (err) {
		if (err == -ENODEV)
			pr_err("%s: a legacy VIRTIO device, which Lodge does not drive; start QEMU "
			       "without disable-modern=on",
			       d->name);
		kfree(p);
		return err;
	}
	request_irqs(d, p);
	/* Its interrupts may come from now on: what they use stays, whoever takes the device. */
	return virtio_probe(&p->dev);
}
