// SPDX-License-Identifier: Apache-2.0
/* ID registers of guests, made once from those of the CPU. */
#include <lodge/init.h>
#include <lodge/nospec.h>
#include <asm/sysreg_id.h>
#include <asm/vgic.h>
#include <asm/virt.h>
#include <asm/vsysreg.h>

#define NR_CRM (IDREG_CRM_LAST - IDREG_CRM_FIRST + 1)

static u64 idregs[NR_CRM][8] __ro_after_init;

/* clang-format off */
#define READ_CRM(n)                                                     \
	{ read_sysreg(S3_0_C0_C##n##_0), read_sysreg(S3_0_C0_C##n##_1), \
	  read_sysreg(S3_0_C0_C##n##_2), read_sysreg(S3_0_C0_C##n##_3), \
	  read_sysreg(S3_0_C0_C##n##_4), read_sysreg(S3_0_C0_C##n##_5), \
	  read_sysreg(S3_0_C0_C##n##_6), read_sysreg(S3_0_C0_C##n##_7) }
/* clang-format on */

void arm64_idregs_init(unsigned int parange)
{
	const struct idreg_board board = { .parange = parange, .gicv3 = !vgic_is_v2() };
	const u64 host[NR_CRM][8] = { READ_CRM(1), READ_CRM(2), READ_CRM(3), READ_CRM(4),
				      READ_CRM(5), READ_CRM(6), READ_CRM(7) };
	bool aarch32 = sysreg_field(read_sysreg(id_aa64pfr0_el1), ID_AA64PFR0_EL0) == 2;
	unsigned int crm, op2;

	for (crm = IDREG_CRM_FIRST; crm <= IDREG_CRM_LAST; crm++)
		for (op2 = 0; op2 < 8; op2++) {
			/* Without AArch32 they are not known (D19.2.69). */
			if (crm <= 3 && !aarch32)
				continue;
			idregs[crm - IDREG_CRM_FIRST][op2] = idreg_guest_value(
				crm, op2, host[crm - IDREG_CRM_FIRST][op2], &board);
		}
}

u64 arm64_idreg(unsigned int crm, unsigned int op2)
{
	return idregs[index_nospec(crm - IDREG_CRM_FIRST, NR_CRM)][op2 & 7];
}
