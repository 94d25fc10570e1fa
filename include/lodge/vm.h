/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VM_H
#define LODGE_VM_H

#include <lodge/backoff.h>
#include <lodge/block.h>
#include <lodge/list.h>
#include <lodge/nospec.h>
#include <lodge/pgtable.h>
#include <lodge/region.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/vm_config.h>
#include <lodge/vm_state.h>
#include <asm/vm.h> /* struct arch_vm */

struct vcpu;
struct console_port;
struct fs;
struct vm_commit;

#define VM_CRASH_MAX 160 /* of the reason, with its end */

/* Why a VM ended. */
enum vm_end {
	VM_END_NONE,
	VM_END_SHUTDOWN,
	VM_END_RESET,
	VM_END_CRASH,
	VM_END_ALL_OFF,	   /* its last vCPU switched itself off */
	VM_END_FAILED,	   /* the host could not go on with it: no memory, or its reset failed */
	VM_END_NOT_LOADED, /* it never began: its memory or its images could not be had */
	VM_END_KILLED,	   /* somebody wanted it */
	VM_END_WATCHDOG,   /* one of its watchdogs has expired */
};

/* An interrupt of the host that is the VM's. */
struct vm_line {
	struct vm *vm;
	u32 irq; /* input of its interrupt controller */
	u32 host;
};

struct vm {
	struct arch_vm arch;
	struct list node; /* in the registry */
	u32 refs;	  /* others' who have found it there */
	const struct vm_config *cfg;
	enum vm_state state;	      /* under @lock; read without it by who looks again */
	enum vm_end end;	      /* why it leaves VM_RUNNING; under @lock */
	u64 end_reason;		      /* as the guest's firmware interface gave it */
	struct vcpu *crashed;	      /* whose exit ended it, for VM_END_CRASH */
	char crash_why[VM_CRASH_MAX]; /* and why, set by that vCPU */

	/* Memory. @stage2 is a cache of @map. */
	struct region_map map;
	struct pgtable stage2;
	struct vm_commit *commit;
	u64 ram_pages;		     /* of lazy and eager memory that are there; atomic */
	gpa_t info_page;	     /* of arch_guest_board, or 0 */
	struct mem_account *account; /* of @commit: all that the VM has is charged to it */

	/* Devices. */
	unsigned int nr_devs;
	struct vdev *dev[VM_MAX_DEVS];
	struct vdev *irqchip;
	unsigned int nr_lines;
	struct vm_line line[VM_MAX_LINES];
	struct unclaimed_log unclaimed;
	struct console_port *console;

	/* Where the first vCPU starts, and with what. */
	gpa_t entry;
	gpa_t boot_arg;
	/* What reset in place loads again. */
	struct fs *fs;

	struct time_account timers; /* what those of its vCPUs and devices take of the host */

	unsigned int nr_vcpus;
	struct vcpu *vcpu[VM_MAX_VCPUS];

	struct spinlock lock; /* guards state, end, end_reason, the vCPUs' states and populating;
				 the first two and the vCPUs' are read without it, too */
	struct waitq changed; /* woken after changes of state, and as vCPUs leave the loop or park */
	bool paused;	      /* or is to be when it is loaded; under @lock */
	bool stands;	      /* its guest's time does, since @stood; both written under @lock */
	u64 stood;
	struct thread *thread; /* its own: life.c */
	u64 lives;	       /* first start and resets: vCPUs count along, and begin the next */
	bool entitled;	       /* its threads have what the description says; of its thread */
	bool begun;	       /* its threads have been started */
	bool over;	       /* it is being destroyed: its threads end */
	struct cpu_time cpu;   /* of its threads, and of making it in the boot thread */
	u64 setup_ticks;       /* of that: making it, and its resets in place */
	u64 started;	       /* last start or reset, ticks */
	u64 ran;	       /* from then to its end */
	u64 boots;	       /* first start and resets in place */
	u64 ends;	       /* after each start one, when it has ended */
	u32 restarts;	       /* of its description in a row, before this VM; of who made it */
	bool kept;	       /* it has ended and stays as it is, with its memory */
	struct backoff resets;

	u64 expiries; /* of its watchdogs; atomic */
	u64 told;     /* of them; of its thread */
};

/* ---- memory (virt/mem/memory.c) ---- */

/*
 * Whoever reaches a guest's memory for it says what for, and may do there what the guest may.
 * Only the loader of images is above that: what is in a ROM has to come from somewhere.
 */
