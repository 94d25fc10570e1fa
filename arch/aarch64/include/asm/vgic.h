/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VGIC_H
#define ASM_VGIC_H

/*
 * The guest's interrupt controller as the rest of arch/aarch64/virt sees it: what the world
 * switch, the timers and the trapped system registers have to tell it. All with interrupts
 * off. A vCPU of a VM whose description leaves the controller out has none, and calls do
 * nothing for it.
 */
#include <lodge/types.h>

struct vcpu;

/* Private interrupts of a guest's timers, as on QEMU's board. */
#define VGIC_IRQ_VTIMER 27u
#define VGIC_IRQ_PTIMER 30u

/** vgic_init() - once, on the boot CPU, before guests: takes the GIC's own interrupts. */
void vgic_init(void);
/** vgic_is_v2() - guests get a GICv2, as the host has one; else a GICv3. */
bool vgic_is_v2(void);

/**
 * vgic_load() - @vcpu's virtual CPU interface into this CPU
 * Before its virtual timer is.
 */
void vgic_load(struct vcpu *vcpu);
/** vgic_put() - and out again, after its virtual timer has been saved and is off. */
void vgic_put(struct vcpu *vcpu);
/** vgic_vcpu_reset() - the CPU interface of a vCPU that starts; it may still be loaded. */
void vgic_vcpu_reset(struct vcpu *vcpu);
/** vgic_sync() - REQ_IRQ: what others have made pending, into the loaded @vcpu. */
void vgic_sync(struct vcpu *vcpu);
/** vgic_pending() - whether an interrupt is signalled to @vcpu, loaded or not: WFI ends. */
bool vgic_pending(struct vcpu *vcpu);

/** arm64_timers_destroy() - of timer.c: @vcpu's timers, which use its interrupt controller, run no more. */
void arm64_timers_destroy(struct vcpu *vcpu);

/**
 * vgic_set_ppi() - level of a timer's line into @vcpu; any context
 *
 * The virtual timer of a loaded vCPU raises its own interrupt; its line is only told while
 * the vCPU is not loaded.
 */
void vgic_set_ppi(struct vcpu *vcpu, u32 intid, bool level);

/**
 * vgic_sgi() - a write of @val to ICC_SGI1R_EL1, or with @group0 to one of the other two
 * Those only reach interrupts of group 0 (IHI 0069, 12.1.10).
 */
void vgic_sgi(struct vcpu *vcpu, u64 val, bool group0);
/** vgic_dir() - a trapped write of @val to ICC_DIR_EL1. */
void vgic_dir(struct vcpu *vcpu, u64 val);

#endif
