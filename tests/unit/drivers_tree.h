/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_TREE_H
#define DRIVERS_TREE_H

/* The devicetree of the machine of drivers_machine.h. */
#include <lodge/fdt.h>

enum { PH_INTC = 1, PH_PLIC, PH_GIC, PH_OTHER_INTC };

static u8 tree[8192];

static void device(struct fdt_writer *w, const char *name, u64 base, u64 size,
		   const char *compatible, u32 irq)
{
	fdtw_nodef(w, "%s@%lx", name, base);
	if (compatible)
		fdtw_string(w, "compatible", compatible);
	fdtw_reg(w, base, size);
	if (irq)
		fdtw_u32(w, "interrupts", irq);
}

static void write_cpu(struct fdt_writer *w, u32 hart, u32 intc)
{
	fdtw_nodef(w, "cpu@%x", hart);
	fdtw_u32(w, "reg", hart);
	fdtw_node(w, "interrupt-controller");
	fdtw_u32(w, "phandle", intc);
	fdtw_u32(w, "#interrupt-cells", 1);
	fdtw_end_node(w);
	fdtw_end_node(w);
}

/* One more than CONFIG_NR_CPUS, and the first is not the one that boots. */
static void write_cpus(struct fdt_writer *w)
{
	fdtw_node(w, "cpus");
	fdtw_u32(w, "#address-cells", 1);
	fdtw_u32(w, "#size-cells", 0);
	write_cpu(w, 0, PH_OTHER_INTC);
	write_cpu(w, HARTID, PH_INTC);
	fdtw_end_node(w);
}

static void write_devices(struct fdt_writer *w)
{
	const u32 contexts[] = { PH_OTHER_INTC, 9, PH_INTC, 9, PH_INTC, 11, PH_INTC, 9 };
	const u32 extended[] = { PH_INTC, 5, PH_PLIC, 33, PH_GIC, 0, 1, 4 };
	unsigned int i;

	device(w, "serial", UART2_BASE, 0x100, "ns16550a", 11);
	fdtw_end_node(w);
	device(w, "serial", UART_BASE, 0x100, NULL, 0);
	fdtw_prop(w, "compatible", "vendor,uart\0ns16550a", sizeof("vendor,uart\0ns16550a"));
	fdtw_u32(w, "interrupts", UART_IRQ);
	fdtw_u32(w, "reg-shift", 2);
	fdtw_u32(w, "reg-io-width", 4);
	fdtw_end_node(w);
	device(w, "plic", PLIC_BASE, 0x400000, "sifive,plic-1.0.0", 0);
	fdtw_u32(w, "phandle", PH_PLIC);
	fdtw_u32(w, "#interrupt-cells", 1);
	fdtw_u32(w, "riscv,ndev", 53);
	fdtw_cells(w, "interrupts-extended", contexts, ARRAY_SIZE(contexts));
	fdtw_end_node(w);
	device(w, "off", TEST_BASE + 0x1000000, 0x1000, "sifive,test0", 0);
	fdtw_string(w, "status", "disabled");
	fdtw_end_node(w);
	device(w, "test", TEST_BASE, 0x1000, "sifive,test0", 0);
	fdtw_end_node(w);
	device(w, "rtc", RTC_BASE, 0x1000, "google,goldfish-rtc", 0);
	fdtw_end_node(w);
	device(w, "small", RTC_BASE, 4, "google,goldfish-rtc", 0);
	fdtw_end_node(w);
	for (i = 0; i < 4; i++) {
		device(w, "virtio", VIRTIO_BASE + 0x1000 * i, 0x1000, "virtio,mmio", 1 + i);
		fdtw_end_node(w);
	}
	fdtw_node(w, "gic");
	fdtw_u32(w, "phandle", PH_GIC);
	fdtw_u32(w, "#interrupt-cells", 3);
	fdtw_end_node(w);
	fdtw_node(w, "extended");
	fdtw_cells(w, "interrupts-extended", extended, 8);
	fdtw_end_node(w);
	fdtw_node(w, "dangling");
	fdtw_cells(w, "interrupts-extended", (const u32[]){ 77, 1 }, 2);
	fdtw_end_node(w);
	fdtw_node(w, "cut");
	fdtw_cells(w, "interrupts-extended", (const u32[]){ PH_GIC, 1 }, 2);
	fdtw_end_node(w);
}

static void write_tree(const char *stdout_path)
{
	struct fdt_writer w;

	fdtw_begin(&w, tree, sizeof(tree));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	fdtw_u32(&w, "interrupt-parent", PH_PLIC);
	fdtw_node(&w, "chosen");
	if (stdout_path)
		fdtw_string(&w, "stdout-path", stdout_path);
	fdtw_end_node(&w);
	fdtw_node(&w, "aliases");
	fdtw_string(&w, "serial0", "/serial@10000000");
	fdtw_end_node(&w);
	write_cpus(&w);
	write_devices(&w);
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
	assert_int_equal(fdt_check(tree, sizeof(tree)), 0);
}

#endif
