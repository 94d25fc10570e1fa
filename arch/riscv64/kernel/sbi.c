// SPDX-License-Identifier: Apache-2.0
/* Calls to the firmware that Lodge runs on. Nothing of a guest gets here. */
#include <lodge/arch.h>
#include <asm/sbi.h>

struct sbiret sbi_call(unsigned long ext, unsigned long fid, unsigned long arg0, unsigned long arg1,
		       unsigned long arg2, unsigned long arg3)
{
	register unsigned long a0 __asm__("a0") = arg0;
	register unsigned long a1 __asm__("a1") = arg1;
	register unsigned long a2 __asm__("a2") = arg2;
	register unsigned long a3 __asm__("a3") = arg3;
	register unsigned long a6 __asm__("a6") = fid;
	register unsigned long a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbiret){ (long)a0, a1 };
}

void arch_early_putc(char c)
{
	/* The legacy call is the one that every firmware version has. */
	struct sbiret r = sbi_call(SBI_EXT_CONSOLE_PUTCHAR, 0, (u8)c, 0, 0, 0);

	if (r.error == SBI_ERR_NOT_SUPPORTED)
		sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE_BYTE, (u8)c, 0, 0, 0);
}

void arch_power_off(unsigned int status)
{
	sbi_call(SBI_EXT_SRST, SBI_SRST_RESET, SBI_SRST_SHUTDOWN,
		 status ? SBI_SRST_REASON_SYSFAIL : SBI_SRST_REASON_NONE, 0, 0);
	sbi_call(SBI_EXT_SHUTDOWN, 0, 0, 0, 0, 0);
}
