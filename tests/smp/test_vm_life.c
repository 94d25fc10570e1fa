// SPDX-License-Identifier: Apache-2.0
/*
 * The lives of a VM whose vCPUs run on several CPUs: they start and stop each other, one of them or
 * others reset, pause or end the VM at any moment, and it is freed as soon as it may be.
 *
 * What a life leaves behind is in words without any atomic access, which ThreadSanitizer looks after:
 * guests write them, and whoever resets, reports or frees the VM.
 */
/* links: virt/vm/vm.c virt/vm/state.c virt/vm/control.c virt/vm/clock.c virt/vm/stop.c virt/bus/power.c virt/vm/registry.c virt/vm/life.c virt/vm/threads.c virt/vm/vcpu.c virt/vm/request.c virt/vm/watch.c virt/vm/watchdog.c kernel/call.c */
/* links: virt/config/vm_config_conflict.c */
#include "machine.h"
#include <lodge/arch_virt.h>
#include <lodge/commit.h>
#include <lodge/console.h>
#include <lodge/errno.h>
#include <lodge/image.h>
#include <lodge/slab.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>
#include <shim.h>

#define CPUS  3
#define VCPUS 4

static struct vm_config config;
static struct vm_commit commit;

/* Of the VM that there is. */
static u64 memory[VCPUS +
		  1]; /* its guest's: a vCPU writes its own word while it runs; a device the last */
static u64 life;      /* of its memory; a guest reads it */
static u64 boots[VCPUS]; /* of a vCPU, since the last reset */
static u64 registers[VCPUS];
static u32 running[VCPUS];
static u64 ends[VM_END_WATCHDOG + 1], pauses, lives, starts, objects, asked, pressed;
static bool loads;  /* its images can be had */
static u32 resets;  /* since it was started */
static bool walked; /* CPUs may have the root of its tables */

/* What its guest has asked of a device, which another thread is at. */
enum { REQUEST_NONE, REQUEST_MADE, REQUEST_LAST };
static u32 request;
static u64 drained;

#include "vm_life_again.h"

/* ---- the guest ---- */

int arch_vcpu_init(struct vcpu *vcpu)
{
	return 0;
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
	/* It has left its run loop for good. */
	memory[vcpu->id] = boots[vcpu->id] = 0;
}

void arch_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg)
{
	/* The first starts each life; others only when they are told to. */
	assert_int_equal(pc, vcpu->id ? vcpu->id : 1000);
	if (!vcpu->id)
		assert_int_equal(boots[0], 0);
	assert_int_equal(vcpu->fault_error, 0);
	__atomic_store_n(&told[vcpu->id], 0, __ATOMIC_RELAXED);
	boots[vcpu->id]++;
	registers[vcpu->id] = pc;
	if (!vcpu->id)
		__atomic_store_n(&request, REQUEST_MADE, __ATOMIC_RELEASE);
	__atomic_fetch_add(&starts, 1, __ATOMIC_RELAXED);
}

void arch_vcpu_load(struct vcpu *vcpu)
{
}

void arch_vcpu_put(struct vcpu *vcpu)
{
}

void arch_vcpu_put_fp(struct cpu *c)
{
}

void arch_vcpu_sync(struct vcpu *vcpu, u32 req)
{
}

#include "vm_life_time.h"

static void power_on(struct vcpu *vcpu, unsigned int which)
{
	int err = vcpu_power_on(vcpu->vm->vcpu[which], which, 0);

	assert_true(!err || err == -EBUSY || err == -EEXIST);
}

/* One in so many ends the life. */
static bool end_life(struct vcpu *vcpu)
{
	switch (machine_random() % 128) {
	case 0:
		vm_request_shutdown(vcpu->vm, 0);
		return true;
	case 1:
		vm_crash(vcpu, "it has crashed");
		return true;
	case 2:
	case 3:
	case 4:
	case 5:
		vm_request_reset(vcpu->vm, 0);
		return true;
	}
	return false;
}

static int act(struct vcpu *vcpu)
{
	unsigned int r = machine_random() % 16;

	memory[vcpu->id] += life;
	vcpu->fault_error = -ENOMEM; /* of an access that is never made again */
	look_at_the_time();
	if (end_life(vcpu))
		return EXIT_STOP;
	if (r < 6 && r % VCPUS) {
		power_on(vcpu, r % VCPUS);
	} else if (r == 6 && vcpu->id) {
		vcpu_request(vcpu, REQ_OFF);
		return EXIT_STOP;
	} else if (r == 7) {
		return EXIT_BLOCK;
	} else if (r == 8) {
		return EXIT_YIELD;
	} else if (r == 9) {
		vcpu_request(vcpu->vm->vcpu[machine_random() % VCPUS], REQ_IRQ);
	} else if (r == 10) {
		vm_request_sync(vcpu->vm, BIT(VCPUS) - 1, REQ_TLB_FLUSH);
	} else if (r == 11) {
		vcpu_visit(vcpu, vcpu->vm->vcpu[machine_random() % VCPUS]);
	} else if (r >= 12) {
		start_again(vcpu->vm->vcpu[1 + machine_random() % (VCPUS - 1)]);
	}
	return EXIT_RESUME;
}

