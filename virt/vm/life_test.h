/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_LIFE_TEST_H
#define VIRT_VM_LIFE_TEST_H

/* Tests that boot arguments ask for. All of it runs in the boot thread. */
#include <lodge/commit.h>
#include <lodge/vm.h>

/**
 * struct life_subject - a description of the boot disk whose VM is tried
 * @cfg, @fs: as for vm_create()
 * @commit:   for all its lives
 * @faults:   that were found
 */
struct life_subject {
	const struct vm_config *cfg;
	struct fs *fs;
	struct vm_commit commit;
	u64 faults;
};

/** life_settled() - until @vm is neither loaded nor reset; looks again each @us microseconds. */
static inline void life_settled(const struct vm *vm, u64 us)
{
	while (vm_state(vm) == VM_STARTING)
		thread_sleep_us(us);
}

/** life_cycles() - @n lives, as short as they can be: no memory is missing after them. */
void life_cycles(struct life_subject *s, u64 n);
/** life_faults() - each allocation of a start, a reset and an end fails once. */
void life_faults(struct life_subject *s);
/** life_stop() - its guest is asked to power off until it does, @n times at most. */
void life_stop(struct life_subject *s, u64 n);
/** life_pause() - it is paused for @ms several times, and meanwhile reset and started again. */
void life_pause(struct life_subject *s, u64 ms);

#endif