#define ACCESS_R    REGION_R
#define ACCESS_W    REGION_W
#define ACCESS_X    REGION_X
#define ACCESS_LOAD 8u	/* the host loads an image: read-only memory is written too */
#define MEM_NOZERO  16u /* beside one of these: the caller overwrites all of it */

/**
 * vm_memory_check() - whether all of [addr, addr + len) is memory that allows @access
 * @access: of ACCESS_*; 0 for what is just memory
 * Return: 0, -EFAULT if some of it is no memory, else -EACCES if some does not allow @access.
 */
__must_check int vm_memory_check(struct vm *vm, gpa_t addr, u64 len, u32 access);

/**
 * vm_memory_segs() - where a range of a guest's memory is in the host
 * @access: what is done there, of ACCESS_*; with MEM_NOZERO, pages that lie wholly within the
 *	    range are not zeroed first
 *
 * Pages that are not there yet are allocated.
 * Return: the number of @segs used, -E2BIG if @max is too few, -ENOMEM, or as vm_memory_check().
 */
__must_check int vm_memory_segs(struct vm *vm, gpa_t addr, u64 len, u32 access,
				struct block_seg *segs, unsigned int max);

/* Nothing is copied unless vm_memory_check() allows all of it. */

/** guest_read() - copy @len bytes out of a guest's memory. */
__must_check int guest_read(struct vm *vm, void *buf, gpa_t addr, size_t len);
/** guest_write() - copy @len bytes into a guest's memory, as the guest may. */
__must_check int guest_write(struct vm *vm, gpa_t addr, const void *buf, size_t len);
/** guest_load() - the same, of an image, which may be for a ROM. */
__must_check int guest_load(struct vm *vm, gpa_t addr, const void *buf, size_t len);
#define guest_read_obj(vm, obj, addr) guest_read(vm, obj, addr, sizeof(*(obj)))

/* ---- devices (virt/bus/) ---- */

/**
 * vm_irq_set() - changes the level of an input line of the VM's interrupt controller. Any
 * context.
 */
void vm_irq_set(struct vm *vm, u32 irq, bool level);

/* ---- nested memory (virt/mem/memory.c) ---- */

/** vm_memory_init() - regions, and nested tables without a leaf; -errno with @err set. */
__must_check int vm_memory_init(struct vm *vm, char *err);
/**
 * vm_memory_add_info() - the board's info_page, when all that is described is there
 * Where there is no room for another region, the VM does without.
 */
void vm_memory_add_info(struct vm *vm);
/** vm_memory_fill() - what is allocated at once, after vm_commit(); -errno with @err set. */
__must_check int vm_memory_fill(struct vm *vm, char *err);
/** vm_memory_release() - give back lazy and eager RAM; no vCPU runs any more. */
void vm_memory_release(struct vm *vm);
/** vm_memory_destroy() - the opposite of vm_memory_init(); no vCPU runs. */
void vm_memory_destroy(struct vm *vm);
/** vm_memory_drop() - forget what lazy and eager RAM holds: it reads as zeroes again. */
__must_check int vm_memory_drop(struct vm *vm);

/**
 * vm_memory_fault() - a nested translation is missing; make it if a region says so
 * @access: what the guest wanted, one of ACCESS_*
 *
 * For exits, with interrupts off. What takes long (a block that must be zeroed, or cleaned from the
 * caches) it leaves to the run loop with REQ_MEMORY, and returns 0 as well: the guest makes its
 * access again after that.
 * Return: 0, -ENODEV if nothing that can be mapped is there or it is a store to read-only memory,
 * which goes nowhere, -EACCES if the region does not allow @access, -ENOMEM.
 */
__must_check int vm_memory_fault(struct vcpu *vcpu, gpa_t addr, u32 access);

/**
 * vm_memory_populate() - in the run loop, interrupts on: what vm_memory_fault() has left to it
 * May give way to other threads. If there is no memory, the access is told when it is made again.
 */
void vm_memory_populate(struct vcpu *vcpu);

/**
 * vm_memory_crash() - @err of vm_memory_fault() that a guest can't go on after: say so, and end
 * the VM
 */
void vm_memory_crash(struct vcpu *vcpu, gpa_t addr, u32 access, int err);

/* ---- life (virt/vm/vm.c, life.c, control.c): Documentation/life-cycle.rst ---- */

/**
 * vm_create() - from a description, all that takes no long; NULL with @err set. May sleep.
 * @commit: what it can have of the host's memory. Released by the caller when the VM is destroyed
 *	    or could not be made; if it is kept, the VM can be made again whatever others use.
 */
__must_check struct vm *vm_create(const struct vm_config *cfg, struct fs *fs,
				  struct vm_commit *commit, char *err);

