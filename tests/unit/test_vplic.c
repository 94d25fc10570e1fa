// SPDX-License-Identifier: Apache-2.0
/* The guest's PLIC: what the specification promises a driver, one promise a test. */
/* links: virt/bus/fdt.c lib/bitops.c */
#include "vplic_fixture.h"

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

static void host_s_is_kept_until_its_completion(void **state)
{
	assert_int_equal(dev->ops->link(dev, GIVEN, HOST_IRQ), 0);
	assert_int_equal(dev->ops->link(dev, 0, HOST_IRQ), -EINVAL);
	assert_int_equal(dev->ops->link(dev, NR_SOURCES + 1, HOST_IRQ), -EINVAL);
	forward(); /* masked */
	assert_false(line[0]);
	allow(0, GIVEN, 1);
	assert_true(line[0]);
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	assert_true(host_kept);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_false(host_kept || line[0]);
	forward();
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_false(host_kept || line[0]);
}

static void host_s_that_is_cut_is_over(void **state)
{
	assert_int_equal(dev->ops->link(dev, GIVEN, HOST_IRQ), 0);
	allow(0, GIVEN, 1);
	forward();
	dev->ops->cut(dev, GIVEN);
	assert_false(host_kept || line[0]);
	dev->ops->cut(dev, GIVEN);
	forward();
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	dev->ops->cut(dev, GIVEN);
	assert_false(host_kept);
	/* It can come again. */
	forward();
	assert_true(line[0]);
	dev->ops->cut(dev, GIVEN);
}

/* Whether the host keeps one is no part of a state. */
static void host_s_is_kept_through_a_restore(void **state)
{
	u8 before[1024], during[1024];
	struct vdev_state b = { before, sizeof(before) }, d = { during, sizeof(during) };

	assert_int_equal(dev->ops->link(dev, GIVEN, HOST_IRQ), 0);
	allow(0, GIVEN, 1);
	assert_int_equal(dev->ops->save(dev, &b), 0);
	forward();
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	assert_int_equal(dev->ops->save(dev, &d), 0);
	/* It was not there: it comes again, and ends. */
	assert_int_equal(dev->ops->restore(dev, &b), 0);
	assert_true(line[0]);
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_false(host_kept || line[0]);
	/* It was, and the guest was at it; the host has nothing to end. */
	assert_int_equal(dev->ops->restore(dev, &d), 0);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_false(line[0]);
	/* The guest is at the one that is kept. */
	forward();
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	assert_int_equal(dev->ops->restore(dev, &d), 0);
	assert_false(line[0]);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_false(host_kept || line[0]);
	/* It is at another than the one that is kept, which may be an edge: that comes when it is done. */
	forward();
	assert_int_equal(dev->ops->restore(dev, &d), 0);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_int_equal(rd(CONTEXT(0) + 4), GIVEN);
	wr(CONTEXT(0) + 4, GIVEN);
	assert_false(host_kept || line[0]);
}

static void host_s_follows_its_vcpu(void **state)
{
	static struct cpu here, there;

	shim_this_cpu = &here;
	assert_int_equal(dev->ops->link(dev, GIVEN, HOST_IRQ), 0);
	allow(2, GIVEN, 1);
	routed = NULL;
	test_vcpu[0].cpu = &there;
	forward();
	assert_null(routed);
	dev->ops->cut(dev, GIVEN);
	test_vcpu[2].cpu = &here;
	forward();
	assert_null(routed);
	dev->ops->cut(dev, GIVEN);
	test_vcpu[2].cpu = &there;
	forward();
	assert_ptr_equal(routed, &there);
	dev->ops->cut(dev, GIVEN);
	test_vcpu[0].cpu = test_vcpu[2].cpu = NULL;
}

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
		T1(host_s_is_kept_until_its_completion),
		T1(host_s_that_is_cut_is_over),
		T1(host_s_is_kept_through_a_restore),
		T4(host_s_follows_its_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
