/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <lodge/extable.h>
#include <lodge/types.h>

/* A trap out of the host, on its stack. A multiple of 16 bytes. */
struct trap_frame {
	u64 gpr[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 esr;
	u64 far;
	u64 record[2]; /* of the interrupted place, so that a backtrace goes through it */
};

static_assert(sizeof(struct trap_frame) % 16 == 0, "the stack stays aligned");

/*
 * Whether @insn has run without a trap. It writes %1, which is @val, 0 if it trapped; what
 * comes after that are inputs as asm statements have them, from %2 on.
 */
#define try_insn(insn, val, ...)                                 \
	({                                                       \
		u64 ok_ = 0;                                     \
                                                                 \
		(val) = 0;                                       \
		__asm__ volatile(EX_GUARDED(insn, "mov %0, 1\n") \
				 : "+r"(ok_), "+r"(val)          \
				 : __VA_ARGS__                   \
				 : "memory");                    \
		ok_ != 0;                                        \
	})

/** arm64_handle_irq() - interrupts of the host, from a trap or an exit, with them masked. */
void arm64_handle_irq(void);

/* What vectors.S calls. */
void arm64_trap(struct trap_frame *f);
__noreturn void arm64_unexpected(struct trap_frame *f);
__noreturn void arm64_stack_overflow(u64 sp);

extern const char arm64_vectors[], arm64_vectors_guarded[];

#endif
