// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/tap.h>

/* The device tree that software written for QEMU's virt expects of the board. */

static const void *fdt;

static bool is_string(int node, const char *prop, const char *want)
{
	int len;
	const char *s = fdt_prop(fdt, node, prop, &len);

	if (s && (size_t)len == strlen(want) + 1 && !memcmp(s, want, (size_t)len))
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

static u32 phandle(const char *compatible)
{
	return fdt_cell(fdt, fdt_find_compatible(fdt, compatible), "phandle", 0);
}

static void device(const char *compatible, u64 base, u32 irq)
{
	int node = fdt_find_compatible(fdt, compatible);

	if (!tap_ok(node >= 0, "there is a %s", compatible))
		return;
	tap_ok(fdt_cell64(fdt, node, "reg", 0) == base, "%s at 0x%lx", compatible, base);
	tap_ok(fdt_cell(fdt, node, "interrupts", 0) == irq, "%s has interrupt %u", compatible, irq);
	if (irq)
		tap_eq(fdt_cell(fdt, node, "interrupt-parent", 0), phandle("sifive,plic-1.0.0"),
		       "of the PLIC");
}

static void memory(void)
{
	int node = -1, found = 0, len;
	u64 fdt_addr = (u64)fdt;

	while ((node = fdt_next_node(fdt, node)) >= 0) {
		const char *type = fdt_prop(fdt, node, "device_type", &len);

		found += type && !strcmp(type, "memory");
	}
	tap_eq((u64)found, 1, "one memory node");
	tap_eq(platform.ram_base, 0x80000000, "RAM at 2 GiB");
	tap_ok(IS_ALIGNED(fdt_addr, 8), "the tree itself is aligned");
	tap_ok(fdt_addr >= ram_free_start() && fdt_addr < ram_free_end(),
	       "in RAM, behind the kernel");
}

static void cpus(void)
{
	int cpu = find_name("cpu@0"), cpus = find_name("cpus"), len;
	int intc = fdt_find_compatible(fdt, "riscv,cpu-intc");
	const char *mmu = fdt_prop(fdt, cpu, "mmu-type", &len);

	tap_eq(fdt_cell(fdt, cpus, "#address-cells", 0), 1, "a CPU's number is a cell");
	tap_eq(platform.timer_hz, 10000000, "time runs at 10 MHz");
	tap_ok(cpu >= 0 && is_string(cpu, "device_type", "cpu"), "there is CPU 0");
	tap_eq(fdt_cell(fdt, cpu, "reg", 0), platform.boot_cpu, "and it booted");
	tap_ok(is_string(cpu, "compatible", "riscv"), "it is a RISC-V");
	tap_ok(!memcmp(platform.isa, "rv64ima", 7), "of 64 bits, with M and A");
	tap_ok(!str_has_word(platform.isa, "h", "_"), "without a hypervisor extension of its own");
	for (const char *p = platform.isa + 4; *p && *p != '_'; p++)
		if (*p == 'h')
			tap_ok(false, "the ISA string has an h");
	tap_note("isa %s", platform.isa);
	tap_ok(mmu && !memcmp(mmu, "riscv,sv", 8), "it has an MMU");
	tap_ok(intc >= 0 && fdt_cell(fdt, intc, "#interrupt-cells", 0) == 1,
	       "it has its own interrupt controller");
}

static void plic(void)
{
	int node = fdt_find_compatible(fdt, "sifive,plic-1.0.0"), len;
	u32 ndev = fdt_cell(fdt, node, "riscv,ndev", 0);
	bool wired = false;

	fdt_prop(fdt, node, "interrupts-extended", &len);
	for (u32 i = 0; i < (u32)len / 8; i++)
		wired |= fdt_cell(fdt, node, "interrupts-extended", 2 * i + 1) == 9 &&
			 fdt_cell(fdt, node, "interrupts-extended", 2 * i) ==
				 phandle("riscv,cpu-intc");
	tap_ok(wired, "the PLIC is wired to CPU 0's external interrupt");
	tap_ok(ndev >= 11 && ndev < 1024, "it tells how many sources it has");
	tap_note("%u sources", ndev);
	tap_ok(fdt_prop(fdt, node, "interrupt-controller", &len), "and that it is one");
}

static void chosen(void)
{
	int node = find_name("chosen"), len;

	tap_ok(node >= 0 && is_string(node, "stdout-path", "/soc/serial@10000000"),
	       "the console is the UART");
	tap_ok(fdt_cell(fdt, fdt_find_compatible(fdt, "ns16550a"), "clock-frequency", 0) == 3686400,
	       "with its clock's rate");
	fdt_prop(fdt, node, "bootargs", &len);
	tap_note("bootargs \"%s\"", platform.bootargs);
}

int guest_main(void)
{
	int root;

	fdt = platform.fdt;
	if (!tap_ok(fdt != NULL, "a1 has a device tree"))
		return tap_done();
	root = fdt_next_node(fdt, -1);
	tap_ok(fdt_is_compatible(fdt, root, "riscv-virtio"), "the board is a riscv-virtio");
	tap_ok(fdt_cell(fdt, root, "#address-cells", 0) == 2 &&
		       fdt_cell(fdt, root, "#size-cells", 0) == 2,
	       "addresses and sizes have 64 bits");
	tap_note("model \"%s\"", platform.model);
	memory();
	cpus();
	device("sifive,plic-1.0.0", 0xc000000, 0);
	device("ns16550a", 0x10000000, 10);
	device("google,goldfish-rtc", 0x101000, 11);
	device("sifive,test0", 0x100000, 0);
	plic();
	chosen();
	tap_eq(platform.nr_cpus, 1, "as many CPUs as described");
	return tap_done();
}