/*
 * What follows is for threads, and may sleep. Each is refused with -EBUSY while something else is
 * under way, and with -EINVAL where it has no place in the VM's state.
 */

/**
 * vm_start() - its thread loads it, and then its vCPUs begin to run
 * Wakes vm_events when it is VM_RUNNING, and when it has ended. If it can't be loaded the thread
 * says why, and it ends as VM_CRASHED with VM_END_NOT_LOADED. One that has ended starts anew.
 */
__must_check int vm_start(struct vm *vm);
/**
 * vm_pause() - when this returns, no vCPU is in the guest, nor enters it before vm_resume()
 * One that is being loaded is paused before its first instruction.
 * Return: 0, as above, or -ECANCELED if it has ended or was resumed meanwhile.
 */
__must_check int vm_pause(struct vm *vm);
/** vm_resume() - it goes on. */
__must_check int vm_resume(struct vm *vm);
/** vm_reset() - start again in place, as its guest may ask for; a paused one is paused again. */
__must_check int vm_reset(struct vm *vm);
/**
 * vm_stop() - have its guest power off: its machine's power button is pressed
 * @err: VM_ERROR_MAX bytes: where it is refused, one line that says why
 * After the time that its description gives the guest, the VM is killed or goes on, as that says.
 * Return: 0, as above, or -ENODEV if there is no such button.
 */
__must_check int vm_stop(struct vm *vm, char *err);
/**
 * vm_kill() - end it, whatever its guest does; vm_wait() says when it has ended
 * Return: 0 also where it is ending.
 */
__must_check int vm_kill(struct vm *vm);
/**
 * vm_wait() - until it has ended, or is not started at all
 * @deadline: in ticks of the host; 0 for none
 * Return: 0 or -ETIMEDOUT.
 */
__must_check int vm_wait(struct vm *vm, u64 deadline);
/** vm_state() - now; any context. */
static inline enum vm_state vm_state(const struct vm *vm)
{
	/* ACQUIRE: what led to it is seen, too. */
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}
/** vm_is_dying() - whether it is to end, and what is done for its guest is done for nothing. */
static inline bool vm_is_dying(const struct vm *vm)
{
	return vm_state(vm) == VM_DYING;
}
/** vm_is_alive() - whether it is to end before it can be destroyed. */
static inline bool vm_is_alive(const struct vm *vm)
{
	return vm_state_alive(vm_state(vm));
}
/**
 * vm_destroy() - of a VM that is not alive; its memory is free after that, and still committed to it
 * By who made it, and keeps no reference of vm_get().
 * Nobody finds it any more, and when those who have are done with it (vm_put()) it is freed.
 */
__must_check int vm_destroy(struct vm *vm);

/* ---- registry (virt/vm/registry.c) ---- */

/** vm_get() - the VM of that name, which stays until vm_put(); NULL if there is none. */
struct vm *vm_get(const char *name);
/**
 * vm_get_nth() - the same, of the VM that was made as the n-th of those there are, from 0
 * As VMs are destroyed meanwhile, a caller that counts may miss one.
 */
struct vm *vm_get_nth(unsigned int n);
/** vm_put() - done with it. Any context. */
void vm_put(struct vm *vm);

/**
 * vm_crash() - in an exit of @vcpu, or between two: the guest can't go on; end the VM
 * The reason, and a dump of @vcpu, are printed by its thread when it has left the run loop.
 */
__printf(2, 3) void vm_crash(struct vcpu *vcpu, const char *fmt, ...);
/** vm_manager_run() - run the VMs of the boot disk: the boot thread, when the host is up. Never returns. */
__noreturn void vm_manager_run(void);

/* ---- power: ask, from any context; the VM's thread does it ---- */
/** vm_request_shutdown() - it ends; a @reason other than 0 says that the guest failed. */
void vm_request_shutdown(struct vm *vm, u64 reason);
/** vm_request_reset() - it starts again in place. */
void vm_request_reset(struct vm *vm, u64 reason);

/**
 * vm_watchdog_expired() - one of its watchdogs has: reset it, end it or have its thread say so, as its
 * description wants (virt/vm/watchdog.c). Any context, with no lock held.
 */
void vm_watchdog_expired(struct vm *vm);

/** vm_vcpu() - the vCPU with the number @n, which a guest chose; NULL if there is none. */
static inline struct vcpu *vm_vcpu(const struct vm *vm, u64 n)
{
	return n < vm->nr_vcpus ? vm->vcpu[index_nospec(n, vm->nr_vcpus)] : NULL;
}

#endif
