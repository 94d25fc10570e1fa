/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_WALK_H
#define ASM_WALK_H

#include <lodge/types.h>
#include <asm/emulate.h>
#include <asm/processor.h>

struct vm;

/* A page fault's error code (AMD APM vol. 2, 8.4.2); also what an access is for. */
#define PF_P   BIT(0)
#define PF_W   BIT(1)
#define PF_U   BIT(2)
#define PF_RSV BIT(3)
#define PF_I   BIT(4)

#define WALK_LEVELS 5

/**
 * struct x86_paging - what decides how a guest's linear addresses are translated
 * @user:     the access is made at CPL 3
 * @flags_ac: RFLAGS.AC, which lets supervisors at users' pages in spite of SMAP
 */
struct x86_paging {
	u64 cr0, cr3, cr4, efer;
	bool user, flags_ac;
};

/** x86_va_bits() - of linear addresses in 64-bit mode. */
static inline unsigned int x86_va_bits(u64 cr4)
{
	return cr4 & CR4_LA57 ? 57 : 48;
}

/**
 * struct x86_walk - the entries of the guest's tables that a translation came from
 * @levels: how many; 0 without paging
 * @wide:   they have 8 bytes
 * @at:     where each is in the guest
 * @entry:  where each is in the host
 * @value:  what it was, before A and D were set in it
 */
struct x86_walk {
	unsigned int levels;
	bool wide;
	u64 at[WALK_LEVELS];
	u64 *entry[WALK_LEVELS];
	u64 value[WALK_LEVELS];
};

/**
 * x86_translate() - a guest's linear address, as its processor would translate it
 * @access: PF_W and PF_I; of neither, a read. A and D bits are set accordingly
 * @walk:   may be NULL
 *
 * Each entry is read once; tables are as many as there are levels at most.
 * Return: EMUL_DONE with @gpa, EMUL_FAULT with @fault for the guest, EMUL_AGAIN if the tables
 * changed meanwhile, -ENOMEM. Where the guest has no memory entries read as ones.
 */
__must_check int x86_translate(struct vm *vm, const struct x86_paging *p, u64 addr, u32 access,
			       u64 *gpa, struct x86_fault *fault, struct x86_walk *walk);

#endif
