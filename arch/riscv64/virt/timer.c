// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's timer. With Sstc it is vstimecmp and the guest owns it while it runs; a
 * host timer stands in while it waits. Without, every deadline is a host timer, which
 * raises VSTIP.
 */
#include <lodge/arch_virt.h>
#include <lodge/time.h>
#include <asm/csr.h>
#include <asm/virt.h>

static u64 guest_now(const struct vcpu *vcpu)
{
	return time_now() + vcpu->vm->arch.time_delta;
}

/* Host time of @guest time; what is past or too far away stays so. */
static u64 host_deadline(const struct vcpu *vcpu, u64 guest)
{
	u64 now = guest_now(vcpu);

	if (guest <= now)
		return time_now();
	return guest - now > ~0ul - time_now() ? ~0ul : time_now() + (guest - now);
}

static void vtimer_fire(struct timer *t)
{
	struct vcpu *vcpu = container_of(t, struct vcpu, arch.timer);

	if (riscv_has_sstc)
		vcpu_wake(vcpu);
	else
		riscv_hvip_set(vcpu, VSTIP);
}

void riscv_vtimer_init(struct vcpu *vcpu)
{
	timer_init_for(&vcpu->arch.timer, vtimer_fire, &vcpu->vm->timers);
	vcpu->arch.guest.timecmp = ~0ul;
}

void riscv_vtimer_set(struct vcpu *vcpu, u64 deadline)
{
	if (riscv_has_sstc) {
		csr_write(CSR_VSTIMECMP, deadline);
		return;
	}
	vcpu->arch.guest.timecmp = deadline;
	/* On the CPU where it was armed the old deadline may be about to raise VSTIP: not after this. */
	timer_cancel_sync(&vcpu->arch.timer);
	riscv_hvip_clear(vcpu, VSTIP);
	if (deadline != ~0ul)
		timer_start(&vcpu->arch.timer, host_deadline(vcpu, deadline));
}

void arch_vcpu_park(struct vcpu *vcpu)
{
	timer_cancel_sync(&vcpu->arch.timer);
}

/* VSTIP, too, is as the guest's time says. */
void arch_vcpu_unpark(struct vcpu *vcpu)
{
	if (!riscv_has_sstc)
		riscv_vtimer_set(vcpu, vcpu->arch.guest.timecmp);
	else if (vcpu->waiting)
		riscv_vtimer_block(vcpu);
}

void riscv_vtimer_preempted(struct vcpu *vcpu)
{
	u64 cmp = vcpu->arch.guest.timecmp;

	if (cmp + (time_hz() >> TIMER_UNSEEN_SHIFT) > guest_now(vcpu))
		timer_start(&vcpu->arch.timer, host_deadline(vcpu, cmp));
}

bool riscv_vtimer_pending(struct vcpu *vcpu)
{
	u64 cmp = vcpu->arch.guest.timecmp;

	if (!riscv_has_sstc)
		return false; /* it is in hvip */
	if (vcpu_is_loaded(vcpu))
		cmp = csr_read(CSR_VSTIMECMP);
	return cmp <= guest_now(vcpu);
}

void riscv_vtimer_block(struct vcpu *vcpu)
{
	u64 cmp = vcpu->arch.guest.timecmp, enabled = vcpu->arch.guest.vsie;

	if (!riscv_has_sstc)
		return; /* armed already */
	if (vcpu_is_loaded(vcpu)) {
		cmp = csr_read(CSR_VSTIMECMP);
		enabled = csr_read(CSR_VSIE);
	}
	/* One that is not enabled in sie does not end WFI; the bits of vsie are the supervisor's. */
	if (cmp != ~0ul && (enabled & VSTIP >> 1))
		timer_start(&vcpu->arch.timer, host_deadline(vcpu, cmp));
}
