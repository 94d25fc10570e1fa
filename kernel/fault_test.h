/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KERNEL_FAULT_TEST_H
#define KERNEL_FAULT_TEST_H

/* Faults that a boot argument asks for, so that tests see them found. */
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/string.h>

struct fault {
	const char *name;
	void (*fn)(void);
};

/** commit_fault() - that of the @n @faults which @bootarg names, if it is there; ends the machine. */
static inline void commit_fault(const char *bootarg, const struct fault *faults, unsigned int n)
{
	unsigned int i;
	char name[32];

	if (!host_bootarg(bootarg, name, sizeof(name)))
		return;
	for (i = 0; i < n; i++)
		if (strcmp(faults[i].name, name) == 0) {
			pr_info("fault %s", name);
			faults[i].fn();
			panic_plain("nothing has found the fault %s", name);
		}
	panic_plain("%s=%s: there is no such fault", bootarg, name);
}

#endif
