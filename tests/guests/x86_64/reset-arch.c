// SPDX-License-Identifier: Apache-2.0
#include "../reset.h"
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/tap.h>

#define RESET_PORT 0xcf9
#define RESET_HARD 0x06
#define MSR_LSTAR  0xc0000082
#define SPOILT	   0x123456789abcUL

static void reset_port(void)
{
	outb(RESET_PORT, RESET_HARD);
}

const struct reset arch_resets[] = {
	{ "port 0xcf9", reset_port },
};
const unsigned int arch_nr_resets = ARRAY_SIZE(arch_resets);

void reset_spoil(bool bad)
{
	wrmsr(MSR_LSTAR, bad ? SPOILT : 0);
	cr_write(4, bad ? cr_read(4) | CR4_SMEP : cr_read(4) & ~(u64)CR4_SMEP);
	lapic_write(LAPIC_LDR, bad ? 0x12000000 : 0);
}

void reset_arch(void)
{
	tap_eq(rdmsr(MSR_LSTAR), 0, "a reset has cleared LSTAR");
	tap_eq(cr_read(4) & CR4_SMEP, 0, "and CR4.SMEP");
	tap_eq(lapic_read(LAPIC_LDR), 0, "and the local APIC's logical id");
}
