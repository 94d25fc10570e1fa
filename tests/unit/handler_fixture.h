/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_FIXTURE_H
#define HANDLER_FIXTURE_H

/* What tests of exits need on each architecture: a vCPU, what ends its VM, and handlers that are not called. */
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <shim.h>
#include <stdarg.h>

static struct vcpu vcpu;
static char crash[200];	   /* what its VM ended with */
static const char *called; /* the handler that was, last */

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	va_list ap;

	assert_ptr_equal(v, &vcpu);
	va_start(ap, fmt);
	lodge_vsnprintf(crash, sizeof(crash), fmt, ap);
	va_end(ap);
}

/* A handler with these arguments besides the vCPU. */
#define HANDLER(name, ...)                      \
	int name(struct vcpu *v, ##__VA_ARGS__) \
	{                                       \
		called = #name;                 \
		return EXIT_YIELD;              \
	}

#endif
