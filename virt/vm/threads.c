// SPDX-License-Identifier: Apache-2.0
/* The threads of a VM and of its vCPUs, and what its description gives them of the host's CPUs. */
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/printf.h>
#include <lodge/sched_policy.h>
#include <lodge/smp.h>
#include <lodge/vcpu.h>
#include "life.h"
#include "threads.h"

#define VM_THREAD_WEIGHT 256 /* at least, of its own thread */

/* A sentence about the vCPU whose description can't be met. */
#define REFUSE(vcpu, err, fmt, ...)                                                          \
	scnprintf(err, VM_ERROR_MAX, "%s: vCPU %u: " fmt, (vcpu)->vm->cfg->file, (vcpu)->id, \
		  ##__VA_ARGS__)

/* In tenths of a percent of a CPU. */
static unsigned int permille(u64 part)
{
	return (unsigned int)(part * 1000 / SCHED_WHOLE);
}

static int set_affinity(struct vcpu *vcpu, u64 cpus, char *err)
{
	int rc = thread_set_affinity(vcpu->thread, cpus);

	if (rc)
		REFUSE(vcpu, err,
		       "\"affinity\" names only CPUs that other vCPUs have alone: choose another");
	return rc;
}

static int set_reservation(struct vcpu *vcpu, const struct vcpu_config *c, char *err)
{
	u64 budget = c->reservation_us[0], period = c->reservation_us[1];
	unsigned int want = (unsigned int)(budget * 1000 / period), left;
	int rc = thread_set_reservation(vcpu->thread, budget * 1000, period * 1000);

	if (!rc)
		return 0;
	left = permille(thread_reservable(c->affinity ? c->affinity : SCHED_ANY_CPU));
	REFUSE(vcpu, err,
	       "\"reservation-us\" is %llu of %llu, %u.%u %% of a CPU, and no CPU for it has more than %u.%u %% left: reserve less, or end another VM",
	       (unsigned long long)budget, (unsigned long long)period, want / 10, want % 10,
	       left / 10, left % 10);
	return rc;
}

static int set_exclusive(struct vcpu *vcpu, const struct vcpu_config *c, char *err)
{
	int rc = thread_set_exclusive(vcpu->thread, true);

	if (rc)
		REFUSE(vcpu, err,
		       "\"exclusive\" can't have CPU %u, where others have reservations or have to run: choose another",
		       ctz64(c->affinity));
	return rc;
}

static int entitle_vcpu(struct vcpu *vcpu, const struct vcpu_config *c, char *err)
{
	int rc = c->affinity ? set_affinity(vcpu, c->affinity, err) : 0;

	thread_set_weight(vcpu->thread, c->weight);
	if (c->cap)
		thread_set_cap(vcpu->thread, c->cap);
	if (!rc && c->reservation_us[0])
		rc = set_reservation(vcpu, c, err);
	if (!rc && c->exclusive)
		rc = set_exclusive(vcpu, c, err);
	return rc;
}

int vm_threads_entitle(struct vm *vm, char *err)
{
	unsigned int i;
	int rc;

	if (vm->entitled)
		return 0;
	rc = vm_config_check_affinity(vm->cfg, cpu_count(), err);
	vm->entitled = !rc;
	for (i = 0; !rc && i < vm->nr_vcpus; i++)
		rc = entitle_vcpu(vm->vcpu[i], &vm->cfg->vcpu[i], err);
	if (rc)
		vm_threads_disentitle(vm);
	return rc;
}

void vm_threads_disentitle(struct vm *vm)
{
	unsigned int i;

	vm->entitled = false;
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct thread *t = vm->vcpu[i]->thread;

		/* Nothing is refused of what is given back. */
		BUG_ON(thread_set_exclusive(t, false));
		BUG_ON(thread_set_reservation(t, 0, 0));
		thread_set_cap(t, 0);
		thread_set_weight(t, SCHED_WEIGHT_MAX);
	}
}

int vm_threads_create(struct vm *vm, char *err)
{
	unsigned int i;

	vm->thread = thread_create_any(vm->cfg->name, vm_thread, vm);
	if (!vm->thread) {
		scnprintf(err, VM_ERROR_MAX, "%s: not enough memory for the stack of its thread",
			  vm->cfg->file);
		return -ENOMEM;
	}
	/* Its work is no less urgent than the guest's, nor that of a guest which hardly runs. */
	thread_set_weight(vm->thread, max(vm->cfg->vcpu[0].weight, (u32)VM_THREAD_WEIGHT));
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vcpu *v = vm->vcpu[i];

		v->thread = thread_create_any(vm->cfg->name, vcpu_thread, v);
		if (!v->thread) {
			REFUSE(v, err, "not enough memory for its stack");
			return -ENOMEM;
		}
	}
	return vm_threads_entitle(vm, err);
}

void vm_threads_start(struct vm *vm)
{
	unsigned int i;

	vm->begun = true;
	for (i = 0; i < vm->nr_vcpus; i++)
		thread_start(vm->vcpu[i]->thread);
	thread_start(vm->thread);
}

static void join(const struct vm *vm, struct thread **thread)
{
	if (!*thread)
		return;
	if (!vm->begun)
		thread_start(*thread); /* and ends at once */
	thread_join(*thread);
	*thread = NULL;
}

void vm_threads_join(struct vm *vm)
{
	unsigned int i;

	WRITE_ONCE(vm->over, true);
	waitq_wake(&vm->changed);
	join(vm, &vm->thread);
	for (i = 0; i < vm->nr_vcpus; i++) {
		waitq_wake(&vm->vcpu[i]->wait);
		join(vm, &vm->vcpu[i]->thread);
	}
}
