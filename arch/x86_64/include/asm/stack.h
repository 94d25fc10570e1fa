/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_STACK_H
#define ASM_STACK_H

/*
 * A stack lies in the upper half of a slot aligned to its size, the lower half is not
 * mapped. An overflow faults there, and as the fault finds no stack either it becomes a
 * double fault, which has a stack of its own (IST).
 */
#ifdef CONFIG_KASAN
#define STACK_PAGES 8 /* for the frames with redzones in them */
#define STACK_BIT   15
#else
#define STACK_PAGES 4
#define STACK_BIT   14 /* 16 KiB */
#endif
#define STACK_SIZE (1 << STACK_BIT)
#define STACK_SLOT (2 * STACK_SIZE)

/* Of an exception that can't use the stack that it comes on. */
#define OVERFLOW_STACK_SIZE (STACK_SIZE / 4)

#endif
