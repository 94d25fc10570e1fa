/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXIT_FIXTURE_H
#define EXIT_FIXTURE_H

/* What handlers of memory faults call, of each architecture; included behind <lodge/vm.h>. */
#include <shim.h>
#include <stdarg.h>

static char crash[200];
static struct {
	u32 access;
	u64 addr;
} fault, unclaimed;
static int memory_error;
static unsigned int memory_crashes, unclaimed_width;

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	lodge_vsnprintf(crash, sizeof(crash), fmt, ap);
	va_end(ap);
}

int vm_memory_fault(struct vcpu *v, gpa_t addr, u32 access)
{
	fault.addr = addr.v;
	fault.access = access;
	return memory_error;
}

void vm_memory_crash(struct vcpu *v, gpa_t addr, u32 access, int err)
{
	memory_crashes++;
	assert_int_equal(err, memory_error);
	assert_true(addr.v == fault.addr && access == fault.access);
}

void vm_unclaimed(struct vcpu *v, gpa_t addr, unsigned int n, bool write)
{
	unclaimed.addr = addr.v;
	unclaimed.access = write ? ACCESS_W : ACCESS_R;
	unclaimed_width = n;
}

#endif
