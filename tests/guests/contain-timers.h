/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAIN_TIMERS_H
#define CONTAIN_TIMERS_H

#include <guest/guest.h>

/* The timers that each CPU has of its own; sleeps for ever. */
void __noreturn timers_flood(void);
/* Those that are devices. */
void timers_flood_devices(void);

#endif
