/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SVM_EXIT_FIXTURE_H
#define SVM_EXIT_FIXTURE_H

/* What the handlers of exits call, and a guest that exits. */
#include "handler_fixture.h"

#define RIP    0x1000ul
#define LENGTH 3

struct cpu_features cpu_features;
static struct vm vm;
static struct vcpu other;
static struct vmcb vmcb;
static int length;	  /* what x86_insn_length() says */
static enum insn_op gone; /* an instruction that is another one's */
static unsigned int prepared, off;

/* ---- what the handlers call ---- */

void vcpu_request(struct vcpu *v, u32 req)
{
	if (req == REQ_OFF)
		off++;
}

int x86_insn_length(struct vcpu *v, enum insn_op op)
{
	return op == gone ? 0 : length;
}

void x86_skip(struct vcpu *v, unsigned int n)
{
	vmcb.save.rip += n;
}

void x86_inject(struct vcpu *v, unsigned int vector)
{
	x86_inject_error(v, vector, 0);
}

void x86_inject_error(struct vcpu *v, unsigned int vector, u32 error)
{
	vmcb.control.eventinj = vector | EVENT_TYPE_EXCEPT | EVENT_VALID | (u64)error << 32;
}

void svm_reinject(struct vcpu *v)
{
	vmcb.control.eventinj = vmcb.control.exitintinfo;
}

int vlapic_pending(const struct vlapic *l)
{
	return -1;
}

static unsigned int taken;

/* Before the handler: it is not called yet. */
void kvmeoi_take(struct vcpu *v)
{
	assert_null(called);
	v->arch.eoi_offered = false;
	taken++;
}

bool vlapic_has_pending(const struct vlapic *l)
{
	return false;
}

void svm_flushed(struct vcpu *v)
{
	v->arch.vmcb->control.tlb_control = TLB_CONTROL_NOTHING;
}

void svm_memory_changed(struct vcpu *v)
{
	prepared++;
}

void svm_offer_interrupt(struct vcpu *v)
{
}

static u64 now; /* in us */

u64 time_now(void)
{
	return now;
}

u64 time_from_us(u64 us)
{
	return us;
}

static unsigned int looked;

void svm_intercept_waits(struct vcpu *v)
{
	looked++;
}

void svm_keep_shadow(struct vcpu *v)
{
}

HANDLER(x86_exit_cpuid)
HANDLER(x86_exit_cr_read)
HANDLER(x86_exit_cr_write)
HANDLER(svm_exit_debug)
HANDLER(svm_exit_iret)
HANDLER(svm_exit_vintr)
HANDLER(x86_exit_vmmcall)
HANDLER(x86_exit_xsetbv)

/* What the exit said, as those that need it are told. */
static u64 told[3];

int x86_exit_msr(struct vcpu *v, bool is_write)
{
	called = "x86_exit_msr";
	told[0] = is_write;
	return EXIT_YIELD;
}

int x86_exit_memory(struct vcpu *v, u64 addr, u64 info)
{
	called = "x86_exit_memory";
	told[0] = addr;
	told[1] = info;
	return EXIT_YIELD;
}

int x86_exit_page_fault(struct vcpu *v, u32 error, u64 addr)
{
	called = "x86_exit_page_fault";
	told[0] = addr;
	told[1] = error;
	return EXIT_YIELD;
}

int x86_port_in(struct vcpu *v, u16 port, unsigned int width)
{
	called = "x86_port_in";
	told[0] = port;
	told[1] = width;
	return EXIT_YIELD;
}

int x86_port_out(struct vcpu *v, u16 port, unsigned int width)
{
	x86_port_in(v, port, width);
	called = "x86_port_out";
	return EXIT_YIELD;
}

int x86_emulate(struct vcpu *v, u64 addr, bool store)
{
	called = "x86_emulate";
	told[0] = addr;
	return EXIT_YIELD;
}

static inline int fresh(void **state)
{
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&vm, 0, sizeof(vm));
	vcpu = (struct vcpu){ .vm = &vm, .state = VCPU_RUNNING };
	vcpu.record_next = vcpu.record;
	vcpu.arch.vmcb = &vmcb;
	vcpu.arch.lapic = (struct vlapic *)&vm;
	vcpu.arch.memory_generation = 1; /* so that an entry that is prepared shows */
	other = (struct vcpu){ .vm = &vm, .id = 1, .state = VCPU_RUNNING };
	vm.vcpu[0] = &vcpu;
	vm.vcpu[1] = &other;
	vm.nr_vcpus = 1;
	vmcb.save.rip = RIP;
	vmcb.save.rflags = X86_FLAG_ONE | X86_FLAG_IF;
	length = LENGTH;
	gone = 0;
	prepared = off = 0;
	called = NULL;
	crash[0] = '\0';
	return 0;
}

/* Another exit of the same guest. */
static inline int again(u64 code)
{
	vmcb.control.exitcode = code;
	return svm_exit(&vcpu);
}

static inline int leave(u64 code)
{
	fresh(NULL);
	return again(code);
}

static inline void assert_injected(u64 event)
{
	assert_true(vmcb.control.eventinj == event);
}

#define EVENT(v) ((u64)(v) | EVENT_TYPE_EXCEPT | EVENT_VALID)

#define T(name) cmocka_unit_test_setup(name, fresh)

#endif
