// SPDX-License-Identifier: Apache-2.0
/* The VMs that the boot disk describes: started, restarted and ended, by the boot thread. */
#include <lodge/arch_virt.h>
#include <lodge/backoff.h>
#include <lodge/commit.h>
#include <lodge/console.h>
#include <lodge/init.h>
#include <lodge/irqsoff.h>
#include <lodge/memory_map.h>
#include <lodge/power.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>

#include "manager.h"

struct slot {
	struct vm_config *cfg;
	struct vm *vm; /* NULL before it is started and when it is destroyed */
	u64 seen;      /* of @vm->ends: those that something was done about */
	u64 due;       /* when it starts again, in ticks; 0 if it does not */
	struct backoff backoff;
	struct vm_commit commit; /* from its start on, until it is not to start again */
};

static struct slot slots[VM_MAX_VMS];
static unsigned int nr_slots;
static unsigned int failures;

/* VMs that start by themselves, one after the other. */
static struct {
	const char *only;  /* just this one, by name; NULL for those that say autostart */
	unsigned int next; /* slot that is looked at next */
	struct slot *last; /* that was started so */
	u64 due; /* when the next is started beside it, at the latest; 0: not while it loads */
} autostart;

/* What is wrong, in a line; the rest goes on. */
void boot_failure(const char *line)
{
	pr_err("%s", line);
	failures++;
}

/* In the order of their file names, which is the order in which they start. */
static void slot_insert(struct vm_config *cfg)
{
	unsigned int i;

	for (i = nr_slots; i > 0 && strcmp(slots[i - 1].cfg->file, cfg->file) > 0; i--)
		slots[i] = slots[i - 1];
	slots[i] = (struct slot){ .cfg = cfg };
	nr_slots++;
}

bool boot_add(struct vm_config *cfg, char *err)
{
	/*
	 * What only the machine decides is judged when a VM is started: those of one disk need not
	 * run at one time.
	 */
	static const struct vm_machine any_machine;

	if (vm_config_conflict(cfg, boot_config, &any_machine, err))
		return false;
	slot_insert(cfg);
	return true;
}

const struct vm_config *boot_config(unsigned int n)
{
	return n < nr_slots ? slots[n].cfg : NULL;
}

bool boot_has_room(void)
{
	return nr_slots < VM_MAX_VMS;
}

static struct vm *newest_running(void)
{
	unsigned int i;

	for (i = nr_slots; i > 0; i--)
		if (slots[i - 1].vm && vm_is_alive(slots[i - 1].vm))
			return slots[i - 1].vm;
	return NULL;
}

static void focus_newest(void)
{
	struct vm *vm = newest_running();

	console_focus(vm ? vm->console : NULL);
}

static void destroy(struct slot *s)
{
	BUG_ON(vm_destroy(s->vm)); /* it has ended, and nobody else destroys it */
	s->vm = NULL;
}

/* It is not to start again. */
static void drop(struct slot *s)
{
	if (s->vm)
		destroy(s);
	vm_commit_release(s->cfg, &s->commit);
}

/* What takes long of it is done by the VM's own thread. */
static void start(struct slot *s, struct fs *fs)
{
	char err[VM_ERROR_MAX];

	s->due = 0;
	s->seen = 0;
	s->vm = vm_create(s->cfg, fs, &s->commit, err);
	if (s->vm) {
		s->vm->restarts = s->backoff.count;
		console_focus(s->vm->console);
		BUG_ON(vm_start(s->vm)); /* nobody else knows it yet */
		return;
	}
	boot_failure(err);
	drop(s);
	focus_newest();
}

/* One that ends at once must not keep the host busy with nothing but its starts. */
static void restart_later(struct slot *s)
{
	u64 pause = backoff_next(&s->backoff, time_to_us(s->vm->ran));

	destroy(s);
	if (pause)
		pr_info("vm %s: starts again in %llu ms", s->cfg->name,
			(unsigned long long)pause / 1000);
	s->due = time_now() + time_from_us(pause);
}

/* It was to start again, and has too often. */
static void give_up(const struct slot *s)
{
	pr_warn("vm %s: started again %u times in a row, as often as \"restart-limit\" allows; it stays %s",
		s->cfg->name, s->backoff.count, vm_state_name(s->vm->state));
}

/* After a VM has ended: what its description wants. */
static void ended(struct slot *s)
{
	const struct vm *vm = s->vm;

	s->seen = vm->ends;
	/* A guest may say itself, when it powers off, that it has failed. */
	if (vm->state == VM_CRASHED || vm->end_reason != 0 ||
	    (vm->kept && s->cfg->on_exit == ON_EXIT_RESTART))
		failures++;
	focus_newest();
	/* What could not be loaded once is not tried again. */
	if (vm->end == VM_END_NOT_LOADED)
		drop(s);
	else if (!vm->kept && s->cfg->on_exit == ON_EXIT_RESTART)
		restart_later(s);
	else if (vm->kept && s->cfg->on_exit == ON_EXIT_RESTART)
		give_up(s);
	else if (vm->kept)
		return; /* as it is, for inspection */
	else
		drop(s);
}

/* Whether something is to be done about the VM in @s now. */
static bool has_ended(const struct slot *s)
{
	return s->vm && !vm_is_alive(s->vm) && s->seen != s->vm->ends;
}

static bool any_ended(void)
{
	unsigned int i;

	for (i = 0; i < nr_slots; i++)
		if (has_ended(&slots[i]))
			return true;
	return false;
}

static void reap(void)
{
	unsigned int i;

	for (i = 0; i < nr_slots; i++)
		if (has_ended(&slots[i]))
			ended(&slots[i]);
}

