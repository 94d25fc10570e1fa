// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,fw-cfg": QEMU's firmware configuration device (QEMU, docs/specs/fw_cfg.rst), by which
 * firmware and small kernels that do without ACPI learn of their machine: an item is selected by a word
 * to the first port, and read byte by byte from the second. There is what describes the machine; kernels
 * and tables are not handed over here, nothing can be written, and there is no DMA.
 */
#include <lodge/errno.h>
#include <lodge/nospec.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

#define STATE_VERSION 1

#define FW_CFG_NR_PORTS 2
#define FW_CFG_SELECTOR 0
#define FW_CFG_DATA	1

enum {
	KEY_SIGNATURE = 0x00,
	KEY_ID = 0x01,
	KEY_UUID = 0x02,
	KEY_RAM_SIZE = 0x03,
	KEY_NOGRAPHIC = 0x04,
	KEY_NB_CPUS = 0x05,
	KEY_BOOT_MENU = 0x0e,
	KEY_MAX_CPUS = 0x0f,
	KEY_FILE_DIR = 0x19,
	KEY_FILE_FIRST = 0x20,
};

#define KEY_WRITE BIT(14) /* of a selector: the item is to be written */

#define ID_PORTS  BIT(0)
#define E820_FILE "etc/e820"
#define E820_RAM  1u
#define UUID_SIZE 16
#define NR_ITEMS  10
#define DATA_SIZE (128 + MAX_REGIONS * sizeof(struct e820_entry))
#define NAME_SIZE 56

struct e820_entry {
	u64 addr, size;
	u32 type;
} __packed;

/* Big-endian, as the count before it. */
struct file_entry {
	u32 size;
	u16 key, reserved;
	char name[NAME_SIZE];
};

static_assert(sizeof(struct e820_entry) == 20, "the BIOS's, of 20 bytes");
static_assert(sizeof(struct file_entry) == 64, "struct FWCfgFile");

struct item {
	u16 key, start, size;
};

/**
 * struct vfwcfg_state - as it is saved
 * @key:    the item that is selected
 * @offset: what has been read of it
 */
struct vfwcfg_state {
	struct vdev_state_header header;
	u32 key, offset;
};

struct vfwcfg {
	struct vdev vdev;
	struct vfwcfg_state s;
	unsigned int nr_items, used;
	struct item item[NR_ITEMS];
	u8 data[DATA_SIZE];
};

static struct vfwcfg *to_vfwcfg(struct vdev *v)
{
	return container_of(v, struct vfwcfg, vdev);
}

/* ---- what there is ---- */

/* Items of constant sizes, for which there is room. */
static void add(struct vfwcfg *f, u16 key, const void *data, size_t size)
{
	BUG_ON(f->nr_items == NR_ITEMS || size > DATA_SIZE - f->used);
	f->item[f->nr_items++] = (struct item){ key, (u16)f->used, (u16)size };
	memcpy(f->data + f->used, data, size);
	f->used += size;
}

static void add_word(struct vfwcfg *f, u16 key, u16 val)
{
	add(f, key, &val, sizeof(val));
}

/* The file of the memory map, and the directory with it. */
static void add_files(struct vfwcfg *f, const struct e820_entry *map, size_t size)
{
	struct {
		u32 count;
		struct file_entry file;
	} dir = {
		.count = __builtin_bswap32(1),
		.file = { .size = __builtin_bswap32((u32)size),
			  .key = __builtin_bswap16(KEY_FILE_FIRST),
			  .name = E820_FILE },
	};

	add(f, KEY_FILE_DIR, &dir, sizeof(dir));
	add(f, KEY_FILE_FIRST, map, size);
}

static void fill(struct vfwcfg *f, const struct vm_config *cfg)
{
	struct e820_entry map[MAX_REGIONS];
	static const u8 uuid[UUID_SIZE];
	u32 id = ID_PORTS;
	unsigned int i, n = 0;
	u64 ram = 0;

	for (i = 0; i < cfg->memory.count; i++) {
		const struct region *r = &cfg->memory.r[i];

		if (!region_is_ram(r))
			continue;
		map[n++] = (struct e820_entry){ r->gpa.v, r->size, E820_RAM };
		ram += r->size;
	}
	add(f, KEY_SIGNATURE, "QEMU", 4);
	add(f, KEY_ID, &id, sizeof(id));
	add(f, KEY_UUID, uuid, sizeof(uuid));
	add(f, KEY_RAM_SIZE, &ram, sizeof(ram));
	add_word(f, KEY_NOGRAPHIC, 1);
	add_word(f, KEY_NB_CPUS, (u16)cfg->nr_vcpus);
	add_word(f, KEY_BOOT_MENU, 0);
	add_word(f, KEY_MAX_CPUS, (u16)cfg->nr_vcpus);
	add_files(f, map, n * sizeof(map[0]));
}

/* ---- ports ---- */

/* Behind the end of an item, and where there is none, there are zeroes. */
static u8 next_byte(struct vfwcfg *f)
{
	unsigned int i;

	for (i = 0; i < f->nr_items; i++) {
		const struct item *item = &f->item[i];

		if (item->key == f->s.key && f->s.offset < item->size)
			return f->data[item->start + index_nospec(f->s.offset++, item->size)];
	}
	return 0;
}

static u64 vfwcfg_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	u64 val;

	if (off != FW_CFG_DATA || width != 1)
		return ~(u64)0 >> (64 - 8 * width);
	spin_lock(&v->lock);
	val = next_byte(to_vfwcfg(v));
	spin_unlock(&v->lock);
	return val;
}

static void vfwcfg_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	struct vfwcfg *f = to_vfwcfg(v);

	if (off != FW_CFG_SELECTOR || width != 2)
		return;
	spin_lock(&v->lock);
	f->s.key = (u32)val & ~(u32)KEY_WRITE;
	f->s.offset = 0;
	spin_unlock(&v->lock);
}

/* ---- life ---- */

static void vfwcfg_reset(struct vdev *v)
{
	struct vfwcfg *f = to_vfwcfg(v);

	f->s = (struct vfwcfg_state){ .header = { STATE_VERSION, sizeof(f->s) } };
}

static const struct vdev_ops vfwcfg_ops;

static int vfwcfg_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vfwcfg *f;

	if (cfg->size != FW_CFG_NR_PORTS)
		return -EINVAL;
	f = kzalloc_for(vm->account, sizeof(*f));
	if (!f)
		return -ENOMEM;
	vdev_init(&f->vdev, &vfwcfg_ops, vm, cfg);
	fill(f, vm->cfg);
	vfwcfg_reset(&f->vdev);
	*out = &f->vdev;
	return 0;
}

static void vfwcfg_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_vfwcfg(v));
}

static int vfwcfg_save(struct vdev *v, struct vdev_state *out)
{
	return vdev_state_put(v, out, &to_vfwcfg(v)->s, sizeof(struct vfwcfg_state));
}

static int vfwcfg_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vfwcfg_state s;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (!rc)
		to_vfwcfg(v)->s = s;
	return rc;
}

static const struct vdev_ops vfwcfg_ops = {
	.compatible = "lodge,fw-cfg",
	.create = vfwcfg_create,
	.destroy = vfwcfg_destroy,
	.reset = vfwcfg_reset,
	.read = vfwcfg_read,
	.write = vfwcfg_write,
	.save = vfwcfg_save,
	.restore = vfwcfg_restore,
};
VDEV_REGISTER(vfwcfg_ops);
