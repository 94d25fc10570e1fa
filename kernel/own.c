// SPDX-License-Identifier: Apache-2.0
/* Registers of the host's that no node of its tree tells of: those of the CPU, and of PCI functions. */
#include <lodge/driver.h>
#include <lodge/hostmap.h>
#include <lodge/init.h>
#include <lodge/printf.h>
#include <lodge/types.h>

#define MAX_OWNED 64

/* Whole pages: a guest gets no less. They come while the machine boots, on its first CPU. */
static struct owned {
	u64 first, last;
	char what[24];
} owned[MAX_OWNED];

static unsigned int nr_owned;

static bool keep(u64 first, u64 last, const char *what)
{
	struct owned *o = owned;

	for (; o < owned + nr_owned; o++)
		if (o->first <= first && last <= o->last)
			return true;
	if (nr_owned == MAX_OWNED)
		return false;
	nr_owned++;
	o->first = first;
	o->last = last;
	scnprintf(o->what, sizeof(o->what), "%s", what);
	return true;
}

volatile void *driver_own(u64 addr, u64 size, const char *what)
{
	volatile void *regs = host_ioremap(addr, size);

	return regs && keep(ALIGN_DOWN(addr, PAGE_SIZE), ALIGN_UP(addr + size, PAGE_SIZE) - 1, what)
		       ? regs
		       : NULL;
}

const char *driver_owned(u64 addr, u64 size)
{
	unsigned int i;

	for (i = 0; i < nr_owned; i++)
		if (owned[i].first <= addr + (size - 1) && addr <= owned[i].last)
			return owned[i].what;
	return NULL;
}
