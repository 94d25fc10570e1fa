/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_WATCHDOG_H
#define VIRT_VM_WATCHDOG_H

#include <lodge/types.h>

struct vm;

/* A guest chooses how often its watchdog expires, but not how often that is told. */
#define WATCHDOG_TELL_US 1000000

/* Both are for the VM's thread. */

/** vm_watchdog_has_news() - a watchdog has expired since vm_watchdog_tell(). */
bool vm_watchdog_has_news(const struct vm *vm);
/** vm_watchdog_tell() - say so on the console, in a line for all times. */
void vm_watchdog_tell(struct vm *vm);

#endif
