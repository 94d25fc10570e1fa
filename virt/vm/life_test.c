// SPDX-License-Identifier: Apache-2.0
/*
 * Lives of VMs on demand, for tests: each event in each state, on each CPU, while the guest does what
 * its description has it do; each description of the boot disk is a subject.
 */
#include <lodge/init.h>
#include <lodge/page_alloc.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include "life.h"
#include "life_test.h"
#include "manager.h"

BOOTARG(life_test, "lodge.life-test");
BOOTARG(life_cycles, "lodge.life-cycles");
BOOTARG(life_faults, "lodge.life-faults");
BOOTARG(life_stop, "lodge.life-stop");
BOOTARG(life_pause, "lodge.life-pause");

#define KILL_US 100000
#define LOOK_US 20
/* Ends soon, or not before it is ended. */
#define STOP_SOON_MS  2
#define STOP_LATER_MS 3600000

static const char *const events[] = {
	[VM_EV_START] = "start",     [VM_EV_PAUSE] = "pause", [VM_EV_RESUME] = "resume",
	[VM_EV_RESET] = "reset",     [VM_EV_STOP] = "stop",   [VM_EV_KILL] = "kill",
	[VM_EV_DESTROY] = "destroy",
};

static struct vm_config config; /* of the subject; its guest never powers off */
static const struct vm_config *const cfg = &config;
static struct fs *disk;
static struct vm_commit commit;
static u64 seed, longest_kill, longest_load, tries, faults;
static u32 exact
	[NR_VM_STATES]; /* events that were tried in this state, which it did not leave by itself */
static bool by_time;	/* the machine's time is its instructions */

