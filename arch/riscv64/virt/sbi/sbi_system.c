// SPDX-License-Identifier: Apache-2.0
/* System reset and the debug console (SBI 2.0, chapters 10 and 12). */
#include <lodge/console.h>
#include <lodge/errno.h>
#include <asm/sbi_guest.h>
#include <asm/virt.h>

#define SRST_VENDOR_REASON 0xe0000000u

int sbi_srst(struct vcpu *vcpu, u64 fid)
{
	u32 type = sbi_arg(vcpu, 0), reason = sbi_arg(vcpu, 1);

	if (fid != SBI_SRST_RESET)
		return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
	if (type > SBI_SRST_WARM_REBOOT ||
	    (reason > SBI_SRST_REASON_SYSFAIL && reason < SRST_VENDOR_REASON))
		return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
	if (type == SBI_SRST_SHUTDOWN)
		vm_request_shutdown(vcpu->vm, reason);
	else
		vm_request_reset(vcpu->vm, reason);
	return EXIT_STOP;
}

/* As much of one call as is done with interrupts off; the guest calls again for the rest. */
#define DBCN_CHUNK 256

static int dbcn_write(struct vcpu *vcpu, u64 len, gpa_t addr)
{
	char buf[DBCN_CHUNK];
	u64 i, n = min(len, (u64)sizeof(buf));

	if (guest_read(vcpu->vm, buf, addr, n))
		return sbi_return(vcpu, SBI_ERR_FAILED, 0);
	for (i = 0; i < n; i++)
		vcpu_putc(vcpu, (u8)buf[i]);
	return sbi_return(vcpu, SBI_SUCCESS, n);
}

static int dbcn_read(struct vcpu *vcpu, u64 len, gpa_t addr)
{
	char buf[DBCN_CHUNK];
	u64 n = 0, most = min(len, (u64)sizeof(buf));

	while (n < most) {
		int c = vm_console_getc(vcpu->vm);

		if (c < 0)
			break;
		buf[n++] = c;
	}
	if (n && guest_write(vcpu->vm, addr, buf, n))
		return sbi_return(vcpu, SBI_ERR_FAILED, 0);
	return sbi_return(vcpu, SBI_SUCCESS, n);
}

int sbi_dbcn(struct vcpu *vcpu, u64 fid)
{
	u64 len = sbi_arg(vcpu, 0), addr = sbi_arg(vcpu, 1), high = sbi_arg(vcpu, 2);
	u32 access = fid == SBI_DBCN_READ ? ACCESS_W : ACCESS_R;

	switch (fid) {
	case SBI_DBCN_WRITE:
	case SBI_DBCN_READ:
		/* All of the buffer must allow it, before any of it is used (12.2). */
		if (high != 0 || (len && vm_memory_check(vcpu->vm, gpa(addr), len, access)))
			return sbi_return(vcpu, SBI_ERR_INVALID_PARAM, 0);
		if (len == 0)
			return sbi_return(vcpu, SBI_SUCCESS, 0);
		return fid == SBI_DBCN_WRITE ? dbcn_write(vcpu, len, gpa(addr))
					     : dbcn_read(vcpu, len, gpa(addr));
	case SBI_DBCN_WRITE_BYTE:
		vcpu_putc(vcpu, (u8)len);
		return sbi_return(vcpu, SBI_SUCCESS, 0);
	}
	return sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, 0);
}
