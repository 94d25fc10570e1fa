/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_STACK_H
#define ASM_STACK_H

#define STACK_PAGES 4

#endif
