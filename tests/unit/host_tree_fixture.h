/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_TREE_FIXTURE_H
#define HOST_TREE_FIXTURE_H

/* A machine's devicetree, as boards have them, and what Lodge knows of it. */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/host_tree.h>
#include <shim.h>

#define INTC_PHANDLE 0x77

static const char host_source[] =
	"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&intc>;\n"
	"intc: intc@8000000 { #interrupt-cells = <3>; interrupt-controller; phandle = <0x77>;\n"
	"	reg = <0 0x8000000 0 0x10000>; };\n"
	"memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x10000000>; };\n"
	"cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { reg = <0>; }; };\n"
	"clocks { osc: osc { compatible = \"fixed-clock\"; clock-output-names = \"clk\"; #clock-cells = <0>; };\n"
	"	half: half { compatible = \"fixed-factor-clock\"; #clock-cells = <1>;\n"
	"		clocks = <&osc>; }; };\n"
	"other { osc2: osc { compatible = \"fixed-clock\"; #clock-cells = <0>; clocks = <&loop>; };\n"
	"	loop: loop { compatible = \"fixed-factor-clock\"; #clock-cells = <0>; clocks = <&osc2>; }; };\n"
	"cutclk: cutclk { };\n"
	"nexus: nexus { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &intc 0 9 4>; };\n"
	"soc { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>;\n"
	"	ranges = <0x10000000 0 0x50000000 0x01000000>;\n"
	"	uart: uart@10000000 { clock-output-names = \"own\"; compatible = \"a,uart\", \"b,uart\"; reg = <0x10000000 0x1000>;\n"
	"		interrupts = <0 5 4>; clocks = <&half 3>, <&osc>; clock-names = \"a\", \"b\";\n"
	"		status = \"okay\"; current-speed = <115200>; };\n"
	"	two@10010000 { reg = <0x10010000 0x1000>, <0x10012000 0x2000>;\n"
	"		interrupts-extended = <&intc 0 6 1>, <&intc 0 7 8>; clocks = <&osc>, <0>, <&osc2>; };\n"
	"	slot0: slot@10020000 { reg = <0x10020000 0x200>; interrupts = <0 8 1>; };\n"
	"	slot1: slot@10020200 { reg = <0x10020200 0x200>; interrupts = <0 9 0>; };\n"
	"	used@10030000 { reg = <0x10030000 0x200>; interrupts = <0 10 4>; inner { reg = <0x10038000 0x1000>; }; };\n"
	"	beside@10030200 { reg = <0x10030200 0x200>; };\n"
	"	clkc: clkc@10040000 { reg = <0x10040000 0x1000>; #clock-cells = <1>; inner: inner { }; };\n"
	"	mmc@10050000 { reg = <0x10050000 0x1000>; clocks = <&clkc 4>; };\n"
	"	pins@10060000 { reg = <0x10060000 0x1000>; pinctrl-0 = <&inner>; };\n"
	"	gpio: gpio@10070000 { reg = <0x10070000 0x1000>; gpio-controller; #gpio-cells = <2>;\n"
	"		interrupt-controller; #interrupt-cells = <2>; interrupts = <0 11 4>;\n"
	"		key { interrupts = <3 1>; }; hog { reset-gpios = <&gpio 1 0>; interrupt-parent = <&gpio>; interrupts = <4 1>; }; };\n"
	"	led@10080000 { reg = <0x10080000 0x1000>; led-gpios = <&gpio 7 1>; };\n"
	"	alarm@10090000 { reg = <0x10090000 0x1000>; interrupts-extended = <&gpio 2 1>; };\n"
	"	child@100a0000 { reg = <0x100a0000 0x1000>; sub { interrupts = <0 12 4>; }; };\n"
	"	mapped@100b0000 { reg = <0x100b0000 0x1000>; interrupts-extended = <&nexus 1>; };\n"
	"	both@100c0000 { reg = <0x100c0000 0x1000>; interrupts = <0 13 3>; };\n"
	"	lost@100d0000 { reg = <0x100d0000 0x1000>; clocks = <0x1234>; };\n"
	"	cut@100e0000 { reg = <0x100e0000 0x1000>; clocks = <&half>; };\n"
	"	mute@100f0000 { reg = <0x100f0000 0x1000>; clocks = <&cutclk>; };\n"
	"	off@10100000 { reg = <0x10100000 0x1000>; status = \"disabled\"; };\n"
	"	idle { status = \"disabled\"; #address-cells = <1>; #size-cells = <1>; ranges; dev@10108000 { reg = <0x10108000 0x1000>; }; };\n"
	"	far@20000000 { reg = <0x20000000 0x1000>; };\n"
	"	bridge@10110000 { reg = <0x10110000 0x1000>; #address-cells = <1>; #size-cells = <1>; ranges; };\n"
	"	pci@10120000 { reg = <0x10120000 0x1000>; interrupt-map = <0>; };\n"
	"	odd@10130000 { reg = <0x10130000 0x1000>; interrupts = <0 14>; };\n"
	"	iommu@10140000 { reg = <0x10140000 0x1000>; iommus = <&clkc 1>; msi-parent = <&clkc>; };\n"
	"	shared@10150000 { reg = <0x10150000 0x1000>; interrupts = <0 5 4>; };\n"
	"	byname@10160000 { reg = <0x10160000 0x1000>; vcc-supply = <&loop>; nvmem-cells = <&intc>; };\n"
	"	whole@10170000 { reg = <0x10170000 0x1000>; a-supply = <&part>; b-supply = <&box>; };\n"
	"	dmabus { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>; ranges; dma-coherent;\n"
	"		dma@10190000 { reg = <0x10190000 0x1000>; };\n"
	"		raw@101a0000 { reg = <0x101a0000 0x1000>; dma-noncoherent; }; };\n"
	"	virtio@101b0000 { compatible = \"virtio,mmio\"; reg = <0x101b0000 0x1000>; };\n"
	"};\n"
	"box: box { compatible = \"box\", \"simple-bus\"; part: part { compatible = \"part\"; }; };\n"
	"bare { compatible = \"a,b\"; };\n"
	"};\n";

static void *host_blob;
static const char *host_used = "/soc/used@10030000";

static inline int host_irq_number(u32 controller, const u32 *cells, unsigned int n, u32 *irq)
{
	if (controller != INTC_PHANDLE)
		return -ENODEV;
	if (n != 3 || cells[0])
		return -EINVAL;
	*irq = cells[1] + 32;
	return 0;
}

static const char *host_use = "";

static inline const char *host_user(unsigned int n, int *node, const char **use)
{
	*use = host_use;
	*node = fdt_find_path(host_blob, host_used);
	return n ? NULL : "tester";
}

#endif
