// SPDX-License-Identifier: Apache-2.0
/* The guest's PLIC, also against a model that looks at every source each time. */
/* links: virt/dev/fdt.c lib/bitops.c */
#include "../../arch/riscv64/virt/vplic.c"
#include "vdev_test.h"

#define CONTEXT(h) (0x201000u + 0x2000u * (h))
#define ENABLE(h)  (0x2080u + 0x100u * (h))

static struct vdev *dev;
static bool line[VM_MAX_VCPUS];
static unsigned int line_changes;

void arch_vcpu_set_external(struct vcpu *vcpu, bool level)
{
	assert_true(line[vcpu - test_vcpu] != level);
	line[vcpu - test_vcpu] = level;
	line_changes++;
}

static u32 rd(u64 off)
{
	u64 v = dev->ops->read(dev, test_vcpu, off, 4);

	assert_int_equal(dev->lock.locked, 0);
	assert_true(v <= 0xffffffff);
	return (u32)v;
}

static void wr(u64 off, u32 val)
{
	dev->ops->write(dev, test_vcpu, off, 4, val);
	assert_int_equal(dev->lock.locked, 0);
}

static void irq(u32 n, bool level)
{
	dev->ops->set_irq(dev, n, level);
	assert_int_equal(dev->lock.locked, 0);
}

static void start(unsigned int nr_vcpus)
{
	unsigned int i;

	memset(line, 0, sizeof(line));
	line_changes = 0;
	test_cfg.nr_vcpus = nr_vcpus;
	for (i = 0; i < VM_MAX_VCPUS; i++)
		test_vm.vcpu[i] = i < nr_vcpus ? &test_vcpu[i] : NULL;
	dev = test_create(&vplic_ops, 0xc000000, 0x600000, 0);
}

static int setup_one(void **state)
{
	start(1);
	return 0;
}

