// SPDX-License-Identifier: Apache-2.0
/* Where a guest's instructions are in the host, which is remembered from one exit to the next. */
/* links: arch/x86_64/virt/walk.c */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=1 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/emulate/fetch.c"
#include <shim.h>

#define RIP 0x100

struct cpu_features cpu_features;
static struct vm vm;
static struct vmcb vmcb;
static struct vcpu vcpu;
static u8 pages[2][PAGE_SIZE] __aligned(PAGE_SIZE);
static unsigned int mapped, lookups;
static bool changes; /* another CPU maps the other page, just after this one has looked */

static void map(unsigned int page)
{
	mapped = page;
	vm.arch.memory_generation++;
}

int vm_memory_segs(struct vm *v, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	assert_int_equal(addr.v, 0);
	lookups++;
	segs[0] = (struct block_seg){ hpa((u64)pages[mapped]), len };
	if (changes)
		map(!mapped);
	return 1;
}

/* Without paging, in flat segments of 32 bits. */
static int fresh(void **state)
{
	memset(&vm, 0, sizeof(vm));
	memset(&vmcb, 0, sizeof(vmcb));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	vcpu.arch.vmcb = &vmcb;
	vcpu.arch.fetch.start = FETCH_NOWHERE;
	vmcb.save.rip = RIP;
	vmcb.save.cr0 = CR0_PE;
	memset(pages[0], 0x90, PAGE_SIZE);
	memset(pages[1], 0xf4, PAGE_SIZE);
	mapped = lookups = 0;
	changes = false;
	return 0;
}

static void assert_fetched(u8 byte)
{
	u8 buf[INSN_MAX] = { 0 };

	assert_int_equal(fetch(&vcpu, buf), INSN_MAX);
	assert_int_equal(buf[0], byte);
}

static void a_page_is_looked_up_once(void **state)
{
	assert_fetched(0x90);
	vmcb.save.rip++;
	assert_fetched(0x90);
	assert_int_equal(lookups, 1);
	/* Nested tables that have changed may have another one there. */
	map(1);
	assert_null(fetch_code(&vcpu));
	assert_fetched(0xf4);
	assert_int_equal(lookups, 2);
}

static void a_page_that_goes_meanwhile_is_not_remembered(void **state)
{
	changes = true;
	assert_fetched(0x90); /* who takes it away waits for this exit */
	changes = false;
	assert_null(fetch_code(&vcpu));
	assert_fetched(0xf4);
}

/* ---- what is not reached here ---- */

int vm_memory_check(struct vm *v, gpa_t addr, u64 len, u32 access)
{
	return 0;
}

void vm_crash(struct vcpu *v, const char *fmt, ...)
{
	fail_msg("a crash");
}

unsigned int x86_phys_bits(void)
{
	return 40;
}

int insn_decode(struct insn *i, const u8 *bytes, unsigned int n, unsigned int mode)
{
	return -EINVAL;
}

void x86_inject(struct vcpu *v, unsigned int vector)
{
}

void arch_vcpu_sync(struct vcpu *v, u32 req)
{
}

void x86_single_step(struct vcpu *v)
{
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_page_is_looked_up_once, fresh),
		cmocka_unit_test_setup(a_page_that_goes_meanwhile_is_not_remembered, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
