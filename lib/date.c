// SPDX-License-Identifier: Apache-2.0
/*
 * The calendar, in years that begin with March: then the leap day is the last of its
 * year, and the days before a month are 30.6 for each, rounded.
 */
#include <lodge/date.h>

#define SECONDS_PER_DAY	  86400u
#define DAYS_PER_400YEARS 146097u
#define DAYS_PER_100YEARS 36524u
#define DAYS_PER_4YEARS	  1461u
#define DAYS_PER_YEAR	  365u

/* From March of the year 0 to 1970. */
#define EPOCH_DAYS 719468u

static u32 min_u32(u64 a, u32 b)
{
	return a < b ? (u32)a : b;
}

void date_from_seconds(u64 seconds, struct date *d)
{
	u64 days = seconds / SECONDS_PER_DAY + EPOCH_DAYS, year;
	u32 second = seconds % SECONDS_PER_DAY, n, month;

	d->weekday = (days + 3) % 7; /* March 1st of the year 0 was a Wednesday */
	d->hour = (u8)(second / 3600);
	d->minute = second / 60 % 60;
	d->second = second % 60;

	/* The last of 4 centuries and the last of 4 years may be a day longer. */
	year = days / DAYS_PER_400YEARS * 400;
	days %= DAYS_PER_400YEARS;
	n = min_u32(days / DAYS_PER_100YEARS, 3);
	year += n * 100;
	days -= n * DAYS_PER_100YEARS;
	year += days / DAYS_PER_4YEARS * 4;
	days %= DAYS_PER_4YEARS;
	n = min_u32(days / DAYS_PER_YEAR, 3);
	year += n;
	days -= n * DAYS_PER_YEAR;

	month = (u32)(5 * days + 2) / 153; /* from March */
	d->day = (u8)(days - (153 * month + 2) / 5 + 1);
	d->month = (u8)(month < 10 ? month + 3 : month - 9);
	d->year = (u32)year + (d->month <= 2);
}

u64 date_to_seconds(const struct date *d)
{
	u64 year = d->year - (d->month <= 2);
	u32 month = (d->month + 9u) % 12;
	u64 days = year * DAYS_PER_YEAR + year / 4 - year / 100 + year / 400 +
		   (153 * month + 2) / 5 + d->day - 1 - EPOCH_DAYS;

	return days * SECONDS_PER_DAY + d->hour * 3600u + d->minute * 60u + d->second;
}
