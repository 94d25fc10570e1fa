// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/platform.h>
#include <arch/regs.h>
#include <arch/trap.h>

u64 lapic_hz;
struct ram_range ram_ranges[MAX_RAM_RANGES];
unsigned int nr_ram_ranges;

extern char __image_end[];

/* ---- memory, and the command line ---- */

/* Lower memory is left alone: boot data, page tables of the loader, the trampoline. */
#define RAM_FIRST MIB(2)

static void add_ram(struct platform *p, u64 base, u64 size)
{
	if (nr_ram_ranges < MAX_RAM_RANGES)
		ram_ranges[nr_ram_ranges++] = (struct ram_range){ base, size };
	if ((u64)__image_end - base < size) {
		p->ram_base = max(base, RAM_FIRST);
		p->ram_size = base + size - p->ram_base;
	}
}

static void set_bootargs(struct platform *p, const char *line)
{
	for (size_t i = 0; line[i] && i < sizeof(p->bootargs) - 1; i++)
		p->bootargs[i] = line[i];
}

/* ---- by PVH (Xen's struct hvm_start_info) ---- */

struct start_info {
	u32 magic, version, flags, nr_modules;
	u64 modules, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

struct memmap_entry {
	u64 addr, size;
	u32 type, reserved;
};

#define START_MAGIC 0x336ec578u
#define MEMORY_RAM  1u

static void read_start_info(struct platform *p, const struct start_info *s)
{
	const struct memmap_entry *e = (const void *)s->memmap;

	p->told_by = "PVH";
	for (u32 i = 0; i < s->memmap_entries; i++, e++)
		if (e->type == MEMORY_RAM)
			add_ram(p, e->addr, e->size);
	if (s->cmdline)
		set_bootargs(p, (const char *)s->cmdline);
}

/* ---- by Multiboot (0.6.96, 3.3) ---- */

struct multiboot_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, modules[2], syms[4];
	u32 map_size, map;
};

struct multiboot_range {
	u32 size; /* of the rest */
	u64 addr, len;
	u32 type;
} __packed;

#define MULTIBOOT_CMDLINE BIT(2)
#define MULTIBOOT_MAP	  BIT(6)

static void read_multiboot(struct platform *p, const struct multiboot_info *m)
{
	const char *line = (const char *)(u64)m->cmdline;
	const struct multiboot_range *r;

	p->told_by = "Multiboot";
	for (u32 at = 0; m->flags & MULTIBOOT_MAP && at < m->map_size; at += r->size + 4) {
		r = (const void *)((u64)m->map + at);
		if (r->type == MEMORY_RAM)
			add_ram(p, r->addr, r->len);
	}
	if (!(m->flags & MULTIBOOT_CMDLINE))
		return;
	while (*line && *line != ' ') /* the kernel's own name */
		line++;
	set_bootargs(p, *line ? line + 1 : line);
}

/* ---- CPUs and the I/O APIC: ACPI's MADT ---- */

static u32 get32(u64 at)
{
	u32 v;

	memcpy(&v, (const void *)at, 4);
	return v;
}

static u64 get64(u64 at)
{
	return get32(at) | (u64)get32(at + 4) << 32;
}

static u64 find_rsdp(void)
{
	for (u64 at = 0xe0000; at < 0x100000; at += 16)
		if (!memcmp((const void *)at, "RSD PTR ", 8))
			return at;
	return 0;
}

static void read_madt(struct platform *p, u64 madt)
{
	u64 end = madt + get32(madt + 4);

	for (u64 e = madt + 44; e + 2 <= end && mmio_read8(e + 1) >= 2; e += mmio_read8(e + 1)) {
		switch (mmio_read8(e)) {
		case 0: /* local APIC, if it is enabled */
			p->nr_cpus += get32(e + 4) & 1;
			break;
		case 1: /* I/O APIC */
			if (!p->intc)
				p->intc = get32(e + 4);
			break;
		}
	}
}