static void start_due(struct fs *fs)
{
	unsigned int i;

	for (i = 0; i < nr_slots; i++) {
		struct slot *s = &slots[i];

		if (s->due && time_now() >= s->due)
			start(s, fs);
	}
}

/* ---- autostart ---- */

/* The next of those that start by themselves; NULL if there is none. */
static struct slot *autostart_next(void)
{
	for (; autostart.next < nr_slots; autostart.next++) {
		struct slot *s = &slots[autostart.next];

		if (autostart.only ? !strcmp(s->cfg->name, autostart.only) : s->cfg->autostart)
			return s;
	}
	return NULL;
}

/* What was started last has been loaded: its time to end before the next begins now. */
static bool autostart_has_loaded(void)
{
	const struct slot *last = autostart.last;

	/* Where it resets itself at once, it may be loaded again by now. */
	return last && last->vm && vm_is_alive(last->vm) && READ_ONCE(last->vm->boots) &&
	       !autostart.due;
}

/* Whether the next has to wait for what was started last. */
static bool autostart_waits(void)
{
	const struct slot *last = autostart.last;

	if (autostart_has_loaded())
		autostart.due = time_now() + time_from_us(CONFIG_AUTOSTART_WAIT_MS * 1000);
	return last && last->vm && vm_is_alive(last->vm) &&
	       (!autostart.due || time_now() < autostart.due);
}

/*
 * One after the other while each ends by itself soon, as short guests do; one that
 * stays shares the CPU with those that follow. Whether one was started.
 */
static bool autostart_step(struct fs *fs)
{
	struct slot *s = autostart_next();
	struct vm *running = newest_running();

	if (autostart_waits() || !s)
		return false;
	if (running) {
		/* From here on what it says has its name in front. */
		console_focus(NULL);
		pr_info("vm %s: still runs; starting %s beside it", running->cfg->name,
			s->cfg->name);
	}
	autostart.next++;
	autostart.last = s;
	autostart.due = 0;
	start(s, fs);
	return true;
}

/* The VM that was asked for by name is not there: what is. */
static __noinline void label_failure(const char *label)
{
	char line[VM_ERROR_MAX];
	unsigned int i;
	int n = scnprintf(line, sizeof(line),
			  "lodge.run=%s: no VM on the boot disk has this label;", label);

	if (!nr_slots)
		scnprintf(line + n, sizeof(line) - n, " there is no valid description in " VM_DIR);
	for (i = 0; i < nr_slots; i++)
		n += scnprintf(line + n, sizeof(line) - n, "%s%s", i ? ", " : " there are ",
			       slots[i].cfg->name);
	boot_failure(line);
}

static void autostart_begin(const char *only)
{
	autostart.only = only;
	if (autostart_next())
		return;
	if (only)
		label_failure(only);
	else if (nr_slots)
		boot_failure("no description in " VM_DIR " says autostart: nothing to run");
	else
		boot_failure("no valid description of a VM in " VM_DIR
			     " (*.dtb, which dtc makes of a .dts): nothing to run");
}

/* ---- boot arguments ---- */

BOOTARG(run, "lodge.run");

/* A misspelt one must not pass for one that was not given. */
static __noinline void check_bootargs(void)
{
	char line[VM_ERROR_MAX], word[64];
	const char *name;
	unsigned int i, j;
	int n;

	for (i = 0; host_bootarg_unknown(i, word, sizeof(word)); i++) {
		n = scnprintf(line, sizeof(line), "boot argument %s: unknown; use", word);
		for (j = 0; (name = bootarg_name(j)); j++)
			n += scnprintf(line + n, sizeof(line) - n, "%s%s=", j ? ", " : " ", name);
		boot_failure(line);
	}
}

/* ---- the whole ---- */

/* When there is something to do, whether a VM ends or not; false if never. */
static bool next_deadline(u64 *deadline)
{
	unsigned int i;
	u64 first = ~(u64)0;

	if (autostart_next() && autostart.due)
		first = autostart.due;
	for (i = 0; i < nr_slots; i++)
		if (slots[i].due)
			first = min(first, slots[i].due);
	*deadline = first == ~(u64)0 ? 0 : first;
	return *deadline;
}

static bool any_news(void *arg)
{
	(void)arg;
	return any_ended() || autostart_has_loaded();
}

/* Until no VM runs any more, and none is to. */
static void run_vms(struct fs *fs)
{
	u64 deadline;

	for (;;) {
		reap();
		start_due(fs);
		if (autostart_step(fs) || any_news(NULL))
			continue;
		if (!next_deadline(&deadline) && !newest_running())
			return;
		(void)waitq_wait(&vm_events, any_news, NULL, deadline);
	}
}

void vm_manager_run(void)
{
	char buf[2 * VM_NAME_MAX]; /* so long that what is cut is no label */
	const char *only = host_bootarg("lodge.run", buf, sizeof(buf));
	struct fs *fs;

	waitq_init(&vm_events);
	if (IS_ENABLED(CONFIG_IRQSOFF_TRACER))
		irqsoff_init(vcpu_last_exit_name);
	arch_virt_init();
	hostmap_seal(); /* the last that is set up once has been */
	memory_report();
	check_bootargs();
	fs = boot_disk_mount();
	if (fs) {
		boot_disk_read(fs);
		commit_init();
		if (!life_test(fs)) {
			autostart_begin(only);
			run_vms(fs);
		}
	}
	pr_info("no VM runs any more; the machine ends%s", failures ? ", with errors" : "");
	machine_power_off(failures ? 1 : 0);
}
