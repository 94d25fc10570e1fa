// SPDX-License-Identifier: Apache-2.0
#include "../steal.h"
#include <arch/psci.h>
#include <guest/cpus.h>
#include <guest/tap.h>
#include <guest/trap.h>

/* Paravirtualized time (DEN 0057): stolen time. */

#define PV_TIME_FEATURES 0xc5000020
#define PV_TIME_ST	 0xc5000021
#define NR_CPUS		 2

struct pv_time {
	u32 revision, attributes;
	u64 stolen;
	u8 pad[48];
};

/* Where this board has them; a guest should ask. */
static volatile struct pv_time *places[NR_CPUS] = { (volatile struct pv_time *)0x090a0000,
						    (volatile struct pv_time *)0x090a0040 };

bool steal_enable(u64 cpu)
{
	long at = psci_call(PV_TIME_ST, 0, 0, 0);

	return at == (long)places[cpu];
}

u64 steal_ns(u64 cpu)
{
	return places[cpu]->stolen;
}

int steal_preempted(u64 cpu)
{
	(void)cpu;
	return -1;
}

/* By HVC and by SMC; what registers keep. */
static long call(void (*fn)(struct smccc_regs *r), u64 id, u64 arg)
{
	struct smccc_regs r = { .x = { id, arg } };
	unsigned int i;

	for (i = 4; i < ARRAY_SIZE(r.x); i++)
		r.x[i] = i;
	fn(&r);
	for (i = 4; i < ARRAY_SIZE(r.x); i++)
		if (r.x[i] != i)
			return 0x55;
	return (long)r.x[0];
}

static void offered(void)
{
	tap_eq((u64)call(smccc_hvc, SMCCC_ARCH_FEATURES, PV_TIME_FEATURES), 0,
	       "SMCCC_ARCH_FEATURES knows PV_TIME_FEATURES");
	tap_eq((u64)call(smccc_hvc, PV_TIME_FEATURES, PV_TIME_FEATURES), 0, "which knows itself");
	tap_eq((u64)call(smccc_hvc, PV_TIME_FEATURES, PV_TIME_ST), 0, "and stolen time");
	tap_eq((u64)call(smccc_smc, PV_TIME_FEATURES, BIT(32) | PV_TIME_ST), 0,
	       "by SMC, in 32 bits, as well");
	tap_eq((u64)call(smccc_hvc, PV_TIME_FEATURES, 0xc5000022), ~0ul, "but not what comes next");
	tap_eq((u64)call(smccc_hvc, PV_TIME_FEATURES, PSCI_VERSION), ~0ul, "nor others' calls");
	tap_eq((u64)call(smccc_hvc, 0xc5000022, 0), ~0ul, "which there is none");
	tap_eq((u64)call(smccc_hvc, 0x85000021, 0), ~0ul, "nor is there one of 32 bits");
	tap_eq((u64)call(smccc_smc, PV_TIME_ST, 0), (u64)places[0], "asked again, it is there");
}

static void read_only(void)
{
	volatile struct pv_time *s = places[0];
	u64 before = s->stolen;
	unsigned int i, n = 0;

	tap_ok(!s->revision && !s->attributes, "it has revision 0, and no attributes");
	for (i = 0; i < sizeof(s->pad); i++)
		n += s->pad[i] != 0;
	tap_eq(n, 0, "and nothing else");
	trap_catch();
	s->revision = 1;
	s->stolen = ~0ul;
	tap_note("%lu exceptions", trap_caught().count);
	tap_ok(!s->revision && s->stolen - before < 1000000000, "a store there goes nowhere");
	tap_ok((u64)s < platform.ram_base || (u64)s >= platform.ram_base + platform.ram_size,
	       "which is no RAM");
}

void steal_arch(void)
{
	u64 before = places[0]->stolen;

	offered();
	read_only();
	steal_compete(true);
	tap_ok(places[0]->stolen > before, "and it goes on to count");
}
