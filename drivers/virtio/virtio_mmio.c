// SPDX-License-Identifier: Apache-2.0
/* VIRTIO over memory-mapped registers (VIRTIO 1.2, 4.2), modern devices only. */
#include <asm/io.h>
#include <asm/layout.h>
#include <lodge/call.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/smp.h>
#include <lodge/virtio.h>

#define MMIO_MAGIC		 0x000
#define MMIO_VERSION		 0x004
#define MMIO_DEVICE_ID		 0x008
#define MMIO_DEVICE_FEATURES	 0x010
#define MMIO_DEVICE_FEATURES_SEL 0x014
#define MMIO_DRIVER_FEATURES	 0x020
#define MMIO_DRIVER_FEATURES_SEL 0x024
#define MMIO_QUEUE_SEL		 0x030
#define MMIO_QUEUE_NUM_MAX	 0x034
#define MMIO_QUEUE_NUM		 0x038
#define MMIO_QUEUE_READY	 0x044
#define MMIO_QUEUE_NOTIFY	 0x050
#define MMIO_INTERRUPT_STATUS	 0x060
#define MMIO_INTERRUPT_ACK	 0x064
#define MMIO_STATUS		 0x070
#define MMIO_QUEUE_DESC		 0x080
#define MMIO_QUEUE_DRIVER	 0x090
#define MMIO_QUEUE_DEVICE	 0x0a0
#define MMIO_CONFIG_GENERATION	 0x0fc
#define MMIO_CONFIG		 0x100
#define MMIO_WINDOW		 0x200

#define MAGIC	       0x74726976u /* "virt" */
#define VERSION_LEGACY 1
#define VERSION_MODERN 2

/* How often a configuration may change while it is read. */
#define CONFIG_TRIES 16

struct virtio_mmio {
	struct virtio_device dev;
	volatile u8 *regs;
	u32 irq; /* if dev.has_irq */
};

/* A place for a device, with or without one: firmware can't tell, nor can the tree. */
struct mmio_slot {
	struct mmio_slot *next;
	int node;
	volatile u8 *regs;
	struct virtio_mmio *m; /* NULL: no driver has what is there */
};

static struct mmio_slot *slots;

static volatile u8 *mmio_regs(struct virtio_device *d)
{
	return container_of(d, struct virtio_mmio, dev)->regs;
}

static u32 mmio_get_status(struct virtio_device *d)
{
	return readl(mmio_regs(d) + MMIO_STATUS);
}

static void mmio_set_status(struct virtio_device *d, u32 status)
{
	writel(status, mmio_regs(d) + MMIO_STATUS);
}

static u64 mmio_get_features(struct virtio_device *d)
{
	volatile u8 *regs = mmio_regs(d);
	u64 features;

	writel(1, regs + MMIO_DEVICE_FEATURES_SEL);
	features = (u64)readl(regs + MMIO_DEVICE_FEATURES) << 32;
	writel(0, regs + MMIO_DEVICE_FEATURES_SEL);
	return features | readl(regs + MMIO_DEVICE_FEATURES);
}

static void mmio_set_features(struct virtio_device *d, u64 features)
{
	volatile u8 *regs = mmio_regs(d);

	writel(1, regs + MMIO_DRIVER_FEATURES_SEL);
	writel((u32)(features >> 32), regs + MMIO_DRIVER_FEATURES);
	writel(0, regs + MMIO_DRIVER_FEATURES_SEL);
	writel((u32)features, regs + MMIO_DRIVER_FEATURES);
}

static u32 mmio_queue_max(struct virtio_device *d, u32 index)
{
	volatile u8 *regs = mmio_regs(d);

	writel(index, regs + MMIO_QUEUE_SEL);
	return readl(regs + MMIO_QUEUE_NUM_MAX);
}

static void mmio_write_addr(volatile u8 *reg, const void *p)
{
	u64 addr = kva_to_hpa(p).v;

	writel((u32)addr, reg);
	writel((u32)(addr >> 32), reg + 4);
}

static int mmio_queue_enable(struct virtio_device *d, u32 index, const struct virtqueue *q)
{
	volatile u8 *regs = mmio_regs(d);

	writel(index, regs + MMIO_QUEUE_SEL);
	if (readl(regs + MMIO_QUEUE_READY))
		return -EBUSY;
	if (readl(regs + MMIO_QUEUE_NUM_MAX) < q->size)
		return -EINVAL;
	writel(q->size, regs + MMIO_QUEUE_NUM);
	mmio_write_addr(regs + MMIO_QUEUE_DESC, q->desc);
	mmio_write_addr(regs + MMIO_QUEUE_DRIVER, q->avail);
	mmio_write_addr(regs + MMIO_QUEUE_DEVICE, q->used);
	writel(1, regs + MMIO_QUEUE_READY);
	return 0;
}

static void mmio_notify(struct virtio_device *d, u32 index)
{
	writel(index, mmio_regs(d) + MMIO_QUEUE_NOTIFY);
}

