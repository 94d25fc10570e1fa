/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PASSED_H
#define PASSED_H

#include <guest/guest.h>

/* A device of the host's that the guest of passed.c was given, and whose line it can move. */

#define PASSED_BASE 0x0b000000UL

extern const u32 passed_irq;
/* A line that stays up interrupts again when the last one is completed. */
bool passed_comes_again(void);

/* It may interrupt this CPU. */
void passed_enable(void);
/* The line is down. */
void passed_init(void);
/* And up, until it is lowered. */
void passed_raise(void);
void passed_lower(void);

#endif