static void read_acpi(struct platform *p, u64 rsdp)
{
	u64 root = rsdp ? mmio_read8(rsdp + 15) >= 2 ? get64(rsdp + 24) : get32(rsdp + 16) : 0;
	unsigned int width;

	if (!root)
		return;
	width = memcmp((const void *)root, "XSDT", 4) ? 4 : 8;
	memcpy(p->model, (const void *)(root + 16), 8);
	for (u64 at = root + 36; at < root + get32(root + 4); at += width) {
		u64 table = width == 8 ? get64(at) : get32(at);

		if (!memcmp((const void *)table, "APIC", 4))
			read_madt(p, table);
	}
}

/* ---- clocks, by channel 2 of the 8254, whose output can be read ---- */

#define PIT_HZ	 1193182u
#define PIT_GATE 0x61
#define PIT_CH2	 0x42
#define PIT_MODE 0x43

#define PIT_LATCH 0x80

/* A count of the 8254, and what the clocks had right before it and after. */
struct moment {
	u64 before, after;
	u32 lapic_before, lapic_after;
	u16 count;
};

/* The CPU may be taken away at any place: of some tries the shortest counts. */
static struct moment look(void)
{
	struct moment best = { .after = ~0ull }, m;

	for (int i = 0; i < 8; i++) {
		m.lapic_before = lapic_read(LAPIC_TIMER_COUNT);
		m.before = rdtsc();
		outb(PIT_MODE, PIT_LATCH);
		m.after = rdtsc();
		m.lapic_after = lapic_read(LAPIC_TIMER_COUNT);
		m.count = inb(PIT_CH2);
		m.count |= (u16)(inb(PIT_CH2) << 8);
		if (m.after - m.before < best.after - best.before)
			best = m;
	}
	return best;
}

/* Between two looks, at least 20 ms apart and before the 8254 has counted to its end. */
static void measure(struct platform *p)
{
	struct moment first, last;
	u64 counts;

	lapic_write(LAPIC_SVR, LAPIC_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_TIMER_DIV, LAPIC_DIV_1);
	lapic_write(LAPIC_LVT_TIMER, LAPIC_MASKED);
	outb(PIT_GATE, (u8)((inb(PIT_GATE) & ~3u) | 1)); /* counts, silently */
	do {
		lapic_write(LAPIC_TIMER_INIT, ~0u);
		outb(PIT_MODE, 0xb0); /* both bytes, output up at the end */
		outb(PIT_CH2, 0xff);
		outb(PIT_CH2, 0xff); /* begins */
		first = look();
		do
			last = look();
		while ((u32)(first.count - last.count) < PIT_HZ / 50 && !(inb(PIT_GATE) & 0x20));
	} while (inb(PIT_GATE) & 0x20);
	lapic_write(LAPIC_TIMER_INIT, 0);
	counts = (u64)(first.count - last.count);
	p->timer_hz = (last.before + last.after - first.before - first.after) / 2 * PIT_HZ / counts;
	/* It encloses the TSC's: a timer set by both is never early. */
	lapic_hz = (u64)(first.lapic_before - last.lapic_after) * PIT_HZ / counts;
}

void x86_platform_init(struct platform *p, const void *info, u32 magic)
{
	const struct start_info *s = info;
	bool pvh = s && magic != MULTIBOOT_MAGIC && s->magic == START_MAGIC;

	p->told_by = "nobody";
	p->boot_cpu = cpu_number();
	/* Without a map at least what the image lies in, and its first MiB. */
	p->ram_base = RAM_FIRST;
	p->ram_size = ALIGN_UP((u64)__image_end, MIB(1)) - RAM_FIRST;
	if (pvh)
		read_start_info(p, s);
	else if (magic == MULTIBOOT_MAGIC)
		read_multiboot(p, info);
	read_acpi(p, pvh && s->rsdp ? s->rsdp : find_rsdp());
	p->uart_irq = 4;
	outb(0x21, 0xff); /* the legacy controllers are not ours */
	outb(0xa1, 0xff);
	measure(p);
}
