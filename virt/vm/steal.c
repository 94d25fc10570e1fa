// SPDX-License-Identifier: Apache-2.0
/* Steal time: what the guest is told of the time for which its vCPUs wait for a CPU. */
#include <lodge/errno.h>
#include <lodge/steal.h>
#include <lodge/time.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <asm/barrier.h>
#include <asm/layout.h>

#define NS_PER_SEC   1000000000ull
#define PREEMPTED_AT 16

void vcpu_steal_begin(struct vcpu *vcpu)
{
	vcpu->steal = (struct vcpu_steal){ .before = thread_waited(vcpu->thread) };
	vcpu->steal.seen = vcpu->steal.before;
}

void vcpu_steal_update(struct vcpu *vcpu, bool preempted)
{
	struct vcpu_steal *s = &vcpu->steal;
	u64 hz = time_hz(), ticks;

	s->seen = thread_waited(vcpu->thread);
	s->preempted = preempted;
	ticks = s->seen - s->before;
	s->tell(vcpu, ticks / hz * NS_PER_SEC + ticks % hz * NS_PER_SEC / hz, preempted);
}

void vcpu_steal_on(struct vcpu *vcpu, void (*tell)(struct vcpu *vcpu, u64 ns, bool preempted))
{
	vcpu->steal.tell = tell;
	vcpu_steal_update(vcpu, false);
}

void vcpu_steal_off(struct vcpu *vcpu)
{
	vcpu->steal.tell = NULL;
}

void vcpu_steal_end(struct vcpu *vcpu)
{
	vcpu->steal.seen = thread_waited(vcpu->thread);
}

u64 vm_steal_us(const struct vm *vm)
{
	unsigned int i;
	u64 ticks = 0;

	for (i = 0; i < vm->nr_vcpus; i++)
		ticks += vm->vcpu[i]->steal.seen - vm->vcpu[i]->steal.before;
	return time_to_us(ticks);
}

void steal_record_write(struct vcpu *vcpu, gpa_t addr, unsigned int sequence, unsigned int time,
			u64 ns, bool preempted)
{
	struct block_seg seg;
	u32 *count, now;
	u8 *record;
	/* Looked for each time: whether it is there, and may be written, only the map knows. */
	int rc = vm_memory_segs(vcpu->vm, addr, STEAL_RECORD_SIZE, ACCESS_W, &seg, 1);

	/* As for a store of its own. */
	if (rc == -ENOMEM)
		vm_memory_crash(vcpu, addr, ACCESS_W, rc);
	if (rc < 0)
		return;
	record = hpa_to_kva(seg.addr);
	count = (u32 *)(record + sequence);
	/* Whatever the guest has left there is counted on, and can only hurt itself. */
	now = (READ_ONCE(*count) + 1) | 1;
	WRITE_ONCE(*count, now);
	smp_wmb(); /* odd before the time changes: a reader that saw some of it starts again */
	WRITE_ONCE(*(u64 *)(record + time), ns);
	smp_wmb(); /* the time before the next even number */
	WRITE_ONCE(*count, now + 1);
	WRITE_ONCE(record[PREEMPTED_AT], preempted);
}
