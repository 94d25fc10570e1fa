// SPDX-License-Identifier: Apache-2.0
/* Calls to the firmware that Lodge runs on. Nothing of a guest gets here. */
#include <lodge/arch.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/printk.h>
#include <lodge/string.h>
#include <asm/psci.h>
#include <asm/setup.h>
#include <asm/speculation.h>
#include <asm/trap.h>

static enum { CONDUIT_NONE, CONDUIT_SMC, CONDUIT_HVC } conduit __ro_after_init;
static bool semihosting __ro_after_init;

BOOTARG(semihosting, "lodge.semihosting");

void arm64_psci_init(const void *fdt)
{
	int node = fdt_find_compatible(fdt, -1, "arm,psci-0.2");
	const char *method;
	char buf[4];

	if (node < 0)
		node = fdt_find_compatible(fdt, -1, "arm,psci-1.0");
	method = node < 0 ? NULL : fdt_prop_string(fdt, node, "method");
	if (method && strcmp(method, "smc") == 0)
		conduit = CONDUIT_SMC;
	else if (method && strcmp(method, "hvc") == 0)
		conduit = CONDUIT_HVC;
	else
		pr_warn("the devicetree has no PSCI: one CPU, and the machine can't be switched off");
	method = host_bootarg("lodge.semihosting", buf, sizeof(buf));
	semihosting = method && strcmp(method, "on") == 0;
}

/* SMCCC 1.0 lets a call change x4 to x17 as well. */
#define CALL(insn)                                                                                \
	__asm__ volatile(insn " #0"                                                               \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                 \
			 :                                                                        \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", \
			   "x15", "x16", "x17", "memory")

s64 psci_call(u32 function, u64 arg1, u64 arg2, u64 arg3)
{
	register u64 x0 __asm__("x0") = function;
	register u64 x1 __asm__("x1") = arg1;
	register u64 x2 __asm__("x2") = arg2;
	register u64 x3 __asm__("x3") = arg3;

	if (conduit == CONDUIT_SMC)
		CALL("smc");
	else if (conduit == CONDUIT_HVC)
		CALL("hvc");
	else
		return PSCI_NOT_SUPPORTED;
	/* A result has 32 bits where the function's number is of SMC32. */
	return function >> 30 & 1 ? (s64)x0 : (s32)x0;
}

#define SMCCC_VERSION	    0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define PSCI_1_0	    0x10000
#define SMCCC_1_1	    0x10001

/* SMCCC 1.1 is found by PSCI 1.0 (DEN0028, 7.1.1); firmware before knows no such calls. */
s64 smccc_host_features(u32 fid)
{
	if (psci_call(PSCI_VERSION, 0, 0, 0) < PSCI_1_0 ||
	    psci_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) < 0 ||
	    psci_call(SMCCC_VERSION, 0, 0, 0) < SMCCC_1_1)
		return PSCI_NOT_SUPPORTED;
	return psci_call(SMCCC_ARCH_FEATURES, fid, 0, 0);
}

void smccc_host_call(u32 fid, u64 arg)
{
	psci_call(fid, arg, 0, 0);
}

/* SYS_EXIT_EXTENDED of Arm's semihosting: a debugger or emulator ends with a status. */
static void semihosting_exit(u64 status)
{
	u64 block[2] = { 0x20026, status }; /* ADP_Stopped_ApplicationExit */
	register u64 x0 __asm__("x0") = 0x20;
	register u64 x1 __asm__("x1") = (u64)block;

	/* Nobody may be there after all, which makes it an undefined instruction. */
	__asm__ volatile(EX_GUARDED("hlt #0xf000", "") : "+r"(x0) : "r"(x1) : "memory");
}

void arch_power_off(unsigned int status)
{
	if (semihosting)
		semihosting_exit(status);
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
