/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_STOP_H
#define GUEST_STOP_H

#include <lodge/types.h>

/* The machine's power button, at its board's device. */

/* Return: false, with a failed check, if there is none. */
bool button_find(void);
/* The device it is at does what its manual says, while nobody presses the button. */
void button_check(void);
/* Its interrupt comes when it is pressed and, where the board tells, when it is released. */
void button_listen(void);
/* In its interrupt: takes that back. Return: whether that was all of a press. */
bool button_take(void);

extern u32 button_irq;

#endif
