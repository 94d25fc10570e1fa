// SPDX-License-Identifier: Apache-2.0
/* What only aarch64 has in a guest's devicetree. */
#include <lodge/arch_virt.h>
#include <lodge/fdt.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <asm/vgic.h>
#include <asm/virt.h>

/* Linux's binding arm/cpus. */
static void write_cpu(struct fdt_writer *w, unsigned int n)
{
	u64 mpidr = arm64_vcpu_mpidr(n);

	fdtw_nodef(w, "cpu@%x", (unsigned int)mpidr);
	fdtw_string(w, "device_type", "cpu");
	fdtw_u32(w, "reg", (u32)mpidr);
	fdtw_string(w, "compatible", "arm,armv8");
	fdtw_string(w, "enable-method", "psci");
	fdtw_end_node(w);
}

/* Linux's binding arm/psci; the function numbers are for software of before version 0.2. */
static void write_psci(struct fdt_writer *w)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	fdtw_node(w, "psci");
	fdtw_prop(w, "compatible", compatible, sizeof(compatible));
	fdtw_string(w, "method", "hvc");
	fdtw_end_node(w);
}

#define GIC_PPI	       1
#define IRQ_LEVEL_HIGH 4
#define PPI(intid)     ((intid) % 16)

/* In binding arm/arch_timer's order: secure physical, physical, virtual, hypervisor's. */
static void write_timer(struct vm *vm, struct fdt_writer *w)
{
	static const u32 ppi[] = { 29, VGIC_IRQ_PTIMER, VGIC_IRQ_VTIMER, 26 };
	/* A GICv2 wants to know which CPUs its private interrupts are for. */
	u32 flags = IRQ_LEVEL_HIGH | (vgic_is_v2() ? ((1u << vm->nr_vcpus) - 1) << 8 : 0);
	u32 cells[ARRAY_SIZE(ppi) * 3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ppi); i++) {
		cells[3 * i] = GIC_PPI;
		cells[3 * i + 1] = PPI(ppi[i]);
		cells[3 * i + 2] = flags;
	}
	fdtw_node(w, "timer");
	fdtw_string(w, "compatible", "arm,armv8-timer");
	fdtw_cells(w, "interrupts", cells, ARRAY_SIZE(cells));
	fdtw_empty(w, "always-on");
	fdtw_end_node(w);
}

int arch_guest_fdt(struct vm *vm, struct fdt_writer *w)
{
	unsigned int n;

	/* Software asks for this name to learn that it is on QEMU's board. */
	fdtw_string(w, "compatible", "linux,dummy-virt");
	fdtw_string(w, "model", "lodge,dummy-virt");
	fdtw_u32(w, "interrupt-parent", GUEST_PHANDLE_IRQCHIP);

	fdtw_node(w, "cpus");
	fdtw_u32(w, "#address-cells", 1);
	fdtw_u32(w, "#size-cells", 0);
	for (n = 0; n < vm->cfg->nr_vcpus; n++)
		write_cpu(w, n);
	fdtw_end_node(w);
	write_psci(w);
	write_timer(vm, w);
	return 0;
}
