/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROL_FIXTURE_H
#define CONTROL_FIXTURE_H

/* A registry with some VMs, and a call whose result is kept. */
#include <lodge/control.h>
#include <lodge/vm.h>
#include <shim.h>

static struct vm_config vm_configs[3];
static struct vm vms[3];
static unsigned int nr_vms;

static inline void add_vm(const char *name)
{
	snprintf(vm_configs[nr_vms].name, VM_NAME_MAX, "%s", name);
	vms[nr_vms].cfg = &vm_configs[nr_vms];
	nr_vms++;
}

struct vm *vm_get_nth(unsigned int n)
{
	if (n >= nr_vms)
		return NULL;
	vms[n].refs++;
	return &vms[n];
}

struct vm *vm_get(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_vms; i++)
		if (!strcmp(vms[i].cfg->name, name))
			return vm_get_nth(i);
	return NULL;
}

void vm_put(struct vm *vm)
{
	vm->refs--;
}

static char result[8192];

static void keep(void *arg, const char *s, size_t n)
{
	size_t len = strlen(result);

	assert_true(len + n < sizeof(result));
	memcpy(result + len, s, n);
	result[len + n] = 0;
}

static struct ctl_call call = { .write = keep };

/* What @line results in, in result[]; all VMs are given back. */
static inline int run_line(const struct ctl_table *table, const char *line)
{
	unsigned int i;
	int rc;

	result[0] = 0;
	rc = ctl_run(&call, table, line);
	for (i = 0; i < nr_vms; i++)
		assert_int_equal(vms[i].refs, 0);
	return rc;
}

#endif
