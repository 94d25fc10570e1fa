// SPDX-License-Identifier: Apache-2.0
/*
 * The first page tables, made before translation is on: the image where it is linked to run,
 * its first page also where it is, a map of the memory that is needed until C makes the final
 * one, and the early console. All but memory is mapped as it will be in the final tables.
 *
 * Whoever is called from here runs at the load address, with all memory Device memory:
 * aligned accesses only, and no pointer that the linker has made.
 */
#include <lodge/sections.h>
#include <asm/early.h>
#include <asm/layout.h>
#include <asm/pgtable.h>
#include <asm/stack.h>
#include <asm/sysreg.h>
#include <asm/sysreg_id.h>

/*
 * 3 for the identical page, 2 and one for each 2 MiB for the image, 2 for the console, 5 times
 * 512 GiB of memory, and 3 for the image's shadow.
 */
#define NR_TABLES (12 + IMAGE_MAX / MIB(2) + (IS_ENABLED(CONFIG_KASAN) ? 3 : 0))

u64 early_root[PGTABLE_ENTRIES] __aligned(4096);
static u64 tables[NR_TABLES][PGTABLE_ENTRIES] __aligned(4096);
static unsigned int nr_tables;
u64 image_offset;

/* ---- messages without translation ---- */

static void say(const char *s)
{
	for (; *s; s++)
		early_pl011_putc((void *)CONFIG_AARCH64_EARLY_PL011, *s);
}

static __noreturn void stop(void)
{
	for (;;)
		__asm__ volatile("wfi");
}

void early_wrong_level(u64 current_el)
{
	if (current_el == 1 << 2)
		say("\r\nlodge: can't run here: started at EL1, but it needs EL2. On QEMU use -M "
		    "virt,virtualization=on\r\n");
	else
		say("\r\nlodge: can't run here: started at EL3, but it must be started at EL2 by a "
		    "firmware that has PSCI\r\n");
	stop();
}

void early_no_e2h0(void)
{
	say("\r\nlodge: can't run here: on this CPU HCR_EL2.E2H is always 1, which Lodge has no "
	    "support for\r\n");
	stop();
}

/* ---- the devicetree ---- */

#define FDT_MAGIC_BE 0xedfe0dd0u /* as a little-endian CPU reads it */

/* The CPU's number, or what a firmware may have kept of it: TF-A the lower 16 bits. */
static bool names_this_cpu(u64 x0)
{
	u64 mpidr = read_sysreg(MPIDR_EL1);

	return x0 == mpidr || x0 == (mpidr & MPIDR_HWID_MASK) || x0 == (mpidr & 0xffff);
}

/* Where the tree is: at @x0, unless that is no address and there is one at the default place. */
u64 early_fdt(u64 x0)
{
	u64 fallback = CONFIG_AARCH64_FDT;

	if (fallback && (!x0 || names_this_cpu(x0)) &&
	    *(const volatile u32 *)fallback == FDT_MAGIC_BE)
		return fallback;
	return x0;
}

/* ---- tables ---- */

/*
 * The table that the entry for @va in @table, of @level, points to: a new one if there is
 * none, NULL if there is no room for one. An address less image_offset is where it is in
 * memory; before translation is on that is 0, and both are the same.
 */
static u64 *table_below(u64 *table, u64 va, unsigned int level)
{
	u64 *e = &table[va >> (PAGE_SHIFT + 9 * level) & (PGTABLE_ENTRIES - 1)];

	if (!*e) {
		if (nr_tables == NR_TABLES)
			return NULL;
		*e = ((u64)tables[nr_tables++] - image_offset) | el2_stage1.table_bits;
	}
	return (u64 *)((*e & el2_stage1.pa_mask) + image_offset);
}

/* One leaf of @level; false without room for a table. */
static bool map_leaf(u64 va, u64 pa, unsigned int level, unsigned int prot)
{
	u64 bits = el2_stage1.leaf_bits[prot] |
		   (level ? el2_stage1.large_bits : el2_stage1.page_bits);
	u64 *table = early_root;
	unsigned int l;

	for (l = el2_stage1.levels - 1; l > level; l--) {
		table = table_below(table, va, l);
		if (!table)
			return false;
	}
	table[va >> (PAGE_SHIFT + 9 * level) & (PGTABLE_ENTRIES - 1)] =
		ALIGN_DOWN(pa, pgtable_level_size(level)) | bits;
	return true;
}

static void map_section(const char *start, const char *end, u64 offset, unsigned int prot)
{
	u64 pa;

	for (pa = (u64)start; pa < (u64)end; pa += PAGE_SIZE)
		map_leaf(pa + offset, pa, 0, prot);
}

#ifdef CONFIG_KASAN
/* From the linker script: the image's shadow. */
extern char kasan_image_shadow[];

static void map_shadow(void)
{
	u64 at;

	for (at = 0; at < KASAN_IMAGE_SPAN / 8; at += PAGE_SIZE)
		map_leaf(KASAN_IMAGE_SHADOW + at, (u64)kasan_image_shadow + at, 0, PROT_RW);
}
#endif

bool early_map_memory(u64 start, u64 end)
{
	u64 pa;

	for (pa = ALIGN_DOWN(start, GIB(1)); pa < min(end, (u64)DIRECT_MAP_SIZE); pa += GIB(1))
		if (!map_leaf(DIRECT_MAP_BASE + pa, pa, 2, PROT_RW))
			return false;
	/* The walker sees the entries before what comes next is accessed through them. */
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
	return true;
}

void early_map(u64 image, u64 fdt)
{
	u64 offset = IMAGE_BASE - image;

	if (sysreg_field(read_sysreg(ID_AA64MMFR0_EL1), ID_AA64MMFR0_TGRAN4) == 15) {
		say("\r\nlodge: can't run here: this CPU has no pages of 4 KiB\r\n");
		stop();
	}
	map_leaf(image, image, 0, PROT_RX);
	map_section(__text_start, __text_end, offset, PROT_RX);
	map_section(__rodata_start, __rodata_end, offset, PROT_R);
	map_section(__ro_after_init_start, boot_stack_guard, offset, PROT_RW);
	map_section(boot_stack_guard + STACK_SIZE, __image_end, offset, PROT_RW);
#ifdef CONFIG_KASAN
	map_shadow();
#endif
	if (CONFIG_AARCH64_EARLY_PL011)
		map_leaf(EARLY_IO_BASE, CONFIG_AARCH64_EARLY_PL011, 1, PROT_RW | PROT_DEVICE);
	if (fdt)
		early_map_memory(fdt, fdt + MIB(2));
	image_offset = offset;
}
