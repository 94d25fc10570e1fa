/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_TIMER_CORE_H
#define LODGE_TIMER_CORE_H

/** timer_interrupt() - arch to core: this CPU's timer has fired; interrupts are off. */
void timer_interrupt(void);

#endif
