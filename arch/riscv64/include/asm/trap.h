/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <lodge/extable.h>
#include <lodge/types.h>

/* A trap out of the host, on its stack. A multiple of 16 bytes. */
struct trap_frame {
	u64 gpr[32]; /* x0 is not used */
	u64 pc;
	u64 sstatus;
	u64 scause;
	u64 stval;
};

static_assert(sizeof(struct trap_frame) % 16 == 0, "the stack stays aligned");

/*
 * Whether @insn has run without a trap. It writes %1, which is @val, 0 if it trapped; what
 * comes after that are inputs as asm statements have them, from %2 on.
 */
#define try_insn(insn, val, ...)                                \
	({                                                      \
		u64 ok_ = 0;                                    \
                                                                \
		(val) = 0;                                      \
		__asm__ volatile(EX_GUARDED(insn, "li %0, 1\n") \
				 : "+r"(ok_), "+r"(val)         \
				 : __VA_ARGS__                  \
				 : "memory");                   \
		ok_ != 0;                                       \
	})

void riscv_trap(struct trap_frame *f);
__noreturn void riscv_stack_overflow(u64 sp);
void riscv_handle_interrupt(u64 cause);

#endif
