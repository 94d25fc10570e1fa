// SPDX-License-Identifier: Apache-2.0
/* Which boot protocol a kernel has, and what all of them need. */
#include "boot.h"
#include "../acpi/vacpi.h"
#include <lodge/arch_virt.h>
#include <lodge/board.h>
#include <lodge/elf.h>
#include <lodge/errno.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include <asm/vpower.h>

/* Where the stack of our own kernels starts. */
#define LONG_RSP 0x80000ul

#define PTE_TABLE 0x003ul /* present, writable */
#define PTE_LARGE 0x083ul
#define NR_PTES	  512u
#define GIB_PAGES 4u /* that are mapped to themselves */

/* ---- the kernel ---- */

static int load_pvh(struct image_loader *l, u64 entry)
{
	u64 bias;
	int rc = image_load_segments(l, &bias);

	l->protocol = BOOT_PVH;
	return rc ? rc : image_set_entry(l, entry + bias);
}

/* It asks for its addresses itself: there is nothing to add to them. */
static int load_pvh32(struct image_loader *l)
{
	u64 entry, unused;
	int rc = boot_elf32_check(l) ? boot_pvh_find(l, &entry) : -ENOEXEC;

	if (rc)
		return rc;
	if (l->vm->cfg->has_load)
		return image_error(l, -EINVAL,
				   "is a 32-bit PVH kernel, which can't be moved: remove \"load\"");
	l->protocol = BOOT_PVH;
	rc = boot_elf32_load(l, &unused);
	return rc ? rc : image_set_entry(l, entry);
}

int arch_image_load(struct image_loader *l)
{
	bool elf = !elf_check(l->head, l->head_len, arch_guest_board.elf_machine);
	u64 entry;
	int rc;

	l->protocol = BOOT_LINUX;
	rc = boot_linux_load(l);
	if (rc != -ENOEXEC)
		return rc;
	rc = elf ? boot_pvh_find(l, &entry) : -ENOEXEC;
	if (!rc)
		return load_pvh(l, entry);
	if (rc != -ENOEXEC)
		return rc;
	l->protocol = BOOT_MULTIBOOT;
	rc = boot_multiboot_load(l);
	if (rc != -ENOEXEC)
		return rc;
	rc = load_pvh32(l);
	if (rc != -ENOEXEC)
		return rc;
	if (boot_multiboot2_has(l) && !l->vm->cfg->has_entry)
		return image_error(
			l, -EINVAL,
			"is a multiboot2 kernel: use one that is built for PVH or multiboot 0.6.96");
	l->protocol = elf ? BOOT_LONG : BOOT_REAL;
	return elf ? image_load_elf(l) : -ENOEXEC;
}

/* ---- the area ---- */

int boot_put(struct boot *b, const void *data, size_t size, u64 align, u64 *addr)
{
	u64 at = ALIGN_UP(b->next, align);

	if (at > RESET_VECTOR || size > RESET_VECTOR - at)
		return image_error(b->l, -ENOSPC,
				   "has more boot information than there is room for");
	*addr = at;
	b->next = at + size;
	return image_put(b->l, at, data, size);
}

/*
 * All the firmware that there is: who jumps to the reset vector, as Linux does on hardware-reduced
 * platforms without EFI, wants the machine to start again.
 */
static int put_firmware(struct boot *b)
{
	static const u8 code[] = {
		0xba,
		RESET_CONTROL & 0xff,
		RESET_CONTROL >> 8, /* mov $RESET_CONTROL, %dx */
		0x30,
		0xc0,
		0xee, /* xor %al, %al; out %al, (%dx) */
		0xb0,
		RESET_CONTROL_VALUE,
		0xee, /* mov $VALUE, %al; out %al, (%dx) */
		0xfa,
		0xf4,
		0xeb,
		0xfd, /* cli; 1: hlt; jmp 1b */
	};

	static_assert(RESET_VECTOR + sizeof(code) <= BOOT_AREA + BOOT_AREA_SIZE, "room");
	return image_put(b->l, RESET_VECTOR, code, sizeof(code));
}

static int put_acpi(struct boot *b)
{
	u8 *buf = kmalloc_for(b->l->vm->account, VACPI_SIZE);
	s64 size = buf ? vacpi_build(b->l->vm, b->next, buf) : -ENOMEM;
	int rc;

	if (size < 0)
		rc = image_fs_error(b->l, (int)size);
	else
		rc = boot_put(b, buf, (size_t)size, 16, &b->rsdp);
	kfree_for(b->l->vm->account, buf);
	return rc ? rc : put_firmware(b);
}

static int put_gdt(struct boot *b)
{
	u64 gdt[4] = {
		[X86_START_CS / 8] = b->start.mode == X86_START_LONG ? 0x00af9b000000ffff
								     : 0x00cf9b000000ffff,
		[X86_START_DS / 8] = 0x00cf93000000ffff,
	};

	b->start.gdt_limit = sizeof(gdt) - 1;
	return boot_put(b, gdt, sizeof(gdt), 8, &b->start.gdt);
}

static void range_add(struct boot *b, u64 start, u64 end, u32 type)
{
	if (start < end)
		b->map[b->nr_ranges++] = (struct boot_range){ start, end - start, type };
}