static int setup_four(void **state)
{
	start(4);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

/* Source @n at @priority, enabled for hart @h alone. */
static void allow(unsigned int h, u32 n, u32 priority)
{
	u64 word = ENABLE(h) + n / 32 * 4;

	wr(4 * n, priority);
	wr(word, rd(word) | 1u << n % 32);
}

static void claim_and_complete(void **state)
{
	allow(0, 10, 1);
	assert_false(line[0]);
	irq(10, true);
	assert_true(line[0]);
	assert_int_equal(rd(0x1000), 1u << 10);
	assert_int_equal(rd(CONTEXT(0) + 4), 10);
	assert_false(line[0]);
	assert_int_equal(rd(0x1000), 0);
	assert_int_equal(rd(CONTEXT(0) + 4), 0);
	irq(10, false);
	wr(CONTEXT(0) + 4, 10);
	assert_false(line[0]);
	irq(10, true);
	assert_true(line[0]);
}

static void a_line_still_up_asks_again_after_completion(void **state)
{
	allow(0, 10, 1);
	irq(10, true);
	assert_int_equal(rd(CONTEXT(0) + 4), 10);
	irq(10, false);
	irq(10, true); /* the gateway is shut */
	assert_false(line[0]);
	wr(CONTEXT(0) + 4, 10);
	assert_true(line[0]);
	assert_int_equal(rd(CONTEXT(0) + 4), 10);
}

static void a_request_outlives_its_line(void **state)
{
	allow(0, 3, 1);
	irq(3, true);
	irq(3, false);
	assert_true(line[0]);
	assert_int_equal(rd(CONTEXT(0) + 4), 3);
	wr(CONTEXT(0) + 4, 3);
	assert_false(line[0]);
}

static void order_is_by_priority_then_number(void **state)
{
	static const u8 want[] = { 70, 95, 5, 64, 31, 63, 94 };
	static const u8 prio[] = { 7, 7, 5, 5, 3, 3, 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		allow(0, want[i], prio[i]);
	for (i = ARRAY_SIZE(want); i-- > 0;)
		irq(want[i], true);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_true(line[0]);
		assert_int_equal(rd(CONTEXT(0) + 4), want[i]);
	}
	assert_false(line[0]);
}

static void every_source_works_alone(void **state)
{
	u32 n;

	for (n = 1; n <= 95; n++)
		allow(0, n, 1 + n % 7);
	for (n = 1; n <= 95; n++) {
		irq(n, true);
		assert_int_equal(rd(CONTEXT(0) + 4), n);
		irq(n, false);
		wr(CONTEXT(0) + 4, n);
		assert_false(line[0]);
	}
}

static void priority_zero_never_interrupts(void **state)
{
	allow(0, 7, 0);
	irq(7, true);
	assert_false(line[0]);
	assert_int_equal(rd(CONTEXT(0) + 4), 0);
	wr(4 * 7, 2);
	assert_true(line[0]);
}

static void the_threshold_masks_but_a_claim_ignores_it(void **state)
{
	allow(0, 7, 3);
	irq(7, true);
	wr(CONTEXT(0), 3);
	assert_int_equal(rd(CONTEXT(0)), 3);
	assert_false(line[0]);
	wr(CONTEXT(0), 2);
	assert_true(line[0]);
	wr(CONTEXT(0), 7);
	assert_false(line[0]);
	assert_int_equal(rd(CONTEXT(0) + 4), 7);
}

static void registers_keep_only_what_exists(void **state)
{
	u64 off;
	u32 i;

	for (i = 0; i < 1024; i++)
		wr(4 * i, 0xffffffff);
	assert_int_equal(rd(0), 0);
	for (i = 1; i < 1024; i++)
		assert_int_equal(rd(4 * i), i <= 95 ? 7 : 0);
	for (i = 0; i < 32; i++) {
		wr(ENABLE(0) + 4 * i, 0xffffffff);
		assert_int_equal(rd(ENABLE(0) + 4 * i), i == 0	? 0xfffffffe
							: i < 3 ? 0xffffffff
								: 0);
		wr(ENABLE(0) + 4 * i, 0);
	}
	wr(CONTEXT(0), 0xffffffff);
	assert_int_equal(rd(CONTEXT(0)), 7);
	wr(0x1000, 0xffffffff); /* pending is read only */
	assert_int_equal(rd(0x1000), 0);
	/* M-mode of hart 0, and a hart that is not there. */
	for (off = 0x200000; off < 0x204000; off += 4)
		if (off != CONTEXT(0)) {
			wr(off, 7);
			assert_int_equal(rd(off), 0);
		}
	wr(0x2000, 0xffffffff);
	assert_int_equal(rd(0x2000), 0);
	wr(ENABLE(1), 0xffffffff);
	assert_int_equal(rd(ENABLE(1)), 0);
}

static void only_aligned_words_count(void **state)
{
	unsigned int width, off;

	allow(0, 1, 1);
	irq(1, true);
	for (width = 1; width <= 8; width *= 2)
		for (off = 0; off < 8; off++) {
			if (width == 4 && off % 4 == 0)
				continue;
			assert_int_equal(dev->ops->read(dev, test_vcpu, CONTEXT(0) + off, width),
					 0);
			dev->ops->write(dev, test_vcpu, CONTEXT(0) + off, width, 1);
			dev->ops->write(dev, test_vcpu, 4 + off, width, 5);
		}
	assert_int_equal(rd(4), 1);
	assert_int_equal(rd(CONTEXT(0) + 4), 1);
}

static void bad_completions_are_ignored(void **state)
{
	static const u32 bad[] = { 0, 11, 96, 127, 128, 1023, 0x80000000, 0xffffffff };
	unsigned int i;

	allow(0, 10, 1);
	allow(0, 11, 1);
	irq(10, true);
	assert_int_equal(rd(CONTEXT(0) + 4), 10);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		wr(CONTEXT(0) + 4, bad[i]);
	wr(ENABLE(0), 1u << 11); /* what is not enabled here can't be completed here */
	wr(CONTEXT(0) + 4, 10);
	wr(ENABLE(0), 1u << 10);
	assert_false(line[0]);
	wr(CONTEXT(0) + 4, 10);
	assert_true(line[0]);
}

static void sources_that_do_not_exist_are_ignored(void **state)
{
	irq(0, true);
	irq(96, true);
	irq(0xffffffff, true);
	assert_int_equal(rd(0x1000), 0);
	assert_int_equal(line_changes, 0);
}

static void one_claim_takes_it_from_all_harts(void **state)
{
	unsigned int h;

	for (h = 0; h < 4; h++)
		allow(h, 40, 2);
	wr(CONTEXT(2), 2);
	irq(40, true);
	assert_true(line[0] && line[1] && !line[2] && line[3]);
	assert_int_equal(rd(CONTEXT(3) + 4), 40);
	for (h = 0; h < 4; h++) {
		assert_false(line[h]);
		assert_int_equal(rd(CONTEXT(h) + 4), 0);
	}
	/* Whoever has it enabled may complete it. */
	wr(CONTEXT(2) + 4, 40);
	assert_true(line[0] && line[1] && !line[2] && line[3]);
}

static void reset_forgets_all_but_the_lines(void **state)
{
	allow(0, 10, 1);
	allow(0, 11, 1);
	irq(10, true);
	irq(11, true);
	rd(CONTEXT(0) + 4);
	irq(11, false);
	dev->ops->reset(dev);
	assert_false(line[0]);
	assert_int_equal(rd(0x1000), 1u << 10);
	assert_int_equal(rd(40), 0);
	assert_int_equal(rd(ENABLE(0)), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[1024];
	struct vdev_state s = { buf, sizeof(buf) };

	allow(0, 10, 1);
	allow(1, 90, 5);
	irq(10, true);
	irq(90, true);
	assert_int_equal(rd(CONTEXT(1) + 4), 90);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	irq(10, false);
	irq(90, false);
	dev->ops->reset(dev);
	assert_false(line[0] || line[1]);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line[0] && !line[1]);
	assert_int_equal(rd(CONTEXT(0) + 4), 10);
	wr(CONTEXT(1) + 4, 90);
	assert_true(line[1]);
	test_state_checks(dev);
}

static void describes_itself_as_the_board_does(void **state)
{
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	assert_string_equal(test_fdt,
			    "plic@c000000 { reg = <0 0xc000000 0 0x600000>; "
			    "compatible = \"sifive,plic-1.0.0|riscv,plic0\"; phandle = <0x100>; "
			    "interrupt-controller; #interrupt-cells = <0x1>; "
			    "#address-cells = <0>; interrupts-extended = <0x1 0xffffffff 0x1 0x9>; "
			    "riscv,ndev = <0x5f>; }; ");
}

static void a_window_too_small_is_refused(void **state)
{
	struct vdev_config c = { .name = "plic", .size = 0x201000 };
	struct vdev *v;

	assert_int_equal(vplic_ops.create(&test_vm, &c, &v), -EINVAL);
}

/* ---- the model ---- */

static struct model {
	bool level[96], pending[96], active[96], enable[VM_MAX_VCPUS][96];
	u32 priority[96], threshold[VM_MAX_VCPUS];
} m;

static u32 model_best(unsigned int h)
{
	u32 n, best = 0;

	for (n = 1; n < 96; n++)
		if (m.pending[n] && m.enable[h][n] && m.priority[n] &&
		    (!best || m.priority[n] > m.priority[best]))
			best = n;
	return best;
}

static bool model_line(unsigned int h)
{
	u32 n;

	for (n = 1; n < 96; n++)
		if (m.pending[n] && m.enable[h][n] && m.priority[n] > m.threshold[h])
			return true;
	return false;
}

static void model_gateways(void)
{
	u32 n;

	for (n = 1; n < 96; n++)
		if (m.level[n] && !m.active[n])
			m.pending[n] = true;
}

static void random_step(u64 r, unsigned int harts)
{
	unsigned int h = (r >> 8) % harts, i;
	u32 n = 1 + (r >> 16) % 95, word = (r >> 16) % 3, val = (u32)(r >> 32);

	switch (r % 16) {
	case 0:
		m.priority[n] = val & 7;
		wr(4 * n, val);
		break;
	case 1:
		m.threshold[h] = val & 7 & (val >> 8);
		wr(CONTEXT(h), val & 7 & (val >> 8));
		break;
	case 2:
		for (i = 0; i < 32; i++)
			m.enable[h][32 * word + i] = (word || i) && (val >> i & 1);
		wr(ENABLE(h) + 4 * word, val);
		break;
	case 3:
	case 4:
	case 5:
		i = model_best(h);
		m.pending[i] = false;
		m.active[i] = i;
		assert_int_equal(rd(CONTEXT(h) + 4), i);
		break;
	case 6:
	case 7:
	case 8:
		if (m.enable[h][n])
			m.active[n] = false;
		wr(CONTEXT(h) + 4, n);
		break;
	default:
		/* A gateway looks at its line when that changes and when it opens. */
		m.level[n] = val & 1;
		irq(n, val & 1);
	}
	model_gateways();
}

static void check_against_model(unsigned int harts)
{
	u32 n, h, word;

	for (h = 0; h < harts; h++)
		assert_int_equal(line[h], model_line(h));
	for (word = 0; word < 3; word++) {
		u32 want = 0;

		for (n = 0; n < 32; n++)
			want |= (u32)m.pending[32 * word + n] << n;
		assert_int_equal(rd(0x1000 + 4 * word), want);
	}
}

static void agrees_with_the_model(unsigned int harts)
{
	u64 seed = harts;
	unsigned int i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < 60000; i++) {
		random_step(shim_random(&seed), harts);
		check_against_model(harts);
	}
}

