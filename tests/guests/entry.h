/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_GUESTS_ENTRY_H
#define TESTS_GUESTS_ENTRY_H

#include <lodge/types.h>

/* @got, as a CPU was handed over, must be @want where @mask is set; all of it is shown. */
void entry_is(const char *cpu, const char *name, u64 got, u64 mask, u64 want);

/* entry-arch.c: what each CPU began with. */
void entry_boot_cpu(void);
void entry_other_cpu(u64 id);
/* After a suspend that loses registers, where there is one. */
void entry_resumed(void);

/*
 * entry-devices.c: notes by entry_device() what each device of the board has been handed over
 * with, before this program has changed any.
 */
void entry_devices(const void *fdt);
/* The same as entry_is(), to be shown once there is a console. */
void entry_device(const char *name, u64 got, u64 mask, u64 want);
/* Sets them otherwise; and the clock or its memory so that entry_was_spoilt() is true after a reset. */
void entry_spoil_devices(void);
bool entry_was_spoilt(void);

#endif
