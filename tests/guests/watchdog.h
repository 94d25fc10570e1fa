/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_WATCHDOG_H
#define TESTS_GUESTS_WATCHDOG_H

#include <lodge/types.h>

/* watchdog-arch.c: the board's watchdog. */

/* From its start, or the last ping, until the guest has failed. */
extern const u64 watchdog_us;

/* Finds it, and checks what can be told of its registers while it is off. Return: whether it is there. */
bool watchdog_check(void);
void watchdog_start(void);
void watchdog_ping(void);
void watchdog_stop(void);
/* What it has told after half of @watchdog_us without a ping, or after its end. */
void watchdog_check_half(void);
void watchdog_check_expired(void);

#endif
