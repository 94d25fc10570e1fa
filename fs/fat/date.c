// SPDX-License-Identifier: Apache-2.0
/* Dates as directories have them: from 1980 on, in steps of two seconds; ours are UTC. */
#include <lodge/date.h>
#include <lodge/wallclock.h>

#include "fat.h"

#define NS_PER_SECOND 1000000000ull
#define FIRST_YEAR    1980u
#define LAST_YEAR     2107u

void fat_date(u64 ns, u16 *date, u16 *time)
{
	struct date d;

	*date = 1 << 5 | 1;
	*time = 0;
	date_from_seconds(ns / NS_PER_SECOND, &d);
	/* Also when there is no clock, and time began when the machine did. */
	if (d.year < FIRST_YEAR || d.year > LAST_YEAR)
		return;
	*date = (u16)((d.year - FIRST_YEAR) << 9 | (u32)d.month << 5 | d.day);
	*time = (u16)(d.hour << 11 | d.minute << 5 | d.second / 2);
}

void fat_touch(u8 *raw, bool created)
{
	u16 date, time;

	fat_date(wallclock_ns(), &date, &time);
	put_le16(raw + DE_ADATE, date);
	put_le16(raw + DE_TIME, time);
	put_le16(raw + DE_DATE, date);
	if (!created)
		return;
	put_le16(raw + DE_CTIME, time);
	put_le16(raw + DE_CDATE, date);
}
