// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's timers. The virtual one is the CPU's own, and the guest's while the vCPU is
 * loaded; its interrupt goes to the guest by way of the interrupt controller's hardware link
 * (vgic). While the vCPU is not loaded, a host timer stands in. The physical timer
 * is emulated with a host timer, and compares with the host's count, which guests can read.
 */
#include <lodge/arch_virt.h>
#include <lodge/time.h>
#include <asm/vgic.h>
#include <asm/virt.h>

/* CNTP_TVAL_EL0, CNTP_CTL_EL0, CNTP_CVAL_EL0 */
enum { OP2_TVAL, OP2_CTL, OP2_CVAL };

static void vtimer_fire(struct timer *t)
{
	vgic_set_ppi(container_of(t, struct vcpu, arch.vtimer), VGIC_IRQ_VTIMER, true);
}

/*
 * The line is up while the timer is on, not masked, and due. The registers are the vCPU's, which
 * changes them and arms the timer only when that is neither armed nor, on another CPU, in its function.
 */
static void ptimer_update(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	bool on = (a->guest.cntp_ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) == CNT_CTL_ENABLE;
	bool due = on && a->guest.cntp_cval <= time_now();

	vgic_set_ppi(vcpu, VGIC_IRQ_PTIMER, due);
	if (on && !due)
		timer_start(&a->ptimer, a->guest.cntp_cval);
}

static void ptimer_fire(struct timer *t)
{
	ptimer_update(container_of(t, struct vcpu, arch.ptimer));
}

void arm64_timers_init(struct vcpu *vcpu)
{
	timer_init_for(&vcpu->arch.vtimer, vtimer_fire, &vcpu->vm->timers);
	timer_init_for(&vcpu->arch.ptimer, ptimer_fire, &vcpu->vm->timers);
}

void arm64_timers_destroy(struct vcpu *vcpu)
{
	timer_cancel_sync(&vcpu->arch.vtimer);
	timer_cancel_sync(&vcpu->arch.ptimer);
}

void arm64_vtimer_load(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;

	timer_cancel(&a->vtimer);
	write_sysreg(cntvoff_el2, vcpu->vm->arch.voff);
	write_sysreg(cntv_cval_el0, a->guest.cntv_cval);
	isb();
	write_sysreg(cntv_ctl_el0, a->guest.cntv_ctl);
}

/* Host time of what the guest compares its count with; what is too far away stays so. */
static u64 host_deadline(const struct vcpu *vcpu)
{
	u64 voff = vcpu->vm->arch.voff, cval = vcpu->arch.guest.cntv_cval;

	return cval > ~0ul - voff ? ~0ul : cval + voff;
}

void arm64_vtimer_put(struct vcpu *vcpu)
{
	struct arch_vcpu *a = &vcpu->arch;
	u64 deadline;

	a->guest.cntv_ctl = read_sysreg(cntv_ctl_el0) & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
	a->guest.cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	if (a->guest.cntv_ctl != CNT_CTL_ENABLE)
		return;
	deadline = host_deadline(vcpu);
	/* One that is preempted goes on as soon as it is entitled to. */
	if (vcpu->waiting || deadline + (time_hz() >> TIMER_UNSEEN_SHIFT) > time_now())
		timer_start(&a->vtimer, deadline);
}

/* The physical timer goes on, as does the count that it compares with. */
void arch_vcpu_park(struct vcpu *vcpu)
{
	timer_cancel_sync(&vcpu->arch.vtimer);
}

void arch_vcpu_unpark(struct vcpu *vcpu)
{
	if (vcpu->arch.guest.cntv_ctl == CNT_CTL_ENABLE)
		timer_start(&vcpu->arch.vtimer, host_deadline(vcpu));
}

/* ---- the physical timer's registers (Arm ARM D19.8.16 to 18) ---- */

u64 arm64_ptimer_read(struct vcpu *vcpu, unsigned int op2)
{
	struct arch_vcpu *a = &vcpu->arch;
	u64 now = time_now();

	switch (op2) {
	case OP2_TVAL:
		return (u32)(a->guest.cntp_cval - now);
	case OP2_CTL:
		if (!(a->guest.cntp_ctl & CNT_CTL_ENABLE) || a->guest.cntp_cval > now)
			return a->guest.cntp_ctl;
		/* Who sees that it is due finds the line up, even before the host's timer came. */
		timer_cancel_sync(&a->ptimer);
		ptimer_update(vcpu);
		return a->guest.cntp_ctl | CNT_CTL_ISTATUS;
	default:
		return a->guest.cntp_cval;
	}
}

void arm64_ptimer_write(struct vcpu *vcpu, unsigned int op2, u64 val)
{
	struct arch_vcpu *a = &vcpu->arch;

	timer_cancel_sync(&a->ptimer);
	switch (op2) {
	case OP2_TVAL:
		a->guest.cntp_cval = time_now() + (u64)(s64)(s32)val;
		break;
	case OP2_CTL:
		a->guest.cntp_ctl = val & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
		break;
	default:
		a->guest.cntp_cval = val;
	}
	ptimer_update(vcpu);
}
