// SPDX-License-Identifier: Apache-2.0
#include <arch/psci.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/* PSCI 1.1 (DEN 0022F) as one CPU can see it; smp.c and reset.c have the rest. */

#define PSCI_1_1 0x10001

static s32 features(u64 fn)
{
	return (s32)psci_call(PSCI_FEATURES, fn, 0, 0);
}

static void there(void)
{
	static const struct {
		const char *name;
		u64 fn;
	} fns[] = {
		{ "PSCI_VERSION", PSCI_VERSION },
		{ "CPU_SUSPEND", PSCI_CPU_SUSPEND },
		{ "CPU_SUSPEND of 64 bits", SMCCC_64(PSCI_CPU_SUSPEND) },
		{ "CPU_OFF", PSCI_CPU_OFF },
		{ "CPU_ON", PSCI_CPU_ON },
		{ "CPU_ON of 64 bits", SMCCC_64(PSCI_CPU_ON) },
		{ "AFFINITY_INFO", PSCI_AFFINITY_INFO },
		{ "AFFINITY_INFO of 64 bits", SMCCC_64(PSCI_AFFINITY_INFO) },
		{ "MIGRATE_INFO_TYPE", PSCI_MIGRATE_INFO_TYPE },
		{ "SYSTEM_OFF", PSCI_SYSTEM_OFF },
		{ "SYSTEM_RESET", PSCI_SYSTEM_RESET },
		{ "SYSTEM_RESET2", PSCI_SYSTEM_RESET2 },
		{ "SYSTEM_RESET2 of 64 bits", SMCCC_64(PSCI_SYSTEM_RESET2) },
		{ "PSCI_FEATURES", PSCI_FEATURES },
		{ "SMCCC_VERSION", SMCCC_VERSION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fns); i++)
		tap_ok(features(fns[i].fn) >= 0, "%s is there", fns[i].name);
	tap_eq((u64)features(PSCI_CPU_SUSPEND) & ~3UL, 0,
	       "CPU_SUSPEND has no flag that is reserved");
}

static void not_there(void)
{
	static const struct {
		const char *name;
		u64 fn;
	} fns[] = {
		{ "MIGRATE", PSCI_MIGRATE },
		{ "MIGRATE of 64 bits", SMCCC_64(PSCI_MIGRATE) },
		{ "MIGRATE_INFO_UP_CPU", PSCI_MIGRATE_INFO_CPU },
		{ "CPU_FREEZE", PSCI_CPU_FREEZE },
		{ "CPU_DEFAULT_SUSPEND", PSCI_CPU_DEFAULT_SUSP },
		{ "NODE_HW_STATE", PSCI_NODE_HW_STATE },
		{ "SYSTEM_SUSPEND", PSCI_SYSTEM_SUSPEND },
		{ "PSCI_SET_SUSPEND_MODE", PSCI_SET_SUSPEND_MODE },
		{ "PSCI_STAT_RESIDENCY", PSCI_STAT_RESIDENCY },
		{ "PSCI_STAT_COUNT", PSCI_STAT_COUNT },
		{ "MEM_PROTECT", PSCI_MEM_PROTECT },
		{ "SYSTEM_OFF2", PSCI_SYSTEM_OFF2 },
		{ "function 31", 0x8400001f },
		{ "VERSION of 64 bits", SMCCC_64(PSCI_VERSION) },
		{ "SYSTEM_OFF of 64 bits", SMCCC_64(PSCI_SYSTEM_OFF) },
		{ "SYSTEM_RESET of 64 bits", SMCCC_64(PSCI_SYSTEM_RESET) },
		{ "CPU_OFF of 64 bits", SMCCC_64(PSCI_CPU_OFF) },
		{ "VERSION without its top bit", 0x04000000 },
		{ "number 0", 0 },
		{ "the largest number", 0xffffffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fns); i++) {
		s32 call = (s32)psci_call(fns[i].fn, 0, 0, 0);

		if (!tap_ok(features(fns[i].fn) == PSCI_NOT_SUPPORTED && call == PSCI_NOT_SUPPORTED,
			    "%s is not supported", fns[i].name))
			tap_note("features %d, call %d", features(fns[i].fn), call);
	}
}

