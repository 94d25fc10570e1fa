/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VM_REPORT_H
#define LODGE_VM_REPORT_H

#include <lodge/thread.h>

struct vm;

/** vm_report() - how @vm ended and what it cost, on the console. */
void vm_report(const struct vm *vm);

/** vm_report_crash() - why vm->crashed can't go on, and its state. In its thread, not loaded. */
void vm_report_crash(const struct vm *vm);

/* Woken when any VM has ended. */
extern struct waitq vm_events;

#endif
