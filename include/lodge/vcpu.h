/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VCPU_H
#define LODGE_VCPU_H

#include <lodge/steal.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/types.h>
#include <asm/vcpu.h> /* struct arch_vcpu, NR_EXIT_CAUSES */

struct vm;
struct vdev;

/* What the run loop does after an exit; negative -errno stops the VM as crashed. */
enum exit_action {
	EXIT_RESUME, /* enter again at once */
	EXIT_BLOCK,  /* sleep until an interrupt is pending */
	EXIT_YIELD,  /* look at requests, perhaps let others run, enter again */
	EXIT_STOP,   /* this vCPU is off */
};

/* Requests: bits that the run loop consumes just before entry. */
#define REQ_RESCHED   BIT(0) /* the time slice is over */
#define REQ_STOP      BIT(1) /* leave the run loop: the VM ends */
#define REQ_OFF	      BIT(2) /* leave the run loop: the vCPU is off */
#define REQ_TLB_FLUSH BIT(3) /* forget this VM's translations */
#define REQ_FENCE_I   BIT(4) /* instruction memory has changed */
#define REQ_IRQ	      BIT(5) /* its pending interrupts have changed */
#define REQ_VISIT     BIT(6) /* vcpu->visited, which it has sent something, is to have a moment */
#define REQ_MEMORY    BIT(7) /* vm_memory_populate(), with interrupts on */
#define REQ_OUTPUT    BIT(8) /* it has printed more than the console has room for */
#define REQ_PAUSE     BIT(9) /* stay out of the guest while vm->paused */

enum vcpu_state { VCPU_OFF, VCPU_START_PENDING, VCPU_RUNNING, VCPU_SUSPENDED };

/* One exit, for the report when a VM crashes; all zero when there was none yet. */
struct exit_record {
	u64 cause;
	u64 pc;
	u64 info;  /* gpa of a memory fault, or the call's number */
	u64 spare; /* a power of two is found faster */
};

#define EXIT_RECORDS 16

/**
 * struct vcpu_watch - whether it gets anywhere, while it has a CPU to itself (virt/vm/watch.c)
 * @timer:	of the host, goes off on a CPU without an owner; the rest is its function's
 * @seen:	where the next exit was to be recorded when it looked last
 * @quiet:	it takes samples after so many ticks without exits
 * @samples:	so many have been taken, by REQ_RESCHED
 * @on:		the timer is armed, or its function runs; changed with atomics
 */
struct vcpu_watch {
	struct timer timer;
	const struct exit_record *seen;
	u64 quiet;
	u32 samples, on;
};

/* The devices that a vCPU used last, by the pages of their registers. */
#define VDEV_CACHE_SIZE 8
/* And by their I/O ports. */
#define PORT_CACHE_SIZE 8

struct vcpu {
	struct arch_vcpu arch; /* first: assembly knows its offsets */
	u32 requests;
	unsigned int id;
	struct vm *vm;
	struct thread *thread;
	struct cpu *cpu;       /* in whose registers its state is; see vcpu_load() */
	struct cpu *running;   /* that is in its world switch, and has to be kicked for requests */
	struct cpu *last;      /* that ran it last */
	u64 ran_on;	       /* CPUs that have ever */
	enum vcpu_state state; /* under vm->lock */
	u64 start_pc, start_arg; /* of VCPU_START_PENDING */
	struct waitq wait;
	struct thread *looping; /* its thread while that is in the run loop; under wait.lock */
	bool ticked; /* any CPU's timer sets it, its thread clears it: see arch_vcpu_tick_unseen() */

	struct vdev *vdev_cache[VDEV_CACHE_SIZE]; /* by vdev_cache_slot() */
	struct vdev *port_cache[PORT_CACHE_SIZE]; /* by port_cache_slot() */

	u64 exits[NR_EXIT_CAUSES];
	struct exit_record *record_next; /* the oldest, in @record */
	struct exit_record record[EXIT_RECORDS] __aligned(EXIT_RECORDS *
							  sizeof(struct exit_record));
	bool waiting;	   /* sleeps in EXIT_BLOCK */
	bool waits_output; /* sleeps for REQ_OUTPUT */
	bool in_loop;	   /* its thread has not left the run loop */
	bool parked;	   /* it stays out of the guest for REQ_PAUSE; written under vm->lock */
	u64 lives;	   /* of vm->lives: those that its thread is done with */
	struct vcpu *visited;