/* The VM's memory, with a hole where a PC has its screen and its firmware. */
static void make_map(struct boot *b)
{
	const struct region_map *m = &b->l->vm->map;
	unsigned int i;

	for (i = 0; i < m->count; i++) {
		const struct region *r = &m->r[i];
		u64 start = r->gpa.v, end = start + r->size;
		u32 type = r->perm & REGION_W ? MEMORY_RAM : MEMORY_RESERVED;

		if (!region_is_memory(r))
			continue;
		if (end <= HOLE_START || start >= HOLE_END) {
			range_add(b, start, end, type);
			continue;
		}
		range_add(b, start, HOLE_START, type);
		range_add(b, max(start, HOLE_START), min(end, HOLE_END), MEMORY_RESERVED);
		range_add(b, HOLE_END, end, type);
	}
}

/* ---- page tables ---- */

/* The last entry of each level above leads to the next table, which is put before it. */
static int put_table(struct boot *b, u64 *table, u64 *addr)
{
	return boot_put(b, table, PAGE_SIZE, PAGE_SIZE, addr);
}

static int put_tables(struct boot *b, u64 *table)
{
	u64 dir[GIB_PAGES], addr = 0;
	unsigned int i, n;
	int rc = 0;

	for (n = 0; !rc && n < GIB_PAGES; n++) {
		for (i = 0; i < NR_PTES; i++, addr += MIB(2))
			table[i] = addr | PTE_LARGE;
		rc = put_table(b, table, &dir[n]);
	}
	memset(table, 0, PAGE_SIZE);
	for (n = 0; n < GIB_PAGES; n++)
		table[n] = dir[n] | PTE_TABLE;
	if (!rc)
		rc = put_table(b, table, &addr);
	memset(table, 0, PAGE_SIZE);
	table[0] = addr | PTE_TABLE;
	return rc ? rc : put_table(b, table, &b->start.cr3);
}

/* The lowest 4 GiB, each address as itself. */
static int put_identity_map(struct boot *b)
{
	u64 *table = kmalloc_for(b->l->vm->account, PAGE_SIZE);
	int rc = table ? put_tables(b, table) : image_fs_error(b->l, -ENOMEM);

	kfree_for(b->l->vm->account, table);
	return rc;
}

/* ---- the whole ---- */

/* The kernel's own code is all that a machine in real mode has, but tables that it may look for. */
static int real_data(struct boot *b)
{
	u64 entry = b->l->vm->entry.v;

	if (b->l->vm->cfg->initrd[0]) {
		b->l->prop = "initrd";
		b->l->path = b->l->vm->cfg->initrd;
		return image_error(b->l, -EINVAL,
				   "is of no use to a kernel without a boot "
				   "protocol: remove it or use another kernel");
	}
	b->start.mode = X86_START_REAL;
	b->start.cs_base = entry & ~0xfffful;
	b->start.rip = entry & 0xffff;
	if (!image_is_free(b->l, BOOT_AREA, BOOT_AREA_SIZE))
		return 0;
	image_take(b->l, BOOT_AREA, BOOT_AREA_SIZE);
	return put_acpi(b);
}

static int put_common(struct boot *b)
{
	int rc;

	if (!image_is_free(b->l, BOOT_AREA, BOOT_AREA_SIZE))
		return image_error(
			b->l, -EINVAL,
			"needs 0x%lx bytes of memory at 0x%lx for its boot information: give the VM that, and load nothing there",
			BOOT_AREA_SIZE, BOOT_AREA);
	image_take(b->l, BOOT_AREA, BOOT_AREA_SIZE);
	make_map(b);
	rc = put_acpi(b);
	if (!rc)
		rc = put_gdt(b);
	if (!rc && b->start.mode == X86_START_LONG)
		rc = put_identity_map(b);
	return rc;
}

static int protocol_data(struct boot *b)
{
	struct image_loader *l = b->l;
	bool linux_kernel = l->protocol == BOOT_LINUX || l->protocol == BOOT_LINUX_32;
	u64 limit = linux_kernel ? l->protocol_arg + 1 : GIB(4);
	int rc;

	b->start.rip = l->vm->entry.v;
	b->start.mode = l->protocol == BOOT_LINUX || l->protocol == BOOT_LONG ? X86_START_LONG
									      : X86_START_PROTECTED;
	rc = put_common(b);
	if (!rc && l->vm->cfg->initrd[0])
		rc = image_load_initrd(l, limit, &b->initrd, &b->initrd_size);
	if (rc)
		return rc;
	switch (l->protocol) {
	case BOOT_LINUX:
	case BOOT_LINUX_32:
		return boot_linux_data(b);
	case BOOT_MULTIBOOT:
		return boot_multiboot_data(b);
	default:
		b->start.rsp = l->protocol == BOOT_LONG ? LONG_RSP : 0;
		return boot_pvh_data(b);
	}
}

int arch_boot_data(struct image_loader *l)
{
	struct boot *b;
	int rc;

	if (l->vm->cfg->dtb[0]) {
		l->prop = "dtb";
		l->path = l->vm->cfg->dtb;
		return image_error(
			l, -EINVAL,
			"has no effect: guests here get ACPI tables and no devicetree; remove it");
	}
	if (l->vm->entry.v >= GIB(4))
		return image_error(
			l, -EINVAL,
			"starts at 0x%lx, which a starting CPU can't address: load it below "
			"4 GiB",
			l->vm->entry.v);
	b = kzalloc_for(l->vm->account, sizeof(*b));
	if (!b)
		return image_fs_error(l, -ENOMEM);
	b->l = l;
	b->next = BOOT_AREA;
	rc = l->protocol == BOOT_REAL ? real_data(b) : protocol_data(b);
	l->vm->arch.start = b->start;
	kfree_for(l->vm->account, b);
	return rc;
}
