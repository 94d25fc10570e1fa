// SPDX-License-Identifier: Apache-2.0
/*
 * Registers of passed-through devices. The host's drivers give up what they have there when a VM is
 * made, and a device that does DMA is stopped whenever the guest is not to go on with it.
 */
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/thread.h>
#include <lodge/vm.h>
#include "bus_internal.h"

#define PAUSE_US 100000 /* between two attempts to stop one */

static int give_error(const struct vm *vm, const struct vm_config_claim *c, int rc, int node,
		      const char *driver, const char *use, char *err)
{
	char path[80];
	int n;

	fdt_node_path(host_fdt(), node, path, sizeof(path));
	n = scnprintf(err, VM_ERROR_MAX, "%s: %s: the host's device at 0x%lx ", vm->cfg->file,
		      c->node, c->hpa.v);
	if (rc == -EBUSY)
		scnprintf(err + n, VM_ERROR_MAX - (size_t)n,
			  "is %s, which the %s driver of the host uses%s%s: choose another", path,
			  driver, *use ? " " : "", use);
	else if (rc == -EPERM)
		scnprintf(err + n, VM_ERROR_MAX - (size_t)n,
			  "is %s, which does DMA: give the VM \"identical\" memory for that", path);
	else
		scnprintf(err + n, VM_ERROR_MAX - (size_t)n,
			  "is %s, which does not come out of its reset: choose another", path);
	return rc;
}

__cold int vm_registers_take(struct vm *vm, char *err)
{
	bool dma = region_map_has(&vm->cfg->memory, BACKING_IDENTICAL);
	const char *driver, *use, *own;
	unsigned int i;
	int node, rc;

	for (i = 0; i < vm->cfg->nr_claims; i++) {
		const struct vm_config_claim *c = &vm->cfg->claim[i];

		own = c->device ? driver_owned(c->hpa.v, c->size) : NULL;
		if (own) {
			scnprintf(err, VM_ERROR_MAX,
				  "%s: %s: at 0x%lx is %s, which the host uses: choose another",
				  vm->cfg->file, c->node, c->hpa.v, own);
			return -EBUSY;
		}
		rc = c->device ? driver_give(c->hpa.v, c->size, dma, &node, &driver, &use) : 0;
		if (rc)
			return give_error(vm, c, rc, node, driver, use, err);
	}
	return 0;
}

void vm_registers_stop(struct vm *vm)
{
	unsigned int i, tries;

	for (i = 0; i < vm->cfg->nr_claims; i++) {
		const struct vm_config_claim *c = &vm->cfg->claim[i];

		for (tries = 0; c->device && driver_stop(c->hpa.v, c->size); tries++) {
			if (!tries)
				pr_err("vm %s: %s: the reset of the host's device at 0x%lx does not complete; the VM's memory waits for that",
				       vm->cfg->name, c->node, c->hpa.v);
			thread_sleep_us(PAUSE_US);
		}
	}
}
