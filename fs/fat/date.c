// SPDX-License-Identifier: Apache-2.0
/* Dates as directories have them: from 1980 on, in steps of two seconds; ours are UTC. */
#include <lodge/wallclock.h>

#include "fat.h"

#define NS_PER_SECOND	1000000000ull
#define SECONDS_PER_DAY 86400u
#define DAYS_TO_1980	3652u
#define FIRST_YEAR	1980u
#define LAST_YEAR	2107u

static u32 month_days(u32 year, u32 month)
{
	static const u8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

void fat_date(u64 ns, u16 *date, u16 *time)
{
	u64 seconds = ns / NS_PER_SECOND;
	u64 days = seconds / SECONDS_PER_DAY;
	u32 year = FIRST_YEAR, month = 1, s = seconds % SECONDS_PER_DAY;

	*date = 1 << 5 | 1;
	*time = 0;
	/* Also when there is no clock, and time began when the machine did. */
	if (days < DAYS_TO_1980)
		return;
	for (days -= DAYS_TO_1980; days >= month_days(year, month);) {
		days -= month_days(year, month);
		if (++month > 12) {
			month = 1;
			year++;
		}
		if (year > LAST_YEAR)
			return;
	}
	*date = (year - FIRST_YEAR) << 9 | month << 5 | (days + 1);
	*time = s / 3600 << 11 | s / 60 % 60 << 5 | s % 60 / 2;
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
