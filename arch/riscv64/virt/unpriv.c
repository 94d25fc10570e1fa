/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what the guest sees, through both stages of its translation, with the
 * hypervisor load instructions. They may fault; then the next instruction is skipped.
 */
#include <lodge/errno.h>
#include <asm/csr.h>
#include <asm/trap.h>
#include <asm/virt.h>

/* hlvx.hu: two bytes with execute instead of read permission; 0 if it faulted. */
static bool hlvx_hu(u64 va, u64 *val)
{
	u64 ok = 0, v = 0;

	__asm__ volatile("1: .insn r 0x73, 0x4, 0x32, %1, %2, x3\n"
			 "   li %0, 1\n"
			 "2:\n" EX_TABLE("1b", "2b")
			 : "+r"(ok), "+r"(v)
			 : "r"(va)
			 : "memory");
	*val = v;
	return ok;
}

static bool hlv_d(u64 va, u64 *val)
{
	u64 ok = 0, v = 0;

	__asm__ volatile("1: .insn r 0x73, 0x4, 0x36, %1, %2, x0\n"
			 "   li %0, 1\n"
			 "2:\n" EX_TABLE("1b", "2b")
			 : "+r"(ok), "+r"(v)
			 : "r"(va)
			 : "memory");
	*val = v;
	return ok;
}

/*
 * After a fault: a missing nested translation is made and the load tried again. The trap
 * CSRs still tell, as interrupts are off; the trap cleared what it left in hstatus.
 */
static int unpriv_load(struct vcpu *vcpu, bool (*load)(u64 va, u64 *val), u64 va, u64 *val,
		       u32 access)
{
	u64 hstatus = csr_read(CSR_HSTATUS), sstatus = csr_read(CSR_SSTATUS);
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
		csr_write(CSR_HSTATUS, hstatus);
		if (err) {
			err = -EFAULT;
			break;
		}
		err = -EAGAIN;
	}
	csr_write(CSR_HSTATUS, hstatus);
	csr_write(CSR_SSTATUS, sstatus);
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

int riscv_guest_load(struct vcpu *vcpu, u64 va, u64 *val)
{
	return unpriv_load(vcpu, hlv_d, va, val, ACCESS_R);
}
