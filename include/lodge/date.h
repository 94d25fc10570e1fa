/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_DATE_H
#define LODGE_DATE_H

#include <lodge/types.h>

/* A moment in the Gregorian calendar, UTC. */
struct date {
	u32 year;
	u8 month, day;		 /* from 1 */
	u8 hour, minute, second; /* from 0 */
	u8 weekday;		 /* from 0, Sunday */
};

/** date_from_seconds() - the date @seconds after 1970 began. */
void date_from_seconds(u64 seconds, struct date *d);
/** date_to_seconds() - the opposite, of a date since 1970; its weekday is not looked at, and
 * numbers that are too large carry over. */
u64 date_to_seconds(const struct date *d);

#endif