static u64 below(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static void check(bool good, enum vm_state state, enum vm_event event, const char *what)
{
	tries++;
	if (good)
		return;
	faults++;
	pr_err("life test: %s: %s in %s: %s", cfg->name, events[event], vm_state_name(state), what);
}

/* Until @vm is in @state; who waits for ever is stopped from outside. */
static void await(const struct vm *vm, enum vm_state state)
{
	while (vm_state(vm) != state)
		thread_sleep_us(LOOK_US);
}

static struct vm *create(void)
{
	char err[VM_ERROR_MAX];
	struct vm *vm = vm_create(cfg, disk, &commit, err);

	if (!vm)
		pr_err("life test: %s", err);
	BUG_ON(!vm);
	return vm;
}

/* Whether it was killed while it was loaded: the disk may keep its thread waiting. */
static bool loads;

static int end(struct vm *vm)
{
	loads |= vm_state(vm) == VM_STARTING;
	return vm_kill(vm);
}

/* What follows "it is STATE; " in the refusal of a stop. */
static const char *const remedies[NR_VM_STATES] = {
	[VM_CREATED] = "there is nothing to stop",
	[VM_STARTING] = "try again when it runs, or kill it",
	[VM_PAUSED] = "resume it first, or kill it",
	[VM_STOPPING] = "wait for its guest, or kill it",
	[VM_DYING] = "it ends without being asked",
	[VM_STOPPED] = "there is nothing to stop",
	[VM_CRASHED] = "there is nothing to stop",
};

/* The state in which a stop is refused by this line; NR_VM_STATES: it is none of these. */
static enum vm_state refused_in(const char *err)
{
	char want[VM_ERROR_MAX];
	unsigned int s;

	for (s = 0; s < NR_VM_STATES; s++) {
		scnprintf(want, sizeof(want), "vm %s: can't be asked to stop: it is %s; %s",
			  cfg->name, vm_state_name(s), remedies[s] ? remedies[s] : "");
		if (remedies[s] && !strcmp(err, want))
			break;
	}
	return s;
}

/* A refusal says in which state, and is what the table has there. */
static int stop(struct vm *vm)
{
	char err[VM_ERROR_MAX] = "";
	enum vm_state state = vm_state(vm), in;
	int rc = vm_stop(vm, err);

	in = refused_in(err);
	check(rc ? in < NR_VM_STATES && vm_state_next(in, VM_EV_STOP) == rc : !err[0], state,
	      VM_EV_STOP, "the line of why is wrong, or one too many");
	return rc;
}

static int apply(struct vm *vm, enum vm_event event)
{
	switch (event) {
	case VM_EV_START:
		return vm_start(vm);
	case VM_EV_PAUSE:
		return vm_pause(vm);
	case VM_EV_RESUME:
		return vm_resume(vm);
	case VM_EV_RESET:
		return vm_reset(vm);
	case VM_EV_STOP:
		return stop(vm);
	case VM_EV_KILL:
		return end(vm);
	default:
		return vm_destroy(vm);
	}
}

/* A VM in @state, or just in it; its guest has run for some time, which is never the same. */
static struct vm *bring(enum vm_state state)
{
	struct vm *vm = create();

	if (state == VM_CREATED)
		return vm;
	BUG_ON(vm_start(vm));
	if (state == VM_STARTING) {
		/* Anywhere in a load that takes long. */
		if (below(2))
			thread_sleep_us(below(1000));
		return vm;
	}
	await(vm, VM_RUNNING);
	thread_sleep_us(below(3000));
	if (state == VM_PAUSED)
		BUG_ON(vm_pause(vm));
	else if (state == VM_STOPPING)
		while (stop(vm)) /* while it resets itself */
			thread_sleep_us(LOOK_US);
	else if (state == VM_CRASHED)
		while (vm_end(vm, VM_END_CRASH, 0)) /* while it resets itself */
			thread_sleep_us(LOOK_US);
	else if (state != VM_RUNNING)
		BUG_ON(vm_kill(vm));
	if (state == VM_CRASHED || state == VM_STOPPED)
		await(vm, state);
	return vm;
}

static u64 exits(const struct vm *vm)
{
	unsigned int i, cause;
	u64 n = 0;

	for (i = 0; i < vm->nr_vcpus; i++)
		for (cause = 0; cause < NR_EXIT_CAUSES; cause++)
			n += READ_ONCE(vm->vcpu[i]->exits[cause]);
	return n;
}

/* Nothing of it is in the guest, now and later. */
static bool stays_out(const struct vm *vm)
{
	u64 before = exits(vm);
	bool out = true;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		out &= !READ_ONCE(vm->vcpu[i]->running);
	thread_sleep_us(1000);
	for (i = 0; i < vm->nr_vcpus; i++)
		out &= !READ_ONCE(vm->vcpu[i]->running);
	return out && exits(vm) == before;
}

/* Whether its guest has reset it since @boots. */
static bool has_reset(const struct vm *vm, u64 boots)
{
	return READ_ONCE(vm->boots) != boots || READ_ONCE(vm->end) == VM_END_RESET;
}

/* It is not asked to stop any more: what its description says has become of it. */
static void check_stop(struct vm *vm, enum vm_state state, u64 boots)
{
	bool goes_on = cfg->on_stop_timeout == STOP_TIMEOUT_CONTINUE, done;

	while (vm_state(vm) == VM_STOPPING)
		thread_sleep_us(LOOK_US);
	done = goes_on ? vm_state(vm) == VM_RUNNING : vm_is_dying(vm) || !vm_is_alive(vm);
	check(done || has_reset(vm, boots), state, VM_EV_STOP, "it does not end, or not go on");
}

/* What has begun comes to its end. */
static void check_outcome(struct vm *vm, enum vm_state state, enum vm_event event, u64 boots)
{
	bool paused = READ_ONCE(vm->paused);

	if (event == VM_EV_STOP)
		check_stop(vm, state, boots);
	if (event == VM_EV_START || event == VM_EV_RESUME || event == VM_EV_RESET)
		await(vm, paused ? VM_PAUSED : VM_RUNNING);
	if (event == VM_EV_PAUSE || (event == VM_EV_RESET && paused))
		check(vm_state(vm) == VM_PAUSED && stays_out(vm), state, event,
		      "it goes on while it is paused");
}

static void kill(struct vm *vm, enum vm_state state, enum vm_event event)
{
	u64 start = time_now(), worked = cpu_time_read(&vm->cpu);

	/* It may have ended just now. */
	check(!end(vm) || !vm_is_alive(vm), state, event, "it can't be killed then");
	check(!vm_wait(vm, 0), state, event, "it does not end");
	if (loads)
		longest_load = max(longest_load, time_to_us(cpu_time_read(&vm->cpu) - worked));
	else
		longest_kill = max(longest_kill, time_to_us(time_now() - start));
}

/* The states in which a VM may be, from when it was in @state on: by itself, or by its guest since @boots. */
static u32 may_be_in(const struct vm *vm, enum vm_state state, u64 boots)
{
	if (state == VM_DYING)
		return BIT(VM_DYING) | BIT(VM_STOPPED);
	if (state == VM_STARTING || has_reset(vm, boots))
		return BIT(state) | BIT(VM_STARTING) |
		       (READ_ONCE(vm->paused) ? BIT(VM_PAUSED) : BIT(VM_RUNNING));
	return BIT(state);
}

/* Whether @event may come to @rc in one of these @states. */
static bool answers(u32 states, enum vm_event event, int rc)
{
	unsigned int s;

	for (s = 0; s < NR_VM_STATES; s++)
		if (states >> s & 1 && min(vm_state_next(s, event), 0) == rc)
			return true;
	return false;
}

static void try(enum vm_state state, enum vm_event event)
{
	bool ends_soon = event == VM_EV_STOP && state != VM_STOPPING;
	enum vm_state before;
	struct vm *vm;
	u64 boots;
	int rc;

	config.stop_timeout_ms = ends_soon ? STOP_SOON_MS : STOP_LATER_MS;
	config.on_stop_timeout = below(2) ? STOP_TIMEOUT_CONTINUE : STOP_TIMEOUT_KILL;
	vm = bring(state);
	boots = READ_ONCE(vm->boots);
	before = vm_state(vm);
	loads = false;
	rc = apply(vm, event);
	if (!rc && event == VM_EV_DESTROY) {
		check(answers(before == VM_DYING ? BIT(VM_STOPPED) : BIT(before), event, rc),
		      before, event, "it is destroyed");
		exact[before] |= BIT(event);
		return;
	}
	/* One that is refused where it was stays there, and is refused for that. */
	if (rc && vm_state(vm) == before && !has_reset(vm, boots))
		check(vm_state_next(before, event) == rc, before, event, "it is refused");
	else
		check(answers(may_be_in(vm, before, boots), event, rc), before, event,
		      "it is not done, or not refused");
	if (min(vm_state_next(before, event), 0) == rc)
		exact[before] |= BIT(event);
	if (!rc)
		check_outcome(vm, before, event, boots);
	else
		check(may_be_in(vm, before, boots) >> vm_state(vm) & 1, before, event,
		      "a refusal changes the state");
	if (vm_is_alive(vm))
		kill(vm, before, event);
	check(!vm_destroy(vm), before, event, "it can't be destroyed then");
}

static void subject(void)
{
	static const enum vm_state states[] = { VM_CREATED,  VM_STARTING, VM_RUNNING, VM_PAUSED,
						VM_STOPPING, VM_DYING,	  VM_STOPPED, VM_CRASHED };
	unsigned int cpu, i, event, places = 0;
	u64 left = 0;

	tries = faults = longest_kill = longest_load = 0;
	memset(exact, 0, sizeof(exact));
	commit = (struct vm_commit){ 0 };
	for (cpu = 0; cpu < cpu_count(); cpu++) {
		BUG_ON(thread_set_affinity(thread_current(), BIT(cpu)));
		for (i = 0; i < ARRAY_SIZE(states); i++)
			for (event = 0; event < ARRAY_SIZE(events); event++)
				if (events[event]) {
					try(states[i], event);
					check(commit.account.used == 0, states[i], event,
					      "it leaves memory behind");
				}
		/* The first has made what is kept for the next: stacks. */
		if (cpu)
			check(page_left_count() == left, VM_DESTROYED, VM_EV_DESTROY,
			      "memory is missing");
		left = page_left_count();
	}
	check(!by_time || longest_kill < KILL_US, VM_RUNNING, VM_EV_KILL,
	      "it takes too long to end");
	/* Where a disk may keep it waiting, it has little left to do. */
	check(!by_time || longest_load < KILL_US, VM_STARTING, VM_EV_KILL,
	      "it goes on for too long");
	vm_commit_release(cfg, &commit);
	for (i = 0; i < ARRAY_SIZE(states); i++)
		places += popcount64(exact[states[i]]);
	pr_info("life test: %s: %llu checks in %u places, %llu failed; ended within %llu us, or %llu us of work while it was loaded",
		cfg->name, (unsigned long long)tries, places, (unsigned long long)faults,
		(unsigned long long)longest_kill, (unsigned long long)longest_load);
}

/* What a boot argument begins with. */
static u64 number(const char **s)
{
	u64 n = 0;

	for (; **s >= '0' && **s <= '9'; ++*s)
		n = 10 * n + (u64)(**s - '0');
	return n;
}

/* Whether @name is there: each description is for @fn then. */
static bool asked_for(const char *name, struct fs *fs,
		      void (*fn)(struct life_subject *s, const char *arg))
{
	struct life_subject s = { .fs = fs };
	char arg[16];
	unsigned int i;

	if (!host_bootarg(name, arg, sizeof(arg)))
		return false;
	for (i = 0; (s.cfg = boot_config(i)); i++) {
		s.commit = (struct vm_commit){ 0 };
		s.faults = 0;
		fn(&s, arg);
	}
	return true;
}

static void every_event(struct life_subject *s, const char *arg)
{
	/* One after the other, whatever the subject. */
	if (!seed)
		seed = number(&arg) + 1;
	by_time = strchr(arg, 't');
	config = *s->cfg;
	disk = s->fs;
	subject();
}

static void cycles(struct life_subject *s, const char *arg)
{
	life_cycles(s, number(&arg));
}

static void refusals(struct life_subject *s, const char *arg)
{
	(void)arg;
	life_faults(s);
}

static void stops(struct life_subject *s, const char *arg)
{
	life_stop(s, number(&arg));
}

static void pauses(struct life_subject *s, const char *arg)
{
	life_pause(s, number(&arg));
}

bool life_test(struct fs *fs)
{
	return asked_for("lodge.life-test", fs, every_event) ||
	       asked_for("lodge.life-cycles", fs, cycles) ||
	       asked_for("lodge.life-faults", fs, refusals) ||
	       asked_for("lodge.life-stop", fs, stops) || asked_for("lodge.life-pause", fs, pauses);
}
