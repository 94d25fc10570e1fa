// SPDX-License-Identifier: Apache-2.0
/* What only riscv64 has in a guest's devicetree. */
#include <asm/guest_fdt.h>
#include <lodge/arch_virt.h>
#include <lodge/fdt.h>
#include <lodge/time.h>
#include <lodge/vm.h>

/* Devicetree Specification 0.4, 3.8, and Linux's binding riscv/cpus. */
static void write_cpu(struct fdt_writer *w, unsigned int n)
{
	fdtw_nodef(w, "cpu@%x", n);
	fdtw_string(w, "device_type", "cpu");
	fdtw_u32(w, "reg", n);
	fdtw_string(w, "status", "okay");
	fdtw_string(w, "compatible", "riscv");
	fdtw_string(w, "riscv,isa", arch_guest_isa());
	arch_guest_fdt_isa(w);
	fdtw_string(w, "mmu-type", arch_guest_mmu_type());

	fdtw_node(w, "interrupt-controller");
	fdtw_u32(w, "#address-cells", 0);
	fdtw_u32(w, "#interrupt-cells", 1);
	fdtw_empty(w, "interrupt-controller");
	fdtw_string(w, "compatible", "riscv,cpu-intc");
	fdtw_u32(w, "phandle", GUEST_PHANDLE_CPU_INTC(n));
	fdtw_end_node(w);

	fdtw_end_node(w);
}

int arch_guest_fdt(struct vm *vm, struct fdt_writer *w)
{
	unsigned int n;

	/* Software asks for this name to learn that it is on QEMU's board. */
	fdtw_string(w, "compatible", "riscv-virtio");
	fdtw_string(w, "model", "lodge,riscv-virtio");

	fdtw_node(w, "cpus");
	fdtw_u32(w, "#address-cells", 1);
	fdtw_u32(w, "#size-cells", 0);
	fdtw_u32(w, "timebase-frequency", (u32)time_hz());
	for (n = 0; n < vm->cfg->nr_vcpus; n++)
		write_cpu(w, n);
	fdtw_end_node(w);
	return 0;
}
