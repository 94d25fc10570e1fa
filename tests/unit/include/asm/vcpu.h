/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#define NR_EXIT_CAUSES 4

struct vlapic;
struct vgic_vcpu;

struct arch_vcpu {
	struct vlapic *lapic; /* of x86_64, as the next */
	struct x86_guest_state {
		struct {
			u64 tsc_adjust;
		} msr;
		u64 kvm_clock;
		bool nmi_pending, halted, kicked;
	} guest;
	u32 kvm_clock_seen;
	bool in_hlt;
	struct vgic_vcpu *vgic; /* of aarch64 */
};

#endif