static void affinities(void)
{
	u64 self = platform.boot_cpu;
	long err;

	tap_eq((u64)psci_call(PSCI_AFFINITY_INFO, self, 0, 0), 0, "this CPU is on");
	err = psci_call(PSCI_AFFINITY_INFO, self, 1, 0);
	tap_ok(err == PSCI_INVALID_PARAMS || err == 0,
	       "a level above 0 is on, too, or none as PSCI 1.x has it");
	tap_eq((u64)psci_call(PSCI_AFFINITY_INFO, 4000, 0, 0), (u64)PSCI_INVALID_PARAMS,
	       "a CPU that is not there has no state");
	tap_eq((u64)psci_call(SMCCC_64(PSCI_AFFINITY_INFO), BIT(40) | self, 0, 0),
	       (u64)PSCI_INVALID_PARAMS, "nor has one with reserved bits");
	tap_eq((u64)psci_call(PSCI_CPU_ON, self, 0x40200000, 0), (u64)PSCI_ALREADY_ON,
	       "starting oneself: already on");
	tap_eq((u64)psci_call(PSCI_CPU_ON, 4000, 0x40200000, 0), (u64)PSCI_INVALID_PARAMS,
	       "starting a CPU that is not there is refused");
	tap_eq((u64)psci_call(SMCCC_64(PSCI_CPU_ON), ~0UL, ~0UL, ~0UL), (u64)PSCI_INVALID_PARAMS,
	       "so is the last number");
	tap_eq((u64)psci_call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2, "no trusted OS has to migrate");
}

/* ---- suspend ---- */

static void wake_after(u64 us)
{
	irq_unmask(IRQ_TIMER);
	timer_set(arch_time() + arch_ticks_from_us(us));
}

static void suspend(void)
{
	u64 t0 = arch_time();
	long err;

	wake_after(20000);
	do
		err = psci_call(SMCCC_64(PSCI_CPU_SUSPEND), 0, 0, 0);
	while (!err && arch_time() - t0 < arch_ticks_from_us(20000));
	tap_eq((u64)err, PSCI_SUCCESS, "standby returns when a timer wakes it");
	tap_ok(arch_time() - t0 >= arch_ticks_from_us(20000), "and not before");
	irq_mask(IRQ_TIMER);
	timer_set(~0UL);
	err = psci_call(SMCCC_64(PSCI_CPU_SUSPEND), BIT(16), 0x50000000, 0);
	tap_ok(err == PSCI_INVALID_ADDRESS || err == PSCI_INVALID_PARAMS,
	       "powering down to an address that is no memory is refused");
	err = psci_call(SMCCC_64(PSCI_CPU_SUSPEND), BIT(31), 0x40200000, 0);
	tap_eq((u64)err, (u64)PSCI_INVALID_PARAMS, "a state with reserved bits is refused");
}

struct psci_resumed {
	u64 context, sctlr, daif;
};

/* Powers down. Return: 1 and @r filled in if it resumed; else the error. */
long psci_power_down(struct psci_resumed *r, u64 context);

static void power_down(void)
{
	struct psci_resumed r = { 0 };
	u64 t0 = arch_time();
	long ret;

	wake_after(20000);
	ret = psci_power_down(&r, 0xfeedUL << 32 | 0xbeef);
	irq_cpu_init();
	timer_set(~0UL);
	if (!tap_eq((u64)ret, 1, "powered down, it resumes at the address given"))
		return;
	tap_ok(arch_time() - t0 >= arch_ticks_from_us(20000), "when the timer wakes it");
	tap_eq(r.context, 0xfeedUL << 32 | 0xbeef, "with the context in x0");
	tap_eq(r.sctlr & (SCTLR_ENTRY_OFF | SCTLR_ENTRY_ON), SCTLR_ENTRY_ON,
	       "the MMU off, and all of SCTLR_EL1 as at entry");
	tap_eq(r.daif & 0x3c0, 0x3c0, "interrupts masked");
}

int guest_main(void)
{
	tap_eq((u64)psci_call(PSCI_VERSION, 0, 0, 0), PSCI_1_1, "the version is 1.1");
	there();
	not_there();
	affinities();
	suspend();
	power_down();
	return tap_done();
}
