/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_SMCCC_GUEST_H
#define ASM_SMCCC_GUEST_H

#include <asm/smccc.h>

/*
 * Calls of a guest's firmware. An allow-list: what is not there is answered
 * SMCCC_NOT_SUPPORTED, and nothing is passed to the real firmware.
 *
 * Each takes the guest's registers from x0 on and puts the answer there. Return: an
 * exit_action.
 */
struct vcpu;

/** guest_smccc_call() - any call, by HVC or SMC; the guest's pc is behind it already. */
int guest_smccc_call(struct vcpu *vcpu, u64 *x);
/** guest_psci_call() - a call whose number is_psci(). */
int guest_psci_call(struct vcpu *vcpu, u64 *x);
/** guest_psci_offers() - whether there is a function @fid. */
bool guest_psci_offers(u32 fid);

/** arm64_pv_time_features() - PV_TIME_FEATURES of @fid. */
s64 arm64_pv_time_features(const struct vcpu *vcpu, u32 fid);
/** arm64_pv_time_st() - PV_TIME_ST: where @vcpu reads its stolen time, from now on. */
s64 arm64_pv_time_st(struct vcpu *vcpu);

/**
 * arm64_vcpu_power_down() - the calling vCPU, which runs, loses its state as in a power-down
 * and goes on at @pc with @context.
 */
void arm64_vcpu_power_down(struct vcpu *vcpu, u64 pc, u64 context);

#endif
