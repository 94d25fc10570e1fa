// SPDX-License-Identifier: Apache-2.0
#include <arch/gic.h>
#include <guest/fdt.h>
#include <guest/tap.h>

/* The device tree that software written for QEMU's virt expects of the board. */

static const void *fdt;

static bool is_string(int node, const char *prop, const char *want)
{
	int len;
	const char *s = fdt_prop(fdt, node, prop, &len);

	if (s && (size_t)len >= strlen(want) + 1 && !memcmp(s, want, strlen(want) + 1))
		return true;
	tap_note("%s: %s", prop, s ? s : "none");
	return false;
}

static int find_name(const char *name)
{
	int node = -1;

	while ((node = fdt_next_node(fdt, node)) >= 0)
		if (!strcmp(fdt_node_name(fdt, node), name))
			return node;
	return -1;
}

static void device(const char *compatible, u64 base, u32 irq)
{
	int node = fdt_find_compatible(fdt, compatible);

	if (!tap_ok(node >= 0, "there is a %s", compatible))
		return;
	tap_ok(fdt_cell64(fdt, node, "reg", 0) == base, "%s at 0x%lx", compatible, base);
	tap_ok(arch_fdt_irq(fdt, node) == irq, "%s has interrupt %u", compatible, irq);
	tap_eq(fdt_cell(fdt, node, "interrupts", 2), 4, "which is a level");
	tap_ok(fdt_is_compatible(fdt, node, "arm,primecell"), "it is an AMBA device");
	tap_ok(is_string(node, "clock-names", compatible[7] == '1' ? "uartclk" : "apb_pclk"),
	       "with its clock");
}

static void memory(void)
{
	int node = -1, found = 0, len;
	u64 addr = (u64)fdt;

	while ((node = fdt_next_node(fdt, node)) >= 0) {
		const char *type = fdt_prop(fdt, node, "device_type", &len);

		found += type && !strcmp(type, "memory");
	}
	tap_eq((u64)found, 1, "one memory node");
	tap_eq(platform.ram_base, 0x40000000, "RAM at 1 GiB");
	tap_ok(IS_ALIGNED(addr, 8), "the tree itself is aligned");
	tap_ok(addr - platform.ram_base < platform.ram_size, "and in RAM");
}

static void cpus(void)
{
	int cpu = find_name("cpu@0"), timer = fdt_find_compatible(fdt, "arm,armv8-timer");
	int psci = find_name("psci");
	static const u32 ppis[] = { 13, 14, 11, 10 };
	u64 mpidr = sysreg_read(mpidr_el1);
	bool good = true;

	tap_ok(cpu >= 0 && is_string(cpu, "device_type", "cpu"), "there is CPU 0");
	tap_eq(fdt_cell(fdt, cpu, "reg", 0), mpidr & 0xffffff, "its number is its affinity");
	tap_eq(mpidr >> 30 & 3, platform.nr_cpus == 1 ? 2 + (mpidr >> 30 & 1) : 2,
	       "MPIDR_EL1 is of the form with affinities");
	tap_ok(is_string(cpu, "enable-method", "psci") || platform.nr_cpus == 1,
	       "more are had by PSCI");
	tap_ok(psci >= 0 && is_string(psci, "method", "hvc"), "which is called by hvc");
	tap_ok(fdt_is_compatible(fdt, psci, "arm,psci-1.0") &&
		       fdt_is_compatible(fdt, psci, "arm,psci-0.2"),
	       "in version 1.0 or later");
	for (u32 i = 0; i < ARRAY_SIZE(ppis); i++)
		good &= fdt_cell(fdt, timer, "interrupts", 3 * i) == 1 &&
			fdt_cell(fdt, timer, "interrupts", 3 * i + 1) == ppis[i];
	tap_ok(timer >= 0 && good, "the timers have their interrupts");
	tap_eq(sysreg_read(currentel) >> 2, 1, "it runs at EL1");
	tap_eq(sysreg_read(id_aa64pfr0_el1) >> 8 & 0xf, 0, "and there is no EL2");
	tap_eq(sysreg_read(id_aa64pfr0_el1) >> 12 & 0xf, 0, "nor EL3");
}

static void interrupts(void)
{
	int node = find_name("intc@8000000"), len;

	tap_ok(node >= 0, "there is the interrupt controller");
	tap_eq(gic.gicd, 0x8000000, "its distributor");
	if (gic.version == 3)
		tap_ok(gic.gicr == 0x80a0000 && gic.gicr_size >= 0x20000UL * platform.nr_cpus,
		       "a redistributor for each CPU");
	else
		tap_eq(gic.gicc, 0x8010000, "and CPU interface");
	tap_note("GICv%u", gic.version);
	tap_eq(fdt_cell(fdt, node, "#interrupt-cells", 0), 3, "interrupts have three cells");
	tap_ok(fdt_prop(fdt, node, "interrupt-controller", &len), "it says that it is one");
	tap_eq(fdt_cell(fdt, fdt_next_node(fdt, -1), "interrupt-parent", 0),
	       fdt_cell(fdt, node, "phandle", 0), "all interrupts are its");
}

/* Whether stdout-path ends so: the UART may be below a bus. */
static bool is_console(const char *name)
{
	int len;
	const char *path = fdt_prop(fdt, find_name("chosen"), "stdout-path", &len);
	size_t n = strlen(name);

	return path && strlen(path) >= n && !strcmp(path + strlen(path) - n, name);
}

int guest_main(void)
{
	int root;

	fdt = platform.fdt;
	if (!tap_ok(fdt != NULL, "x0 has a device tree"))
		return tap_done();
	root = fdt_next_node(fdt, -1);
	tap_ok(fdt_is_compatible(fdt, root, "linux,dummy-virt"), "the board is QEMU's virt");
	tap_ok(fdt_cell(fdt, root, "#address-cells", 0) == 2 &&
		       fdt_cell(fdt, root, "#size-cells", 0) == 2,
	       "addresses and sizes have 64 bits");
	tap_note("model \"%s\"", platform.model);
	memory();
	cpus();
	interrupts();
	device("arm,pl011", 0x9000000, 33);
	device("arm,pl031", 0x9010000, 34);
	tap_ok(is_console("/pl011@9000000"), "the console is the UART");
	tap_note("bootargs \"%s\"", platform.bootargs);
	tap_eq(platform.nr_cpus, 1, "as many CPUs as described");
	return tap_done();
}
