// SPDX-License-Identifier: Apache-2.0
/* What CONFIG_DEBUG_LOCKS prints before the machine ends. */
#include <lodge/arch.h>
#include <lodge/ksyms.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include "internal.h"

static void print_place(u64 place)
{
	ksym_print(place);
	printk("\n");
}

static const char *name_of(const struct lock_debug *d)
{
	return d->class ? d->class : "a lock";
}

void report_begin(const char *what, const struct lock_debug *d, u64 place)
{
	panic_begin(); /* which turns the checks off */
	printk("lodge: locks on CPU %u: %s", cpu_id(), what);
	if (d)
		printk(": %s", name_of(d));
	printk("\n  at ");
	print_place(place);
}

void report_held(const struct lock_debug *d)
{
	printk("  while %s is held, acquired at ", name_of(d));
	print_place(d->place);
}

void report_path(const struct lock_edge *const *path, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		printk("  before: %s acquired at ", lock_class_name(path[i]->to));
		ksym_print(path[i]->at);
		printk(", while %s was held, acquired at ", lock_class_name(path[i]->from));
		print_place(path[i]->held_at);
	}
}

void report_use(unsigned int class, u32 use, const char *how)
{
	printk("  %s is acquired %s at ", lock_class_name(class), how);
	print_place(lock_class_place(class, use));
}

void report_end(void)
{
	arch_backtrace();
	panic_end();
}
