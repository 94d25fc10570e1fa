// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's local APICs and IOAPIC: traffic that a model follows, and accesses of any kind to
 * registers and MSRs while time passes.
 */
/* links: virt/bus/fdt.c */
/* arch: x86_64 */
/* runs: 1500 */
/* length: 300 */
#include "fuzz.h"
#include <vlapic_model.h>

/* Timer interrupts of one vCPU in the most time that passes at once. */
#define MAX_PASS  20000
#define MAX_FIRES (NR * (MAX_PASS + 1))

static void wild_register(u64 r)
{
	struct vdev *v = r >> 8 & 1 ? apics : ioapic;
	struct vcpu *vcpu = &test_vcpu[r >> 9 & 3];
	unsigned int width = 1u << (r >> 11 & 3);
	u64 off = (r >> 16 & 0xfff) & ~(u64)(r >> 13 & 1 ? 15 : 0);

	if (r >> 14 & 1)
		v->ops->write(v, vcpu, off, width, r >> 32);
	else
		v->ops->read(v, vcpu, off, width);
}

static void wild_msr(u64 r)
{
	unsigned int n = r >> 8 & 3;
	u32 msr = r >> 10 & 7 ? MSR_X2APIC + (r >> 16 & 0x3f) : MSR_APIC_BASE;
	u64 val;

	if (r >> 13 & 1)
		vlapic_msr_write(lapic(n), msr, r >> 32);
	else if (vlapic_msr_read(lapic(n), msr, &val))
		assert_true(msr == MSR_APIC_BASE || msr == MSR_X2APIC + APIC_ICR / 16 ||
			    val <= 0xffffffff);
}

static void wild_step(u64 r)
{
	unsigned int n = r >> 8 & 3;
	int vector;

	switch (r & 7) {
	case 0 ... 2:
		wild_register(r);
		break;
	case 3:
		wild_msr(r);
		break;
	case 4:
		line((r >> 16 & 0xff) % NR_PINS, r >> 24 & 1);
		break;
	case 5:
		fires = 0;
		pass((r >> 16) % MAX_PASS);
		assert_true(fires <= MAX_FIRES);
		break;
	case 6:
		vlapic_set_cr8(lapic(n), r >> 16 & 15);
		break;
	default:
		vector = take(n);
		assert_true(vector == -1 || (vector >= 16 && vector < 256));
	}
	unlocked();
}

void fuzz_one(struct fuzz *in)
{
	bool wild = fuzz_u8(in) & 1;

	setup(NULL);
	model_start();
	while (in->left) {
		u64 r = fuzz_take(in, 8);

		if (wild) {
			wild_step(r);
		} else {
			step(r);
			compare();
		}
	}
	teardown(NULL);
}