/* Each field wants accesses of its own width, and one of 64 bits two halves (4.2.2.2). */
static u64 mmio_read_config(struct virtio_device *d, u32 off, unsigned int width)
{
	volatile u8 *regs = mmio_regs(d);
	volatile u8 *p = regs + MMIO_CONFIG + off;
	unsigned int tries = CONFIG_TRIES;
	u32 generation;
	u64 v;

	if (width == 1)
		return readb(p);
	if (width == 2)
		return readw(p);
	if (width == 4)
		return readl(p);
	do {
		generation = readl(regs + MMIO_CONFIG_GENERATION);
		v = readl(p) | (u64)readl(p + 4) << 32;
	} while (readl(regs + MMIO_CONFIG_GENERATION) != generation && --tries);
	return v;
}

static const struct virtio_transport mmio_transport = {
	.get_status = mmio_get_status,
	.set_status = mmio_set_status,
	.get_features = mmio_get_features,
	.set_features = mmio_set_features,
	.queue_max = mmio_queue_max,
	.queue_enable = mmio_queue_enable,
	.notify = mmio_notify,
	.read_config = mmio_read_config,
};

static void mmio_irq(void *arg)
{
	struct virtio_mmio *m = arg;
	u32 cause = readl(m->regs + MMIO_INTERRUPT_STATUS);

	writel(cause, m->regs + MMIO_INTERRUPT_ACK);
	if (unlikely(cause & VIRTIO_ISR_CONFIG) &&
	    (mmio_get_status(&m->dev) & VIRTIO_STATUS_NEEDS_RESET))
		m->dev.broken = true;
	if (m->dev.queue_irq)
		m->dev.queue_irq(&m->dev);
}

/* Whether a device that we can drive is in the slot; empty slots are silent. */
static int mmio_identify(volatile u8 *regs, const char *name, u32 *id)
{
	u32 version;

	version = readl(regs + MMIO_VERSION);
	*id = readl(regs + MMIO_DEVICE_ID);
	if (!*id)
		return -ENODEV;
	if (version == VERSION_MODERN)
		return 0;
	if (version == VERSION_LEGACY)
		pr_err("%s: a legacy VIRTIO device, which Lodge does not drive; start QEMU with "
		       "-global virtio-mmio.force-legacy=false",
		       name);
	else
		pr_err("%s: VIRTIO register layout %u is not known", name, version);
	return -ENODEV;
}

static int mmio_attach(struct virtio_mmio *m, const void *fdt, int node)
{
	int err;

	m->dev.ops = &mmio_transport;
	err = driver_irq(fdt, node, 0, &m->irq);
	if (!err)
		err = irq_request(m->irq, mmio_irq, m, m->dev.name);
	m->dev.has_irq = !err;
	if (err)
		pr_warn("%s: no interrupt, so it is polled", m->dev.name);
	err = virtio_probe(&m->dev);
	if (err && m->dev.has_irq)
		irq_free(m->irq);
	return err;
}

static int mmio_take(struct mmio_slot *s, const void *fdt)
{
	const char *name = fdt_node_name(fdt, s->node);
	struct virtio_mmio *m;
	u32 id;
	int err = mmio_identify(s->regs, name, &id);

	if (err)
		return err;
	m = kzalloc(sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->regs = s->regs;
	m->dev.id = id;
	/* Cut if it is long: it is for messages only. */
	scnprintf(m->dev.name, sizeof(m->dev.name), "%s", name);
	err = mmio_attach(m, fdt, s->node);
	if (err)
		kfree(m);
	else
		s->m = m;
	return err;
}

static int virtio_mmio_probe(const void *fdt, int node)
{
	volatile u8 *regs = driver_map(fdt, node, 0, MMIO_WINDOW);
	struct mmio_slot *s;

	if (!regs || readl(regs + MMIO_MAGIC) != MAGIC)
		return -ENODEV;
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = (struct mmio_slot){ .next = slots, .node = node, .regs = regs };
	slots = s;
	return mmio_take(s, fdt);
}

/* ---- for guests ---- */

static struct mmio_slot *slot_of(int node)
{
	struct mmio_slot *s = slots;

	while (s && s->node != node)
		s = s->next;
	return s;
}

static const char *virtio_mmio_use(int node)
{
	const struct mmio_slot *s = slot_of(node);

	return s && s->m ? virtio_use(&s->m->dev) : NULL;
}

static int virtio_mmio_give(int node)
{
	struct mmio_slot *s = slot_of(node);
	int err;

	if (!s || !s->m)
		return 0;
	if (s->m->dev.has_irq) {
		irq_free(s->m->irq);
		s->m->dev.has_irq = false;
		cpus_sync(cpus_online());
	}
	err = virtio_give(&s->m->dev);
	if (err)
		return err;
	kfree(s->m);
	s->m = NULL;
	return 0;
}

/* Whatever is there, of any version, and whatever its last driver has made of it. */
static int virtio_mmio_stop(int node)
{
	const struct mmio_slot *s = slot_of(node);
	struct virtio_mmio m = { .dev = { .ops = &mmio_transport } };

	if (!s)
		return 0;
	m.regs = s->regs;
	return virtio_reset(&m.dev);
}

static const char *const virtio_mmio_compatible[] = { "virtio,mmio", NULL };

static const struct driver virtio_mmio_driver = {
	.name = "virtio-mmio",
	.compatible = virtio_mmio_compatible,
	.stage = DRIVER_DEVICE,
	.probe = virtio_mmio_probe,
	.use = virtio_mmio_use,
	.give = virtio_mmio_give,
	.stop = virtio_mmio_stop,
};
DRIVER_REGISTER(virtio_mmio_driver);
