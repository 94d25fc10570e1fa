// SPDX-License-Identifier: Apache-2.0
/* Accesses of system registers that trap, for every register that an instruction can name. */
/* flags: -I$(root)/arch/aarch64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/aarch64/include/asm/vcpu.h"
#include "../../arch/aarch64/virt/trap_sys.c"
#include "arm_sysregs.h"

#define PC 0x40001000ul

static struct vcpu vcpu;
static unsigned int undefined;
static struct {
	const char *name;
	u64 val;
	unsigned int arg[2];
} did;

#define DID(what, v, a, b)       \
	do {                     \
		did.name = what; \
		did.val = v;     \
		did.arg[0] = a;  \
		did.arg[1] = b;  \
	} while (0)

/* ---- what the handlers call ---- */

int arm64_exit_undefined(struct vcpu *v, u64 esr)
{
	undefined++;
	return EXIT_RESUME;
}

u64 arm64_idreg(unsigned int crm, unsigned int op2)
{
	DID("idreg", 0, crm, op2);
	return 0x1d;
}

/* Six breakpoints, four watchpoints. */
bool arm64_debug_has(unsigned int n, unsigned int op2)
{
	return n < (op2 < 6 ? 6 : 4);
}

u64 arm64_debug_read(struct vcpu *v, unsigned int n, unsigned int op2)
{
	DID("debug", 0, n, op2);
	return 0xdeb;
}

void arm64_debug_write(struct vcpu *v, unsigned int n, unsigned int op2, u64 val)
{
	DID("debug", val, n, op2);
}

u64 arm64_mdscr_read(void)
{
	DID("mdscr", 0, 0, 0);
	return 0x1000;
}

void arm64_mdscr_write(u64 val)
{
	DID("mdscr", val, 0, 0);
}

u64 arm64_oslsr_read(const struct vcpu *v)
{
	DID("oslsr", 0, 0, 0);
	return 0x8;
}

u64 arm64_ptimer_read(struct vcpu *v, unsigned int op2)
{
	DID("ptimer", 0, op2, 0);
	return 0x7173;
}

void arm64_ptimer_write(struct vcpu *v, unsigned int op2, u64 val)
{
	DID("ptimer", val, op2, 0);
}

void vgic_sgi(struct vcpu *v, u64 val, bool group0)
{
	DID("sgi", val, group0, 0);
}

void vgic_dir(struct vcpu *v, u64 val)
{
	DID("dir", val, 0, 0);
}

/* ---- accesses ---- */

#define RT 7

/* ISS of a trapped MRS or MSR of x7; @key as SYSREG_KEY() makes it. */
static u64 syndrome(u32 key, bool read, unsigned int rt)
{
	return (u64)EC_SYSREG << ESR_EC_SHIFT | ESR_IL | (u64)(key >> 14) << 20 |
	       (u64)(key & 7) << 17 | (u64)(key >> 11 & 7) << 14 | (u64)(key >> 7 & 15) << 10 |
	       (u64)rt << ISS_SYS_RT_SHIFT | (u64)(key >> 3 & 15) << 1 | read;
}

static int access_reg(u32 key, bool read, unsigned int rt)
{
	SYS(elr_el2) = PC;
	SYS(spsr_el2) = PSR_MODE_EL1H;
	undefined = 0;
	memset(&did, 0, sizeof(did));
	vcpu.arch.guest.gpr[rt] = rt == 31 ? 0 : 0x5ca1ab1e;
	return arm64_exit_sysreg(&vcpu, syndrome(key, read, rt));
}

static int fresh(void **state)
{
	arm_sysregs_clear();
	memset(&vcpu, 0, sizeof(vcpu));
	return 0;
}

/* In the order of the table, which find_reg() trusts to be sorted. */
static const struct trapped_reg *look_up(u32 key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		if (regs[i].key == key)
			return &regs[i];
	return NULL;
}

static bool is_there(u32 key, bool read)
{
	const struct trapped_reg *r = look_up(key);
	unsigned int op1 = key >> 11 & 7, crn = key >> 7 & 15, crm = key >> 3 & 15, op2 = key & 7;

	if (key >> 14 == 3 && !op1 && !crn && crm >= 1 && crm <= 7)
		return read;
	if (key >> 14 == 2 && !op1 && !crn && op2 >= 4)
		return crm < (op2 < 6 ? 6 : 4);
	return r && (read ? r->read != NULL : r->write != NULL);
}