	gpa_t fault_addr; /* of REQ_MEMORY */
	int fault_error;  /* why it came to nothing; the access that is made again gets it */
	struct vcpu_steal steal;
	u64 populating; /* the block that this vCPU's thread makes, or 0; under vm->lock */

	/* Watching for a guest that takes the same trap for ever. */
	u32 stuck_samples, stuck_pause;
	struct vcpu_watch watch;
};

/**
 * vcpu_request() - set @req bits and make the vCPU look at them soon
 * It does before it enters the guest again; a CPU that runs the guest now is kicked out of it, and a
 * vCPU that sleeps wakes. Any context.
 */
void vcpu_request(struct vcpu *vcpu, u32 req);

/**
 * vm_request_sync() - request @req of the vCPUs of @vm in @set, by number, and wait until it is as
 * if they had done it: no guest runs on that has not
 * In an exit of a vCPU of the VM, or in a thread, with no lock held that an exit acquires.
 */
void vm_request_sync(struct vm *vm, u64 set, u32 req);

/**
 * vcpu_wake() - an interrupt became pending for @vcpu, which does not run: end EXIT_BLOCK, or let it go
 * before others if it is behind its share. Any context.
 */
void vcpu_wake(struct vcpu *vcpu);

/** vcpu_suspend() - in an exit of @vcpu: it is suspended until the EXIT_BLOCK that follows ends. */
void vcpu_suspend(struct vcpu *vcpu);

/**
 * vcpu_power_on() - have @vcpu start at @pc with @arg, as the guest's firmware is asked to
 * Return: 0; -EBUSY if it has been told to already or the VM ends, -EEXIST if it is on or not yet off.
 */
__must_check int vcpu_power_on(struct vcpu *vcpu, u64 pc, u64 arg);

/**
 * vcpu_visit() - in an exit of @vcpu, which has sent @other an interrupt and may wait for what
 * that makes of it: if it is ready to run, and only waits for the CPU, it does for a moment.
 */
void vcpu_visit(struct vcpu *vcpu, struct vcpu *other);

/** vcpu_last_exit_name() - what statistics call the last exit that @vcpu has recorded. */
const char *vcpu_last_exit_name(const struct vcpu *vcpu);

/**
 * vcpu_wait_output() - in an exit of @vcpu: before it goes on, it is to wait until its VM's console
 * has room
 */
void vcpu_wait_output(struct vcpu *vcpu);

/** vcpu_putc() - in an exit of @vcpu: print @c by an interface that has no way to say that it is to
 * wait; it does. */
void vcpu_putc(struct vcpu *vcpu, u8 c);

/** vcpu_create() - the @id-th vCPU of @vm, off; NULL without memory. */
__must_check struct vcpu *vcpu_create(struct vm *vm, unsigned int id);
/** vcpu_destroy() - free one whose thread has left vcpu_run_loop(). */
void vcpu_destroy(struct vcpu *vcpu);
/** vcpu_run_loop() - the body of a vCPU's thread: returns when it is asked to stop. */
void vcpu_run_loop(struct vcpu *vcpu);

/** vdev_cache_slot() - where the device of the page of @addr is remembered; it may be
 * another page's, so who uses it looks at the device's window. */
static inline struct vdev **vdev_cache_slot(struct vcpu *vcpu, u64 addr)
{
	return &vcpu->vdev_cache[(addr >> 12 ^ addr >> 24) & (VDEV_CACHE_SIZE - 1)];
}

/** port_cache_slot() - the same for the device of an I/O port. */
static inline struct vdev **port_cache_slot(struct vcpu *vcpu, u16 port)
{
	return &vcpu->port_cache[port >> 3 & (PORT_CACHE_SIZE - 1)];
}

static inline void vcpu_record_exit(struct vcpu *vcpu, u64 cause, u64 pc, u64 info)
{
	struct exit_record *r = vcpu->record_next;
	u64 mask = sizeof(vcpu->record) - 1, next = (u64)(r + 1);

	r->cause = cause;
	r->pc = pc;
	r->info = info;
	/* The ring is aligned to its size. */
	vcpu->record_next = (struct exit_record *)((next & mask) | ((u64)r & ~mask));
}

#endif
