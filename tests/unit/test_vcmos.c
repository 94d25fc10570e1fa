// SPDX-License-Identifier: Apache-2.0
/* The guest's real-time clock with an index and a data port. */
/* links: virt/bus/fdt.c virt/mem/region.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/pc/vcmos.c"
#include "../../arch/x86_64/virt/pc/vcmos_memory.c"
#include "pc_fixture.h"

static struct vdev *cmos;

u64 wallclock_ns(void)
{
	return now;
}

static u8 get(u8 reg)
{
	u64 v;

	cmos->ops->write(cmos, test_vcpu, CMOS_INDEX, 1, reg);
	v = cmos->ops->read(cmos, test_vcpu, CMOS_DATA, 1);
	assert_int_equal(cmos->lock.locked, 0);
	return (u8)v;
}

static void put(u8 reg, u8 val)
{
	cmos->ops->write(cmos, test_vcpu, CMOS_INDEX, 1, reg);
	cmos->ops->write(cmos, test_vcpu, CMOS_DATA, 1, val);
	assert_int_equal(cmos->lock.locked, 0);
}

/* 2026-11-25 14:05:09, a Wednesday */
#define MOMENT 1795615509ull

static int setup(void **state)
{
	now = MOMENT * NS_PER_SEC + 500000000;
	irqs = irq_level = 0;
	cmos = test_create(&vcmos_ops, 0x70, 2, 8);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(cmos);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void it_shows_the_hosts_time(void **state)
{
	assert_int_equal(get(REG_CENTURY), 0x20);
	assert_int_equal(get(REG_YEAR), 0x26);
	assert_int_equal(get(REG_MONTH), 0x11);
	assert_int_equal(get(REG_DAY), 0x25);
	assert_int_equal(get(REG_WEEKDAY), 4);
	assert_int_equal(get(REG_HOURS), 0x14);
	assert_int_equal(get(REG_MINUTES), 0x05);
	assert_int_equal(get(REG_SECONDS), 0x09);
	assert_int_equal(get(REG_A), 0x26);
	assert_int_equal(get(REG_B), 0x02);
	assert_int_equal(get(REG_D), 0x80);
	pass(60 * NS_PER_SEC);
	assert_int_equal(get(REG_MINUTES), 0x06);
}

static void in_binary_and_in_twelve_hours(void **state)
{
	put(REG_B, B_BINARY | B_24_HOURS);
	assert_int_equal(get(REG_HOURS), 14);
	assert_int_equal(get(REG_YEAR), 26);
	put(REG_B, 0);
	assert_int_equal(get(REG_HOURS), 0x82);
	pass(10 * 3600 * NS_PER_SEC);
	assert_int_equal(get(REG_HOURS), 0x12); /* midnight */
	pass(12 * 3600 * NS_PER_SEC);
	assert_int_equal(get(REG_HOURS), 0x92); /* noon */
}

static void an_update_is_announced(void **state)
{
	assert_int_equal(get(REG_A) & A_UPDATING, 0);
	pass(500000000 - 100000);
	assert_int_equal(get(REG_A) & A_UPDATING, A_UPDATING);
	pass(100000);
	assert_int_equal(get(REG_A) & A_UPDATING, 0);
}

static void it_is_set_as_a_whole(void **state)
{
	put(REG_B, B_SET | B_24_HOURS);
	put(REG_DAY, 0x31); /* which November has not */
	pass(5 * NS_PER_SEC);
	assert_int_equal(get(REG_SECONDS), 0x09);
	put(REG_MONTH, 0x12);
	put(REG_YEAR, 0x99);
	put(REG_CENTURY, 0x19);
	put(REG_HOURS, 0x23);
	put(REG_MINUTES, 0x59);
	put(REG_SECONDS, 0x59);
	put(REG_B, B_24_HOURS);
	assert_int_equal(get(REG_DAY), 0x31);
	pass(NS_PER_SEC);
	assert_int_equal(get(REG_CENTURY), 0x20);
	assert_int_equal(get(REG_YEAR), 0);
	assert_int_equal(get(REG_MONTH), 1);
	assert_int_equal(get(REG_DAY), 1);
	assert_int_equal(get(REG_WEEKDAY), 7);
	/* Or one by one; a reset of the machine does not change it. */
	put(REG_HOURS, 0x05);
	cmos->ops->reset(cmos);
	assert_int_equal(get(REG_HOURS), 5);
	assert_int_equal(get(REG_YEAR), 0);
}

static void updates_interrupt(void **state)
{
	put(REG_B, C_UPDATED | B_24_HOURS);
	assert_int_equal(irqs, 0);
	pass(600000000);
	assert_int_equal(irqs, 1);
	pass(5 * NS_PER_SEC); /* nobody has looked */
	assert_int_equal(irqs, 1);
	assert_int_equal(get(REG_C), C_IRQ | C_UPDATED | C_PERIODIC);
	assert_false(irq_level);
	assert_int_equal(get(REG_C), 0);
	pass(NS_PER_SEC);
	assert_int_equal(irqs, 2);
}

static void the_alarm_rings(void **state)
{
	put(REG_SECONDS_ALARM, 0x00);
	put(REG_MINUTES_ALARM, 0xff);
	put(REG_HOURS_ALARM, 0x14);
	put(REG_B, C_ALARM | B_24_HOURS);
	pass(50 * NS_PER_SEC);
	assert_int_equal(irqs, 0);
	pass(NS_PER_SEC);
	assert_int_equal(irqs, 1);
	assert_true(get(REG_C) & C_ALARM);
	pass(60 * NS_PER_SEC);
	assert_int_equal(irqs, 2);
}

static void periods_interrupt(void **state)
{
	unsigned int i, seen = 0;

	put(REG_A, A_DIVIDERS | 6); /* 1024 Hz */
	put(REG_B, C_PERIODIC | B_24_HOURS);
	for (i = 0; i < 10000; i++) {
		pass(100000);
		if (irq_level) {
			seen++;
			get(REG_C);
		}
	}
	assert_in_range(seen, 1000, 1025);
	put(REG_A, A_DIVIDERS); /* off */
	get(REG_C);
	irqs = 0;
	pass(3 * NS_PER_SEC);
	assert_int_equal(irqs, 0);
}

static void flags_are_there_without_interrupts(void **state)
{
	(void)get(REG_C);
	pass(NS_PER_SEC);
	assert_int_equal(get(REG_C), C_UPDATED | C_PERIODIC);
	assert_int_equal(irqs, 0);
}

static void memory_is_kept(void **state)
{
	u8 i;

	for (i = 0x0e; i < CMOS_SIZE; i++)
		if (i != REG_CENTURY)
			put(i, (u8)(i ^ 0x5a));
	cmos->ops->reset(cmos);
	for (i = 0x0e; i < CMOS_SIZE; i++)
		if (i != REG_CENTURY)
			assert_int_equal(get(i | 0x80), i ^ 0x5a);
	assert_int_equal(cmos->ops->read(cmos, test_vcpu, CMOS_INDEX, 1), 0xff);
	assert_int_equal(cmos->ops->read(cmos, test_vcpu, CMOS_INDEX, 2), 0xffff);
}

static u32 word(u8 reg)
{
	return get(reg) | (u32)get(reg + 1) << 8;
}

static void it_tells_how_much_memory_there_is(void **state)
{
	struct region low = { .size = MIB(32), .perm = REGION_W, .backing = BACKING_LAZY };
	struct region high = { .gpa = gpa(GIB(4)),
			       .size = GIB(2),
			       .perm = REGION_W,
			       .backing = BACKING_LAZY };

	assert_int_equal(word(REG_EXTENDED_KIB), 0);
	test_destroy(cmos);
	assert_int_equal(region_add(&test_cfg.memory, &low), 0);
	assert_int_equal(region_add(&test_cfg.memory, &high), 0);
	cmos = test_create(&vcmos_ops, 0x70, 2, 8);
	assert_int_equal(word(REG_BASE_KIB), 640);
	assert_int_equal(word(REG_EXTENDED_KIB), 31 * 1024);
	assert_int_equal(word(REG_EXTENDED_KIB_2), 31 * 1024);
	assert_int_equal(word(REG_ABOVE_16M), 16 * 16);
	assert_int_equal(word(REG_ABOVE_4G) | (u32)get(REG_ABOVE_4G + 2) << 16, 2 * 1024 * 16);
	test_cfg.memory.count = 0;
}

static void its_state_is_saved(void **state)
{
	put(REG_HOURS, 0x05);
	test_state_checks(cmos);
	assert_int_equal(get(REG_HOURS), 0x05);
}

static void anything_can_be_written(void **state)
{
	u64 seed = shim_seed(7);
	int i;

	for (i = 0; i < 200000; i++) {
		u64 r = shim_random(&seed);

		if (r & 1)
			put((u8)(r >> 8), (u8)(r >> 16));
		else
			(void)get((u8)(r >> 8));
		pass(r >> 32 & 0xfffff);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(it_shows_the_hosts_time),
		T(in_binary_and_in_twelve_hours),
		T(an_update_is_announced),
		T(it_is_set_as_a_whole),
		T(updates_interrupt),
		T(the_alarm_rings),
		T(periods_interrupt),
		T(flags_are_there_without_interrupts),
		T(it_tells_how_much_memory_there_is),
		T(memory_is_kept),
		T(its_state_is_saved),
		T(anything_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
