// SPDX-License-Identifier: Apache-2.0
/*
 * Reading what the guest sees, through both stages of its translation, with the
 * hypervisor load instructions. They may fault; then the next instruction is skipped.
 */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/trap.h>
#include <asm/virt.h>

static bool hlvx_hu(u64 va, u64 *val)
{
	return try_insn(HLVX_HU("%1", "%2"), *val, "r"(va));
}

static bool hlv_d(u64 va, u64 *val)
{
	return try_insn(HLV_D("%1", "%2"), *val, "r"(va));
}

/* What the guest's exit left, which a fault of the host's own overwrites. */
struct trap_csrs {
	u64 hstatus, sstatus, scause, stval, htval, htinst;
};

static struct trap_csrs trap_csrs_read(void)
{
	return (struct trap_csrs){
		csr_read(CSR_HSTATUS), csr_read(CSR_SSTATUS), csr_read(CSR_SCAUSE),
		csr_read(CSR_STVAL),   csr_read(CSR_HTVAL),   csr_read(CSR_HTINST),
	};
}

static void trap_csrs_write(const struct trap_csrs *t)
{
	csr_write(CSR_HSTATUS, t->hstatus);
	csr_write(CSR_SSTATUS, t->sstatus);
	csr_write(CSR_SCAUSE, t->scause);
	csr_write(CSR_STVAL, t->stval);
	csr_write(CSR_HTVAL, t->htval);
	csr_write(CSR_HTINST, t->htinst);
}

/*
 * After a fault: a missing nested translation is made and the load tried again. The trap
 * CSRs tell of it, as interrupts are off, and in the end of the guest's exit again.
 */
static int unpriv_load(struct vcpu *vcpu, bool (*load)(u64 va, u64 *val), u64 va, u64 *val,
		       u32 access)
{
	struct trap_csrs saved = trap_csrs_read();
	int tries, err = -EAGAIN;

	/* HLVX wants execute permission alone; QEMU 7.2 wants read as well, unless MXR is set. */
	if (access == ACCESS_X)
		csr_set(CSR_SSTATUS, SSTATUS_MXR);
	/* Two stages of tables and the page itself may each be missing once. */
	for (tries = 0; tries < 12; tries++) {
		u64 cause;

		if (load(va, val)) {
			err = 0;
			break;
		}
		cause = csr_read(CSR_SCAUSE);
		if (cause != CAUSE_LOAD_GUEST_PF && cause != CAUSE_FETCH_GUEST_PF)
			break;
		err = vm_memory_fault(vcpu,
				      riscv_fault_gpa(csr_read(CSR_HTVAL), csr_read(CSR_STVAL)),
				      csr_read(CSR_HTINST) ? ACCESS_R : access);
		csr_write(CSR_HSTATUS, saved.hstatus);
		if (err) {
			if (err != -ENOMEM)
				err = -EFAULT;
			break;
		}
		err = -EAGAIN;
	}
	trap_csrs_write(&saved);
	return err;
}

int riscv_fetch_insn(struct vcpu *vcpu, u64 pc, u32 *insn)
{
	u64 lo, hi;
	int err = unpriv_load(vcpu, hlvx_hu, pc, &lo, ACCESS_X);
	if (err)
		return err;
	*insn = (u16)lo;
	if ((lo & 3) != 3)
		return 0;
	err = unpriv_load(vcpu, hlvx_hu, pc + 2, &hi, ACCESS_X);
	*insn |= (u32)(u16)hi << 16;
	return err;
}

/*
 * The hart may have fetched it by a translation that is in its TLB and no longer in memory.
 * Without that the guest's next fetch takes the exception: its own page fault, or here, where
 * the tables or the page are in no memory, an access fault.
 */
int riscv_fetch_failed(struct vcpu *vcpu, int err)
{
	if (err == -EFAULT)
		riscv_inject(vcpu, CAUSE_FETCH_ACCESS, vcpu->arch.guest.pc);
	else if (err == -EAGAIN)
		arch_vcpu_sync(vcpu, REQ_TLB_FLUSH);
	else
		return err;
	return EXIT_RESUME;
}

int riscv_guest_load(struct vcpu *vcpu, u64 va, u64 *val)
{
	return unpriv_load(vcpu, hlv_d, va, val, ACCESS_R);
}
