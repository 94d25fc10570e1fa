// SPDX-License-Identifier: Apache-2.0
/* EOI by a bit in the guest's memory: when it is offered, and what becomes of it. */
/* flags: -I$(root)/arch/x86_64/include -DCONFIG_NR_CPUS=4 */
#include "../../arch/x86_64/include/asm/vcpu.h"
#include "../../arch/x86_64/include/asm/vm.h"
#include "../../arch/x86_64/virt/kvmeoi.c"
#include <lodge/errno.h>
#include <shim.h>

#define WORD 0x1000ul

static struct vm vm;
static struct vcpu vcpu;
static u32 memory;
static bool there, alone;
static unsigned int eois;

int vm_memory_segs(struct vm *v, gpa_t addr, u64 len, u32 access, struct block_seg *segs,
		   unsigned int max)
{
	assert_true(access == ACCESS_W && len == 4 && max == 1 && addr.v == WORD);
	if (!there)
		return -EFAULT;
	*segs = (struct block_seg){ kva_to_hpa(&memory), len };
	return 1;
}

bool vlapic_ends_alone(const struct vlapic *l, u8 vector)
{
	assert_int_equal(vector, 0x51);
	return alone;
}

bool vlapic_has_pending(const struct vlapic *l)
{
	return false;
}

void vlapic_eoi(struct vlapic *l)
{
	eois++;
}

static int setup(void **state)
{
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	memory = 0xaaaaaaa0;
	there = alone = true;
	eois = 0;
	return 0;
}

#define T(name) cmocka_unit_test_setup(name, setup)

static void the_reserved_bit_is_refused(void **state)
{
	assert_true(kvmeoi_write(&vcpu, WORD | 1));
	assert_false(kvmeoi_write(&vcpu, WORD | 3));
	assert_false(kvmeoi_write(&vcpu, 2));
	assert_true(vcpu.arch.guest.kvm_eoi == (WORD | 1));
}

static void it_is_offered_where_it_has_no_other_effect(void **state)
{
	kvmeoi_offer(&vcpu, 0x51);
	assert_false(vcpu.arch.eoi_offered);
	assert_true(kvmeoi_write(&vcpu, WORD | 1));
	alone = false;
	kvmeoi_offer(&vcpu, 0x51);
	assert_false(vcpu.arch.eoi_offered);
	alone = true;
	there = false;
	kvmeoi_offer(&vcpu, 0x51);
	assert_false(vcpu.arch.eoi_offered);
	assert_true(memory == 0xaaaaaaa0);
	there = true;
	kvmeoi_offer(&vcpu, 0x51);
	assert_true(vcpu.arch.eoi_offered && memory == 0xaaaaaaa1);
}

static void an_exit_takes_it_or_takes_it_back(void **state)
{
	assert_true(kvmeoi_write(&vcpu, WORD | 1));
	kvmeoi_offer(&vcpu, 0x51);
	kvmeoi_take(&vcpu);
	assert_true(!vcpu.arch.eoi_offered && memory == 0xaaaaaaa0 && !eois);
	kvmeoi_offer(&vcpu, 0x51);
	memory &= ~1u; /* the guest */
	kvmeoi_take(&vcpu);
	assert_true(!vcpu.arch.eoi_offered && memory == 0xaaaaaaa0 && eois == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_reserved_bit_is_refused),
		T(it_is_offered_where_it_has_no_other_effect),
		T(an_exit_takes_it_or_takes_it_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