static void one_hart_agrees_with_the_model(void **state)
{
	agrees_with_the_model(1);
}

static void four_harts_agree_with_the_model(void **state)
{
	agrees_with_the_model(4);
}

static void any_access_and_any_state_are_harmless(void **state)
{
	struct vplic_state s;
	struct vdev_state in = { &s, sizeof(s) };
	u64 seed = 9;
	unsigned int i, j;

	for (i = 0; i < 200000; i++) {
		u64 r = shim_random(&seed);
		unsigned int width = 1u << r % 4;
		u64 off = (r >> 8) % (r >> 7 & 1 ? 0x600000 - 8 : 0x4000);

		if (i % 1000 == 0) {
			for (j = 0; j < sizeof(s); j++)
				((u8 *)&s)[j] = (u8)shim_random(&seed);
			s.header = (struct vdev_state_header){ STATE_VERSION, sizeof(s) };
			assert_int_equal(dev->ops->restore(dev, &in), 0);
		}
		if (r >> 63)
			dev->ops->write(dev, test_vcpu, off, width, r >> 32);
		else
			dev->ops->read(dev, test_vcpu, off, width);
		irq((r >> 40) % 130, r >> 62 & 1);
	}
}

#define T1(name) cmocka_unit_test_setup_teardown(name, setup_one, teardown)
#define T4(name) cmocka_unit_test_setup_teardown(name, setup_four, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T1(claim_and_complete),
		T1(a_line_still_up_asks_again_after_completion),
		T1(a_request_outlives_its_line),
		T1(order_is_by_priority_then_number),
		T1(every_source_works_alone),
		T1(priority_zero_never_interrupts),
		T1(the_threshold_masks_but_a_claim_ignores_it),
		T1(registers_keep_only_what_exists),
		T1(only_aligned_words_count),
		T1(bad_completions_are_ignored),
		T1(sources_that_do_not_exist_are_ignored),
		T4(one_claim_takes_it_from_all_harts),
		T1(reset_forgets_all_but_the_lines),
		T4(state_survives_save_and_restore),
		T1(describes_itself_as_the_board_does),
		T4(a_window_too_small_is_refused),
		T1(one_hart_agrees_with_the_model),
		T4(four_harts_agree_with_the_model),
		T4(any_access_and_any_state_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
