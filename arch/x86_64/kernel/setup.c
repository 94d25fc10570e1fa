// SPDX-License-Identifier: Apache-2.0
#include "../boot/platform.h"
#include <lodge/arch.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/sections.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <asm/apic.h>
#include <asm/early_console.h>
#include <asm/features.h>
#include <asm/pgtable.h>
#include <asm/pic.h>
#include <asm/setup.h>
#include <asm/smp.h>
#include <asm/speculation.h>
#include <asm/trap.h>

/* The CPU that the boot loader runs on; its stack and struct are static. */
extern struct cpu boot_cpu;

/* The tree of a machine with all that there may be is some ten KiB large. */
#define HOST_FDT_SIZE KIB(128)

#define REAL_MODE_END 0xa0000ul
#define SEED_SIZE     32

const void *boot_view(u64 pa, u64 size)
{
	/* What head.S maps. */
	u64 end = cpu_features.page1g ? DIRECT_MAP_SIZE : GIB(4);

	return pa < end && size <= end - pa ? hpa_to_kva(hpa(pa)) : NULL;
}

/* RAM that is not mapped before hostmap_init() must not be handed out by then. */
static void limit_ranges(struct boot_info *info)
{
	unsigned int i, n = 0;

	for (i = 0; i < info->nr_ranges; i++) {
		struct boot_range r = info->range[i];

		if (!cpu_features.page1g && r.start + r.size > GIB(4)) {
			pr_warn("without pages of 1 GiB, memory above 4 GiB is not used");
			r.size = r.start < GIB(4) ? GIB(4) - r.start : 0;
		}
		if (r.size)
			info->range[n++] = r;
	}
	info->nr_ranges = n;
}

/* The machine's description, behind the image. What it is made of may lie there too and
 * has been read by then, but for ACPI's tables, which are in no RAM that is free. */
static hpa_t make_fdt(const struct boot_info *info, const struct boot_platform *p)
{
	u64 image_end = kva_to_hpa(__image_end).v;
	u64 at = boot_range_find(info, image_end, GIB(4), HOST_FDT_SIZE, PAGE_SIZE);
	u64 trampoline = boot_range_find(info, PAGE_SIZE, REAL_MODE_END, PAGE_SIZE, PAGE_SIZE);
	u8 seed[SEED_SIZE];
	u32 seed_len = cpu_random(seed, sizeof(seed));

	if (!at)
		panic_plain("there is no memory behind Lodge's image at %#lx", image_end);
	if (host_fdt_write(hpa_to_kva(hpa(at)), HOST_FDT_SIZE, info, p, trampoline, seed,
			   seed_len) < 0)
		panic_plain("the machine is too large to be described");
	memset(seed, 0, sizeof(seed));
	return hpa(at);
}

/* Called by head.S with translation on. */
void x86_start(u32 protocol, u64 loader_info)
{
	static struct boot_info info;
	static struct boot_platform platform;
	const char *wrong;

	cpu_features_init();
	early_console_init();
	trap_init();
	trap_cpu_init(&boot_cpu);
	pic_silence();
	boot_cpu.self_hwid = apic_id();

	wrong = bootinfo_read(protocol, loader_info, &info);
	if (wrong)
		panic_plain("%s", wrong);
	wrong = acpi_read(info.rsdp, &platform);
	if (wrong)
		pr_warn("%s: CPUs, clocks and devices are not found", wrong);
	limit_ranges(&info);
	lodge_main(make_fdt(&info, &platform));
}

void arch_init(const void *fdt)
{
	smp_find_trampoline(fdt);
}

static u64 cr4_wanted(void)
{
	u64 cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_features.mce)
		cr4 |= CR4_MCE;
	if (cpu_features.xsave)
		cr4 |= CR4_OSXSAVE;
	if (cpu_features.fsgsbase)
		cr4 |= CR4_FSGSBASE;
	if (cpu_features.smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.umip)
		cr4 |= CR4_UMIP;
	return cr4;
}

void arch_cpu_init(void)
{
	write_cr4(cr4_wanted());
	apic_cpu_init();
	svm_cpu_init();
	x86_speculation_cpu_init();
	arch_timer_set(~0ul);
}

const struct pgtable_format *arch_host_format(void)
{
	return cpu_features.page1g ? &long_mode_1g : &long_mode_2m;
}

u64 x86_host_cr3;

void arch_host_activate(const struct pgtable_format *fmt, hpa_t root)
{
	x86_host_cr3 = root.v;
	write_cr3(root.v);
}

/* There is no firmware to call: what ends the machine is a device, found in the tree. */
void arch_power_off(unsigned int status)
{
}