static void every_register_is_there_or_undefined(void **state)
{
	unsigned int there = 0, read;
	u32 key;

	for (key = 0; key < 1u << 16; key++) {
		for (read = 0; read < 2; read++) {
			(void)access_reg(key, read, RT);
			if (is_there(key, read)) {
				there++;
				assert_int_equal(undefined, 0);
				assert_true(SYS(elr_el2) == PC + 4);
				if (read)
					assert_true(vcpu.arch.guest.gpr[RT] != 0x5ca1ab1e);
			} else {
				assert_int_equal(undefined, 1);
				assert_true(SYS(elr_el2) == PC && !did.name);
				assert_true(vcpu.arch.guest.gpr[RT] == 0x5ca1ab1e);
			}
		}
	}
	/* 56 ID registers, 20 of debug both ways, and the table. */
	assert_true(there >= 56 + 40 + ARRAY_SIZE(regs));
}

static void each_does_what_it_is_for(void **state)
{
	static const struct {
		u32 key;
		const char *name;
		unsigned int arg[2];
		bool read, write;
	} cases[] = {
		{ SYSREG_KEY(3, 0, 0, 4, 1), "idreg", { 4, 1 }, true, false },
		{ SYSREG_KEY(3, 0, 0, 7, 7), "idreg", { 7, 7 }, true, false },
		{ SYSREG_KEY(2, 0, 0, 5, 5), "debug", { 5, 5 }, true, true },
		{ SYSREG_KEY(2, 0, 0, 3, 7), "debug", { 3, 7 }, true, true },
		{ SYSREG_KEY(2, 0, 0, 2, 2), "mdscr", { 0, 0 }, true, true },
		{ SYSREG_KEY(2, 0, 1, 1, 4), "oslsr", { 0, 0 }, true, false },
		{ SYSREG_KEY(3, 0, 12, 11, 1), "dir", { 0, 0 }, false, true },
		{ SYSREG_KEY(3, 0, 12, 11, 5), "sgi", { 0, 0 }, false, true },
		{ SYSREG_KEY(3, 0, 12, 11, 6), "sgi", { 1, 0 }, false, true },
		{ SYSREG_KEY(3, 0, 12, 11, 7), "sgi", { 1, 0 }, false, true },
		{ SYSREG_KEY(3, 3, 14, 2, 0), "ptimer", { 0, 0 }, true, true },
		{ SYSREG_KEY(3, 3, 14, 2, 2), "ptimer", { 2, 0 }, true, true },
	};
	unsigned int i, read;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (read = 0; read < 2; read++) {
			if (!(read ? cases[i].read : cases[i].write))
				continue;
			(void)access_reg(cases[i].key, read, RT);
			assert_string_equal(did.name, cases[i].name);
			assert_int_equal(did.arg[0], cases[i].arg[0]);
			assert_int_equal(did.arg[1], cases[i].arg[1]);
			if (!read)
				assert_int_equal(did.val, 0x5ca1ab1e);
		}
	}
	/* ICC_SRE_EL1: system registers, and no bypass. */
	(void)access_reg(SYSREG_KEY(3, 0, 12, 12, 5), true, RT);
	assert_int_equal(vcpu.arch.guest.gpr[RT], 7);
	SYS(actlr_el1) = 0xac;
	(void)access_reg(SYSREG_KEY(3, 0, 1, 0, 1), true, RT);
	assert_int_equal(vcpu.arch.guest.gpr[RT], 0xac);
	(void)access_reg(SYSREG_KEY(2, 0, 1, 0, 4), false, RT);
	assert_false(vcpu.arch.guest.debug.os_lock);
	vcpu.arch.guest.gpr[RT] = 1;
	(void)arm64_exit_sysreg(&vcpu, syndrome(SYSREG_KEY(2, 0, 1, 0, 4), false, RT));
	assert_true(vcpu.arch.guest.debug.os_lock);
}

static void the_zero_register_stays_zero(void **state)
{
	(void)access_reg(SYSREG_KEY(3, 0, 0, 4, 0), true, 31);
	assert_true(vcpu.arch.guest.gpr[31] == 0 && SYS(elr_el2) == PC + 4);
	(void)access_reg(SYSREG_KEY(2, 0, 0, 2, 2), false, 31);
	assert_true(!strcmp(did.name, "mdscr") && did.val == 0);
}

/* Registers that C preserves are in the CPU, which has to be told. */
static void preserved_registers_are_loaded_again(void **state)
{
	unsigned int rt;

	for (rt = 0; rt < 31; rt++)
		assert_int_equal(access_reg(SYSREG_KEY(3, 0, 0, 4, 0), true, rt),
				 rt < 19 ? EXIT_RESUME : ARM64_RESUME_RELOAD);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(every_register_is_there_or_undefined),
		T(each_does_what_it_is_for),
		T(the_zero_register_stays_zero),
		T(preserved_registers_are_loaded_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
