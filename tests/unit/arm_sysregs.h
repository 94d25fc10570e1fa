/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARM_SYSREGS_H
#define ARM_SYSREGS_H

/* System registers of aarch64 that are words, by their names: SYS(elr_el2) = 0. */
#include <asm/sysreg.h>
#include <shim.h>

const struct shim_sysreg *shim_sysreg;

static struct {
	const char *name;
	u64 val;
} arm_sysregs[64];

static u64 *arm_sysreg(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(arm_sysregs); i++) {
		if (!arm_sysregs[i].name)
			arm_sysregs[i].name = name;
		if (!strcmp(arm_sysregs[i].name, name))
			return &arm_sysregs[i].val;
	}
	fail_msg("too many registers");
	return NULL;
}

static u64 arm_sysreg_read(const char *name)
{
	return *arm_sysreg(name);
}

static void arm_sysreg_write(const char *name, u64 v)
{
	*arm_sysreg(name) = v;
}

#define SYS(reg) (*arm_sysreg(SYSREG_TEXT(reg)))

/* All are 0. */
static void arm_sysregs_clear(void)
{
	static const struct shim_sysreg sys = { arm_sysreg_read, arm_sysreg_write };

	memset(arm_sysregs, 0, sizeof(arm_sysregs));
	shim_sysreg = &sys;
}

#endif
