/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_SBI_H
#define ARCH_SBI_H

#include <lodge/types.h>

/* RISC-V Supervisor Binary Interface 2.0. */

struct sbiret {
	long error;
	long value;
};

#define SBI_BASE   0x10
#define SBI_TIME   0x54494d45
#define SBI_IPI	   0x735049
#define SBI_RFENCE 0x52464e43
#define SBI_HSM	   0x48534d
#define SBI_SRST   0x53525354
#define SBI_PMU	   0x504d55
#define SBI_DBCN   0x4442434e
#define SBI_SUSP   0x53555350
#define SBI_CPPC   0x43505043
#define SBI_NACL   0x4e41434c
#define SBI_STA	   0x535441

#define SBI_SUCCESS		  0
#define SBI_ERR_FAILED		  (-1)
#define SBI_ERR_NOT_SUPPORTED	  (-2)
#define SBI_ERR_INVALID_PARAM	  (-3)
#define SBI_ERR_DENIED		  (-4)
#define SBI_ERR_INVALID_ADDRESS	  (-5)
#define SBI_ERR_ALREADY_AVAILABLE (-6)

struct sbiret sbi_call(u64 eid, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
/* A legacy call: what a0 holds after it. */
long sbi_legacy(u64 eid, u64 a0, u64 a1, u64 a2, u64 a3);

#define sbi_call3(eid, fid, a, b, c) sbi_call(eid, fid, a, b, c, 0, 0, 0)

bool sbi_has(u64 eid);
struct sbiret sbi_set_timer(u64 when);

#endif
