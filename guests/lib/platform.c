// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/guest.h>

struct platform platform;

extern char __image_end[];

/* Strings are copied: a test may use the tree's memory once this is done. */
static void copy_string(char *dst, size_t size, const void *fdt, int node, const char *prop)
{
	int len;
	const char *s = fdt_prop(fdt, node, prop, &len);
	size_t n = s ? min(strlen(s), size - 1) : 0;

	memcpy(dst, s, n);
	dst[n] = 0;
}

static bool has_device_type(const void *fdt, int node, const char *type)
{
	int len;
	const char *s = fdt_prop(fdt, node, "device_type", &len);

	return s && !strcmp(s, type);
}

static bool read_device(const void *fdt, const char *compatible, u64 *base, u32 *irq)
{
	int node = fdt_find_compatible(fdt, compatible);

	if (node < 0)
		return false;
	*base = fdt_cell64(fdt, node, "reg", 0);
	*irq = arch_fdt_irq(fdt, node);
	return true;
}

static void read_uart(struct platform *p, const void *fdt)
{
	if (read_device(fdt, "ns16550a", &p->uart, &p->uart_irq))
		p->uart_kind = UART_16550;
	else if (read_device(fdt, "arm,pl011", &p->uart, &p->uart_irq))
		p->uart_kind = UART_PL011;
}

static void read_node(struct platform *p, const void *fdt, int node)
{
	const char *name = fdt_node_name(fdt, node);

	if (has_device_type(fdt, node, "cpu")) {
		if (!p->nr_cpus++)
			copy_string(p->isa, sizeof(p->isa), fdt, node, "riscv,isa");
	} else if (has_device_type(fdt, node, "memory")) {
		u64 base = fdt_cell64(fdt, node, "reg", 0), size = fdt_cell64(fdt, node, "reg", 2);

		/* The RAM that this program is in, if there is more than one. */
		if ((u64)__image_end - base < size) {
			p->ram_base = base;
			p->ram_size = size;
		}
	} else if (!strcmp(name, "cpus")) {
		p->timer_hz = fdt_cell(fdt, node, "timebase-frequency", 0);
	} else if (!strcmp(name, "chosen")) {
		copy_string(p->bootargs, sizeof(p->bootargs), fdt, node, "bootargs");
	}
}

void platform_init(const void *fdt, u64 boot_cpu)
{
	int node = -1;

	platform.boot_cpu = boot_cpu;
	platform.told_by = "nobody";
	if (!fdt_valid(fdt))
		return;
	platform.told_by = "a devicetree";
	platform.fdt = fdt;
	copy_string(platform.model, sizeof(platform.model), fdt, fdt_next_node(fdt, -1), "model");
	while ((node = fdt_next_node(fdt, node)) >= 0)
		read_node(&platform, fdt, node);
	read_uart(&platform, fdt);
	if (!read_device(fdt, "google,goldfish-rtc", &platform.rtc, &platform.rtc_irq))
		read_device(fdt, "arm,pl031", &platform.rtc, &platform.rtc_irq);
	arch_platform_init(&platform);
}

u64 take_number(const char **s)
{
	u64 n = 0;

	for (; **s >= '0' && **s <= '9'; ++*s)
		n = 10 * n + (u64)(**s - '0');
	return n;
}

u64 bootarg_number(const char *name, u64 otherwise)
{
	size_t n = strlen(name);

	for (const char *s = platform.bootargs; *s; s++) {
		if ((s > platform.bootargs && s[-1] != ' ') || memcmp(s, name, n) || s[n] != '=')
			continue;
		s += n + 1;
		return take_number(&s);
	}
	return otherwise;
}

static u64 ram_next;

u64 ram_free_start(void)
{
	return ram_next ? ram_next : ALIGN_UP((u64)__image_end, PAGE_SIZE);
}

u64 ram_free_end(void)
{
	return platform.ram_base + platform.ram_size;
}

void *ram_alloc(size_t pages)
{
	u64 size = pages * PAGE_SIZE;
	u64 p = ALIGN_UP(ram_free_start(), size);

	if (p + size > ram_free_end()) {
		printf("Bail out! out of memory\n");
		arch_poweroff(false);
	}
	ram_next = p + size;
	return memset((void *)p, 0, size);
}
