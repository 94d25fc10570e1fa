// SPDX-License-Identifier: Apache-2.0
/* All VMs by name, from their creation until they are destroyed. */
#include <lodge/spinlock.h>
#include <lodge/string.h>
#include <lodge/thread.h>
#include <lodge/vm.h>
#include "life.h"

static struct list vms = LIST_INIT(vms);
static struct spinlock lock = SPINLOCK_INIT; /* of the list and the references */
static struct waitq released = WAITQ_INIT(released);

void vm_register(struct vm *vm)
{
	unsigned long flags = spin_lock_irqsave(&lock);

	list_push(&vms, &vm->node);
	spin_unlock_irqrestore(&lock, flags);
}

struct vm *vm_get(const char *name)
{
	unsigned long flags = spin_lock_irqsave(&lock);
	struct vm *vm, *found = NULL;

	list_for_each(vm, &vms, node) {
		if (strcmp(vm->cfg->name, name) == 0) {
			found = vm;
			vm->refs++;
			break;
		}
	}
	spin_unlock_irqrestore(&lock, flags);
	return found;
}

struct vm *vm_get_nth(unsigned int n)
{
	unsigned long flags = spin_lock_irqsave(&lock);
	struct vm *vm, *found = NULL;

	list_for_each(vm, &vms, node) {
		if (!n--) {
			found = vm;
			vm->refs++;
			break;
		}
	}
	spin_unlock_irqrestore(&lock, flags);
	return found;
}

void vm_put(struct vm *vm)
{
	unsigned long flags = spin_lock_irqsave(&lock);

	vm->refs--;
	spin_unlock_irqrestore(&lock, flags);
	/* It may be gone already. */
	waitq_wake(&released);
}

static bool is_free(void *arg)
{
	struct vm *vm = arg;
	bool free;

	spin_lock(&lock);
	free = !vm->refs;
	spin_unlock(&lock);
	return free;
}

void vm_unregister(struct vm *vm)
{
	unsigned long flags = spin_lock_irqsave(&lock);

	list_remove(&vm->node);
	spin_unlock_irqrestore(&lock, flags);
	(void)waitq_wait(&released, is_free, vm, 0);
}