int arch_vcpu_run(struct vcpu *vcpu)
{
	int action = EXIT_RESUME;

	assert_int_equal(__atomic_exchange_n(&running[vcpu->id], 1, __ATOMIC_RELAXED), 0);
	while (action == EXIT_RESUME && !READ_ONCE(vcpu->requests)) {
		action = act(vcpu);
		if (machine_is_interrupted()) {
			arch_irq_enable();
			arch_irq_disable();
		}
	}
	assert_int_equal(__atomic_exchange_n(&running[vcpu->id], 0, __ATOMIC_RELAXED), 1);
	return action;
}

/* Of interrupts there is always one, sooner or later. */
bool arch_vcpu_irq_pending(struct vcpu *vcpu)
{
	return true;
}

bool arch_vcpu_tick_unseen(const struct vcpu *vcpu)
{
	return machine_random() % 2;
}

bool arch_vcpu_prepare_block(struct vcpu *vcpu)
{
	return machine_random() % 2;
}

bool arch_vcpu_stuck(struct vcpu *vcpu, bool sure)
{
	return false;
}

void arch_vcpu_note_exit(struct vcpu *vcpu)
{
}

const char *arch_exit_name(unsigned int cause)
{
	return NULL;
}

/* ---- what a life needs, and leaves behind ---- */

static void new_life(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++) {
		assert_int_equal(__atomic_load_n(&running[i], __ATOMIC_RELAXED), 0);
		memory[i] = boots[i] = 0;
		__atomic_store_n(&told[i], 0, __ATOMIC_RELAXED);
	}
	life++;
	lives++;
}

/* As a disk of the host's would, it writes into the guest's memory, and does not care whether that is there. */
static void serve(void *arg)
{
	unsigned int i;

	for (;;) {
		u32 r = __atomic_load_n(&request, __ATOMIC_ACQUIRE);

		if (r == REQUEST_LAST)
			break;
		if (r == REQUEST_MADE) {
			for (i = machine_random() % 8; i; i--)
				thread_yield();
			memory[VCPUS] = 1;
			__atomic_store_n(&request, REQUEST_NONE, __ATOMIC_RELEASE);
		}
		thread_yield();
	}
}

void vm_devices_quiesce(struct vm *vm)
{
	while (__atomic_load_n(&request, __ATOMIC_ACQUIRE) != REQUEST_NONE) {
		drained++;
		thread_yield();
	}
}

int image_load(struct vm *vm, char *err)
{
	vm->entry = gpa(1000);
	new_life(vm);
	thread_make_room();
	return loads ? 0 : -EIO;
}

int vm_memory_drop(struct vm *vm)
{
	memset(memory, 0, sizeof(memory));
	/* In one of many it fails, and the VM can't go on. */
	return machine_random() % 32 ? 0 : -ENOMEM;
}

/* The devices of this VM interrupt only while it runs. */
static bool lines_on;

void vm_lines_on(struct vm *vm)
{
	assert_false(lines_on);
	lines_on = true;
}

void vm_lines_off(struct vm *vm)
{
	unsigned int i;

	assert_true(lines_on);
	for (i = 0; i < VCPUS; i++)
		assert_int_equal(running[i], 0);
	lines_on = false;
}

void vm_devices_reset(struct vm *vm)
{
	memset(memory, 0, sizeof(memory));
}

/* Whatever counts the VM's time looks at its state, as here. */
void vm_devices_state(struct vm *vm)
{
	assert_in_range(vm_state(vm), VM_STARTING, VM_DYING);
}

void vm_memory_release(struct vm *vm)
{
	memset(memory, 0, sizeof(memory));
}

void vm_report(const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		assert_true(vm->vcpu[i]->state == VCPU_OFF && !vm->vcpu[i]->in_loop);
	assert_true((vm->end == VM_END_CRASH) == (vm->crashed != NULL));
}

void vm_report_crash(const struct vm *vm)
{
	assert_ptr_equal(vm->crashed->cpu, NULL);
	assert_string_equal(vm->crash_why, "it has crashed");
}

/* ---- the host ---- */

static bool meddles;

/* By its thread, while it is to stop; there is nobody else to press it. */
static void press(struct vdev *v, bool down)
{
	pressed += down;
}

static const struct vdev_ops button_ops = { .power_button = press };

#include "vm_life_stubs.h"

static int stop(struct vm *vm)
{
	char err[VM_ERROR_MAX] = "";
	int rc = vm_stop(vm, err);

	assert_int_equal(!rc, !err[0]);
	__atomic_fetch_add(&asked, !rc, __ATOMIC_RELAXED);
	return rc;
}

