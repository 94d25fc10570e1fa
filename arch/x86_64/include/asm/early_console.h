/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_EARLY_CONSOLE_H
#define ASM_EARLY_CONSOLE_H

/** early_console_init() - look for COM1 and set its speed, for arch_early_putc(). */
void early_console_init(void);

#endif
