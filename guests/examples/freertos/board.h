/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

void board_put(char c);
/* Of the counter; board_hz() of them are a second. */
uint64_t board_now(void);
uint64_t board_hz(void);
/* When the tick that is handled, or comes next, was to come. */
uint64_t board_tick_due(void);
void board_off(void);
/* %s and %lu. */
void print(const char *fmt, ...);

#endif
