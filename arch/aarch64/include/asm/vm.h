/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VM_H
#define ASM_VM_H

#include <lodge/types.h>
#include <lodge/vmid.h>

/**
 * struct arch_vm - what aarch64 adds to a VM
 * @vttbr_base:	where its stage 2 is, without the VMID
 * @vmid:	who it is in the TLBs
 * @voff:	guest time is host time less this (CNTVOFF_EL2)
 * @clean_boot:	the boot whose image is out of the caches (arm64_vm_clean())
 */
struct arch_vm {
	u64 vttbr_base;
	struct vmid vmid;
	u64 voff;
	u64 clean_boot;
};

#endif
