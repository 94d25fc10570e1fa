/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_FLAG_H
#define ASM_FLAG_H

/* A bit of a register, for C and for assemblers, which know no suffixes. */
#ifdef __ASSEMBLY__
#define FLAG(n) (1 << (n))
#else
#define FLAG(n) (1ul << (n))
#endif

#endif
