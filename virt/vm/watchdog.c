// SPDX-License-Identifier: Apache-2.0
/* What becomes of a VM whose guest does not keep its watchdog from expiring. */
#include "watchdog.h"
#include <lodge/printk.h>
#include <lodge/vm.h>
#include "life.h"

void vm_watchdog_expired(struct vm *vm)
{
	u64 before = __atomic_fetch_add(&vm->expiries, 1, __ATOMIC_RELAXED);

	/* What ends or resets it already goes on. */
	if (vm->cfg->on_watchdog == ON_WATCHDOG_RESET)
		vm_request_reset(vm, 0);
	else if (vm->cfg->on_watchdog == ON_WATCHDOG_STOP)
		(void)vm_end(vm, VM_END_WATCHDOG, 1); /* the guest has failed */
	smp_mb(); /* the expiry before told, which the VM's thread writes before it looks for another */
	/* However often it expires: its thread wakes once for all that it has yet to tell. */
	if (before == READ_ONCE(vm->told))
		waitq_wake(&vm->changed);
}

bool vm_watchdog_has_news(const struct vm *vm)
{
	return __atomic_load_n(&vm->expiries, __ATOMIC_RELAXED) != vm->told;
}

void vm_watchdog_tell(struct vm *vm)
{
	u64 n = __atomic_load_n(&vm->expiries, __ATOMIC_RELAXED) - vm->told;

	if (!n)
		return;
	WRITE_ONCE(vm->told, vm->told + n);
	smp_mb(); /* see vm_watchdog_expired() */
	if (n == 1)
		pr_warn("vm %s: its watchdog has expired", vm->cfg->name);
	else
		pr_warn("vm %s: its watchdog has expired %llu times", vm->cfg->name,
			(unsigned long long)n);
}
