/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_INSN_H
#define ARCH_INSN_H

#include <lodge/types.h>

/* Length of a 64-bit mode instruction, of those that compilers and this library use. */
unsigned int insn_length(const u8 *insn);

#endif
