/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SVM_INJECT_FIXTURE_H
#define SVM_INJECT_FIXTURE_H

/* Events of one vCPU: its control block, and a local APIC with a vector or two. */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/svm/inject.c"
#include <shim.h>
#include <stdarg.h>

static struct vcpu vcpu;
static struct vm vm;
static struct vmcb vmcb;
static unsigned int crashes, kicks, taken_back, hidden;
static bool flushed;
static int pending; /* the local APIC's vector, -1 for none */

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	crashes++;
}

void vcpu_request(struct vcpu *v, u32 req)
{
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
}

void timer_start(struct timer *t, u64 deadline)
{
}

u64 time_now(void)
{
	return 0;
}

u64 time_from_us(u64 us)
{
	return us;
}

void arch_cpu_kick(struct cpu *c)
{
	kicks++;
}

int vlapic_pending(const struct vlapic *l)
{
	return pending;
}

static int behind;    /* what waits with a lower priority */
static int overtaken; /* what another CPU makes pending between the look and the acceptance */

int vlapic_accept(struct vlapic *l)
{
	int vector = overtaken ? overtaken : pending;

	overtaken = 0;
	pending = behind ? behind : -1;
	behind = 0;
	return vector;
}

static unsigned int offered;

void kvmeoi_offer(struct vcpu *v, u8 vector)
{
	/* What is in service is being injected. */
	assert_true((u8)vmcb.control.eventinj == vector);
	offered = vector;
}

void kvmeoi_take(struct vcpu *v)
{
}

bool vlapic_has_pending(const struct vlapic *l)
{
	return pending >= 0;
}

void vlapic_take_back(struct vlapic *l, u8 vector)
{
	taken_back++;
	pending = vector;
}

void vlapic_nmi_taken(struct vlapic *l)
{
}

void x86_ones_hide(struct vcpu *v)
{
	v->arch.ones.nr = 0;
	hidden++;
	flushed = false;
}

void svm_memory_changed(struct vcpu *v)
{
	flushed = true;
}

struct cpu_features cpu_features;
static bool hlt; /* the next instruction is one */

bool x86_hlt_is_next(struct vcpu *v)
{
	return hlt;
}

void x86_skip(struct vcpu *v, unsigned int length)
{
	vmcb.save.rip += length;
	vmcb.control.interrupt_shadow = 0;
}

static int setup(void **state)
{
	memset(&vmcb, 0, sizeof(vmcb));
	vcpu = (struct vcpu){ .vm = &vm };
	vcpu.arch.vmcb = &vmcb;
	vcpu.arch.lapic = (struct vlapic *)&vm;
	vcpu.arch.guest.nmi_iret_rip = ~(u64)0;
	vmcb.save.rflags = X86_FLAG_ONE | X86_FLAG_IF;
	vmcb.save.cr0 = CR0_PE;
	crashes = kicks = taken_back = hidden = 0;
	pending = -1;
	return 0;
}

#define EXCEPTION(v) ((u64)(v) | EVENT_TYPE_EXCEPT | EVENT_VALID)

/* An exit in the middle of the delivery of @event. */
static void exit_from(u64 event)
{
	vmcb.control.exitintinfo = event;
	vmcb.control.eventinj = 0;
	svm_reinject(&vcpu);
}

static void assert_injected(u64 event)
{
	assert_true((vmcb.control.eventinj & ~EVENT_EV) == event);
}

#endif
