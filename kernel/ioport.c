// SPDX-License-Identifier: Apache-2.0
/* The I/O ports that the host uses itself. */
#include <lodge/ioport.h>
#include <lodge/printk.h>

#define MAX_CLAIMS 16

static struct {
	u16 first;
	u32 nr;
	const char *who;
} claims[MAX_CLAIMS];
static unsigned int nr_claims;

void ioport_claim(u16 first, u32 nr, const char *who)
{
	/* Each driver has one or two, and there is one of each kind. */
	BUG_ON(nr_claims == MAX_CLAIMS);
	claims[nr_claims].first = first;
	claims[nr_claims].nr = nr;
	claims[nr_claims++].who = who;
}

const char *ioport_owner(u32 first, u32 nr)
{
	unsigned int i;

	for (i = 0; i < nr_claims; i++)
		if (first < claims[i].first + claims[i].nr && claims[i].first < first + nr)
			return claims[i].who;
	return NULL;
}
