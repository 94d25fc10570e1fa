/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_FIRMWARE_FUZZ_H
#define TESTS_GUESTS_FIRMWARE_FUZZ_H

#include <lodge/types.h>

u64 fuzz_random(void);
/* Hostile, and never a range of RAM that a call could fill or print. */
u64 fuzz_argument(void);

/*
 * One call with random arguments, which does not do what it should if that is to end or
 * stop the guest, wait, or write to the console. Return: false if its answer is none that
 * there is.
 */
bool fuzz_call(void);

#endif
