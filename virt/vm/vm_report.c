// SPDX-License-Identifier: Apache-2.0
/* What a VM's life has cost, when it ends. */
#include <lodge/arch_virt.h>
#include <lodge/commit.h>
#include <lodge/mutex.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/smp.h>
#include <lodge/time.h>
#include <lodge/vcpu.h>
#include <lodge/vm.h>
#include <lodge/vm_report.h>

/* What making a VM took, and what its vCPUs waited, is told from here on. */
#define TOLD_US 10000

static const char *end_name(enum vm_end end)
{
	switch (end) {
	case VM_END_SHUTDOWN:
		return "powered off";
	case VM_END_RESET:
		return "asked for a reset";
	case VM_END_CRASH:
		return "crashed";
	case VM_END_KILLED:
		return "killed";
	case VM_END_WATCHDOG:
		return "stopped by its watchdog";
	default:
		return "ended";
	}
}

static u64 exits_of(const struct vm *vm, unsigned int cause)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < vm->nr_vcpus; i++)
		n += vm->vcpu[i]->exits[cause];
	return n;
}

void vm_report_crash(const struct vm *vm)
{
	/* Its lines have no name in front: another VM's are not to come between them. */
	static struct mutex one_at_a_time = MUTEX_INIT(one_at_a_time);

	mutex_lock(&one_at_a_time);
	pr_info("vm %s: vCPU %u can't go on: %s", vm->cfg->name, vm->crashed->id, vm->crash_why);
	arch_vcpu_dump(vm->crashed);
	mutex_unlock(&one_at_a_time);
}

/* Where its vCPUs have run, which says little where there is no choice. */
static void report_cpus(const struct vm *vm)
{
	char list[4 * SCHED_MAX_CPUS] = "";
	unsigned int i, at = 0;
	u64 cpus = 0;

	for (i = 0; i < vm->nr_vcpus; i++)
		cpus |= vm->vcpu[i]->ran_on;
	for (i = 0; i < SCHED_MAX_CPUS; i++)
		if (cpus >> i & 1)
			at += scnprintf(list + at, sizeof(list) - at, "%s%u", at ? ", " : "", i);
	if (!cpus)
		return; /* it was loaded, and ended before any of them ran */
	pr_info("vm %s: ran on CPU%s %s", vm->cfg->name, cpus & (cpus - 1) ? "s" : "", list);
}

void vm_report(const struct vm *vm)
{
	const char *name = vm->cfg->name;
	char by_cause[256] = "";
	unsigned int i, at = 0;
	u64 total = 0, stolen = vm_steal_us(vm);

	for (i = 0; i < NR_EXIT_CAUSES; i++) {
		u64 n = exits_of(vm, i);

		if (!n)
			continue;
		at += scnprintf(by_cause + at, sizeof(by_cause) - at, "%s%s %llu", at ? ", " : ": ",
				arch_exit_name(i), (unsigned long long)n);
		total += n;
	}
	if (vm->end == VM_END_SHUTDOWN)
		pr_info("vm %s: %s (type shutdown, reason %s)", name, end_name(vm->end),
			vm->end_reason == 0 ? "none" : "failure");
	else
		pr_info("vm %s: %s", name, end_name(vm->end));
	pr_info("vm %s: %llu exit%s%s; %llu us of CPU time; %llu KiB of memory at most; %llu KiB besides its RAM",
		name, (unsigned long long)total, total == 1 ? "" : "s", by_cause,
		(unsigned long long)time_to_us(cpu_time_read(&vm->cpu)),
		(unsigned long long)vm->account->peak << (PAGE_SHIFT - 10),
		(unsigned long long)vm_pages_besides_ram(vm) << (PAGE_SHIFT - 10));
	if (vm->setup_ticks > time_from_us(TOLD_US))
		pr_info("vm %s: %llu us of the CPU time to create and load it", name,
			(unsigned long long)time_to_us(vm->setup_ticks));
	if (cpu_count() > 1)
		report_cpus(vm);
	if (vm->timers.borrowed)
		pr_info("vm %s: its timers and interrupts took %llu us of the host's CPU time, %llu us of it while other VMs ran",
			name, (unsigned long long)time_to_us(vm->timers.used),
			(unsigned long long)time_to_us(vm->timers.borrowed));
	if (stolen > TOLD_US)
		pr_info("vm %s: its vCPUs waited %llu us for a CPU", name,
			(unsigned long long)stolen);
	if (vm->unclaimed.count)
		pr_info("vm %s: %llu unclaimed accesses", name,
			(unsigned long long)vm->unclaimed.count);
}
