/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_ASM_SYSREG_H
#define UNIT_ASM_SYSREG_H

/*
 * System registers of the architecture whose headers come after these, if it has them: a
 * test makes them up. A register is the text of its name's expansion, so that the test,
 * which includes the same header, compares with SYSREG_TEXT(name).
 */
#include_next <asm/sysreg.h>

#undef read_sysreg
#undef write_sysreg
#undef isb

#define SYSREG_TEXT(reg) __stringify(reg)

struct shim_sysreg {
	u64 (*read)(const char *reg);
	void (*write)(const char *reg, u64 v);
};

extern const struct shim_sysreg *shim_sysreg;

#define read_sysreg(reg)     (shim_sysreg->read(SYSREG_TEXT(reg)))
#define write_sysreg(reg, v) (shim_sysreg->write(SYSREG_TEXT(reg), (u64)(v)))
#define isb()		     shim_isb()

/* Does nothing, but in a test that has one of its own. */
void shim_isb(void);

#endif