/* Somebody who has found the VM, and does with it what comes to mind. */
static void meddle(void *arg)
{
	u64 refused = 0, seen = 0;
	struct vm *vm;
	unsigned int i;

	while (READ_ONCE(meddles)) {
		vm = vm_get("test");
		if (!vm) {
			thread_yield();
			continue;
		}
		/* Most is refused: the VM ends by itself soon. */
		switch (machine_random() % 32) {
		case 0:
			refused += !!vm_kill(vm);
			break;
		case 1:
		case 2:
			refused += !!vm_reset(vm);
			break;
		case 8:
		case 9:
			refused += !!stop(vm);
			break;
		case 3:
		case 4:
		case 5:
		case 6:
			/* Nothing of it is in the guest then, or changes registers; nobody else has it go on. */
			if (!vm_pause(vm)) {
				__atomic_fetch_add(&pauses, 1, __ATOMIC_RELAXED);
				for (i = 0; i < VCPUS; i++) {
					assert_int_equal(
						__atomic_load_n(&running[i], __ATOMIC_RELAXED), 0);
					assert_int_not_equal(vm->vcpu[i]->state,
							     VCPU_START_PENDING);
					seen += registers[i];
				}
				if (machine_random() % 2)
					resume_later(vm);
			}
			break;
		case 7:
			config.on_watchdog = machine_random() % 3; /* nobody else looks */
			vm_watchdog_expired(vm);
			break;
		default:
			refused += !!vm_resume(vm);
		}
		vm_put(vm);
		thread_yield();
	}
	assert_true(refused && seen);
}

/* As the manager does: it is started again, or freed, when its thread says that it has ended. */
static void one_vm(void)
{
	char err[VM_ERROR_MAX];
	struct vm *vm = vm_create(&config, NULL, &commit, err);
	unsigned int again = 0;

	assert_non_null(vm);
	while (machine_random() % 8 > again) {
		loads = machine_random() % 16;
		resets = 0;
		assert_int_equal(vm_start(vm), 0);
		assert_int_equal(vm_wait(vm, 0), 0);
		assert_int_equal(vm->state, vm->end == VM_END_SHUTDOWN ||
							    vm->end == VM_END_KILLED ||
							    vm->end == VM_END_WATCHDOG
						    ? VM_STOPPED
						    : VM_CRASHED);
		ends[vm->end]++;
		again = 5;
	}
	assert_int_equal(vm_destroy(vm), 0);
	assert_int_equal(__atomic_load_n(&objects, __ATOMIC_RELAXED), 0);
}

/* Each end that there is, and what others do with a VM. How soon depends on the machine. */
static bool all_seen(void)
{
	return ends[VM_END_WATCHDOG] && ends[VM_END_SHUTDOWN] && ends[VM_END_CRASH] &&
	       ends[VM_END_KILLED] && __atomic_load_n(&pauses, __ATOMIC_RELAXED) &&
	       __atomic_load_n(&starts, __ATOMIC_RELAXED) && drained && pressed &&
	       __atomic_load_n(&stood, __ATOMIC_RELAXED);
}

static void many_vms(void *arg)
{
	struct thread *meddler = thread_create_any("meddler", meddle, NULL);
	struct thread *server = thread_create_any("server", serve, NULL);
	unsigned int i, n = machine_rounds(SMP_ROUNDS) / 1000 + 10;

	(void)arg;
	meddles = true;
	thread_start(meddler);
	thread_start(server);
	for (i = 0; i < n || (i < 100 * n && !all_seen()); i++)
		one_vm();
	WRITE_ONCE(meddles, false);
	thread_join(meddler);
	__atomic_store_n(&request, REQUEST_LAST, __ATOMIC_RELEASE);
	thread_join(server);
	/* What can't have a CPU of its own is unmade, whatever there is of it already. */
	config.vcpu[VCPUS - 1].affinity = BIT(CPUS);
	{
		char err[VM_ERROR_MAX];

		assert_null(vm_create(&config, NULL, &commit, err));
		assert_non_null(strstr(err, "names CPU 3"));
	}
	assert_int_equal(objects, 0);
}

static void start(void)
{
	thread_start(thread_create("boot", many_vms, NULL, 0));
}

static void a_vm_is_free_when_it_has_ended(void **state)
{
	unsigned int i;

	strcpy(config.name, "test");
	strcpy(config.file, "test.dts");
	config.nr_vcpus = VCPUS;
	config.on_exit = ON_EXIT_DESTROY;
	config.stop_timeout_ms = 1;
	config.on_stop_timeout = STOP_TIMEOUT_CONTINUE;
	for (i = 0; i < VCPUS; i++)
		config.vcpu[i].weight = 256;
	waitq_init(&vm_events);
	shim_quiet = true;
	assert_true(machine_run(CPUS, start));
	print_message(
		"# %llu shut down, %llu crashed, %llu killed, %llu pauses, asked %llu times\n",
		(unsigned long long)ends[VM_END_SHUTDOWN], (unsigned long long)ends[VM_END_CRASH],
		(unsigned long long)ends[VM_END_KILLED], (unsigned long long)pauses,
		(unsigned long long)asked);
	assert_true(ends[VM_END_WATCHDOG]);
	assert_true(ends[VM_END_SHUTDOWN] && ends[VM_END_CRASH] && ends[VM_END_KILLED]);
	assert_true(pauses && starts && drained);
	assert_true(pressed && pressed <= asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_is_free_when_it_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
