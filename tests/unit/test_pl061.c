// SPDX-License-Identifier: Apache-2.0
/* The guest's PL061, and the power button at it. */
/* links: virt/bus/fdt.c virt/bus/power.c virt/dev/gpio_key.c */
#include "../../virt/dev/pl061.c"
#include "vdev_test.h"

#define ALL   0x3fc /* of GPIODATA: all pins */
#define POWER BIT(POWER_PIN)

static struct vdev *dev;
static bool line;

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	assert_int_equal(irq, 39);
	assert_true(level != line);
	line = level;
}

static int setup(void **state)
{
	line = false;
	dev = test_create(&pl061_ops, 0x9030000, 0x1000, 39);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

static u32 rd(u64 off)
{
	u64 v = dev->ops->read(dev, test_vcpu, off, 4);

	assert_int_equal(dev->lock.locked, 0);
	return (u32)v;
}

static void wr(u64 off, u32 val)
{
	dev->ops->write(dev, test_vcpu, off, 4, val);
	assert_int_equal(dev->lock.locked, 0);
}

static void press(bool pressed)
{
	dev->ops->power_button(dev, pressed);
	assert_int_equal(dev->lock.locked, 0);
}

static void drivers_recognise_it(void **state)
{
	static const u8 id[8] = { 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
	unsigned int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(rd(0xfe0 + 4 * i), id[i]);
}

static void registers_read_back_and_are_zero_at_first(void **state)
{
	static const u16 regs[] = { GPIODIR, GPIOIS, GPIOIBE, GPIOIEV, GPIOIE, GPIOAFSEL };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(rd(regs[i]), 0);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		wr(regs[i], 0x1234567a ^ i);
		for (j = 0; j < ARRAY_SIZE(regs); j++)
			assert_int_equal(rd(regs[j]), j <= i ? 0x7a ^ j : 0);
	}
	wr(GPIOIE, 0);
	dev->ops->reset(dev);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(rd(regs[i]), 0);
	assert_int_equal(rd(GPIOIC), 0); /* it can only be written */
}

static void an_address_chooses_the_pins(void **state)
{
	wr(GPIODIR, 0xff);
	wr(ALL, 0xa5);
	assert_int_equal(rd(ALL), 0xa5);
	assert_int_equal(rd(0x0f << 2), 0x05);
	assert_int_equal(rd(0), 0);
	wr(0xf0 << 2, 0x5f);
	assert_int_equal(rd(ALL), 0x55);
	wr(0, 0xff);
	assert_int_equal(rd(ALL), 0x55);
}

static void what_is_no_output_is_low_or_the_button(void **state)
{
	wr(ALL, 0xff);
	assert_int_equal(rd(ALL), 0);
	press(true);
	assert_int_equal(rd(ALL), POWER);
	wr(GPIODIR, 0x0f);
	assert_int_equal(rd(ALL), 0x0f); /* what was written before it drove anything */
	wr(POWER << 2, 0);
	assert_int_equal(rd(ALL), 0x07); /* driven, whatever the button says */
	wr(GPIODIR, 0);
	assert_int_equal(rd(ALL), POWER);
	press(false);
	assert_int_equal(rd(ALL), 0);
}

static void edges_stay_until_they_are_cleared(void **state)
{
	wr(GPIOIEV, POWER);
	press(true);
	assert_int_equal(rd(GPIORIS), POWER); /* masked */
	assert_int_equal(rd(GPIOMIS), 0);
	assert_false(line);
	wr(GPIOIE, POWER);
	assert_int_equal(rd(GPIOMIS), POWER);
	assert_true(line);
	press(false);
	assert_true(line);
	wr(GPIOIC, (u8)~POWER);
	assert_true(line);
	wr(GPIOIC, POWER);
	assert_int_equal(rd(GPIORIS), 0);
	assert_false(line);
}

static void each_kind_of_edge_is_seen_where_it_is_asked_for(void **state)
{
	static const struct {
		u32 ibe, iev;
		bool rise, fall;
	} kinds[] = { { 0, POWER, true, false },
		      { 0, 0, false, true },
		      { POWER, 0, true, true },
		      { POWER, POWER, true, true } };
	unsigned int i;

	wr(GPIOIE, POWER);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		wr(GPIOIBE, kinds[i].ibe);
		wr(GPIOIEV, kinds[i].iev);
		wr(GPIOIC, 0xff);
		assert_false(line);
		press(true);
		assert_int_equal(line, kinds[i].rise);
		press(true); /* no further edge */
		wr(GPIOIC, 0xff);
		press(true);
		assert_false(line);
		press(false);
		assert_int_equal(line, kinds[i].fall);
		wr(GPIOIC, 0xff);
	}
}

static void levels_are_as_the_pins_are(void **state)
{
	wr(GPIOIS, POWER);
	wr(GPIOIE, POWER);
	assert_true(line); /* low counts */
	wr(GPIOIC, 0xff);
	assert_true(line); /* and can't be cleared */
	press(true);
	assert_false(line);
	wr(GPIOIEV, POWER);
	assert_true(line);
	press(false);
	assert_false(line);
	/* An edge that was kept is forgotten when levels are looked at. */
	wr(GPIOIS, 0);
	press(true);
	assert_true(line);
	wr(GPIOIEV, 0);
	wr(GPIOIS, POWER);
	assert_false(line);
	wr(GPIOIS, 0);
	assert_false(line);
}

static void pins_that_are_driven_interrupt_as_others_do(void **state)
{
	wr(GPIOIEV, 0x80);
	wr(GPIOIE, 0x80);
	wr(GPIODIR, 0x80);
	wr(0x80 << 2, 0x80);
	assert_int_equal(rd(GPIORIS), 0x80);
	assert_true(line);
	wr(GPIOIC, 0x80);
	wr(GPIODIR, 0);
	assert_false(line);
	wr(GPIODIR, 0x80);
	assert_true(line);
}

static void accesses_of_any_width_are_of_one_register(void **state)
{
	dev->ops->write(dev, test_vcpu, GPIODIR, 1, 0xff);
	assert_int_equal(rd(GPIODIR), 0xff);
	dev->ops->write(dev, test_vcpu, GPIODIR, 8, 0xffffffff0000000fu);
	assert_int_equal(rd(GPIODIR), 0x0f);
	assert_int_equal(rd(GPIOIS), 0);
	dev->ops->write(dev, test_vcpu, GPIODIR + 1, 1, 0xff);
	assert_int_equal(rd(GPIODIR), 0x0f);
	assert_int_equal(dev->ops->read(dev, test_vcpu, GPIODIR, 1), 0x0f);
	assert_int_equal(dev->ops->read(dev, test_vcpu, GPIODIR + 1, 1), 0);
	assert_int_equal(dev->ops->read(dev, test_vcpu, GPIODIR, 8), 0x0f);
	assert_int_equal(rd(0x424), 0);
	assert_int_equal(rd(0xfdc), 0);
}

static void a_reset_releases_the_button(void **state)
{
	wr(GPIOIEV, POWER);
	wr(GPIOIE, POWER);
	press(true);
	dev->ops->reset(dev);
	assert_false(line);
	assert_int_equal(rd(ALL), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	wr(GPIODIR, 0xf0);
	wr(ALL, 0xa0);
	wr(GPIOIEV, POWER);
	wr(GPIOIE, POWER);
	wr(GPIOAFSEL, 2);
	press(true);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line);
	assert_int_equal(rd(ALL), 0xa0 | POWER);
	assert_int_equal(rd(GPIOAFSEL), 2);
	test_state_checks(dev);
	/* What can't be is not taken over. */
	((struct pl061_state *)buf)->in = 0xff;
	((struct pl061_state *)buf)->is = ((struct pl061_state *)buf)->edges = 0xff;
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(ALL), 0xa0 | POWER);
	assert_int_equal(to_pl061(dev)->s.edges, 0);
}

/* Of the registers as the manual words them, pin by pin. */
static u32 model_raw(const struct pl061_state *s, u32 pins, u32 edges)
{
	u32 raw = 0, n;

	for (n = 0; n < 8; n++) {
		bool high = pins >> n & 1, up = s->iev >> n & 1;

		if (s->is >> n & 1 ? high == up : edges >> n & 1)
			raw |= (u32)BIT(n);
	}
	return raw;
}

static void random_accesses_keep_it_whole(void **state)
{
	struct pl061_state *s = &to_pl061(dev)->s;
	u64 seed = shim_seed(9);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		u64 r = shim_random(&seed),
		    off = r % 4 ? 0x400 + (r >> 2) % 0x28 : (r >> 2) % 0x400;
		unsigned int width = 1u << (r >> 12) % 4;

		if ((r >> 16) % 8 == 0)
			press(r >> 24 & 1);
		else if ((r >> 16) % 2)
			dev->ops->write(dev, test_vcpu, off, width, r >> 32);
		else if (width < 8)
			assert_int_equal(dev->ops->read(dev, test_vcpu, off, width) >> 8 * width,
					 0);
		assert_int_equal(rd(ALL), (s->out & s->dir) | (s->in & ~s->dir & 0xff));
		assert_int_equal(rd(GPIORIS), model_raw(s, rd(ALL), s->edges));
		assert_int_equal(rd(GPIOMIS), rd(GPIORIS) & rd(GPIOIE));
		assert_int_equal(line, rd(GPIOMIS) != 0);
		assert_int_equal(s->edges & s->is, 0);
	}
}

static void describes_itself_as_the_board_does(void **state)
{
	static const char keys[] = "gpio-keys { compatible = \"gpio-keys\"; poweroff { "
				   "label = \"GPIO Key Poweroff\"; linux,code = <0x74>; "
				   "gpios = <0x103 0x3 0>; }; }; ";

	test_vm.irqchip = dev;
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_non_null(strstr(test_fdt, keys));
	*strstr(test_fdt, keys) = 0;
	assert_string_equal(test_fdt, "pl061@9030000 { reg = <0 0x9030000 0 0x1000>; "
				      "interrupt-parent = <0x100>; interrupts = <0x27>; "
				      "compatible = \"arm,pl061|arm,primecell\"; "
				      "gpio-controller; #gpio-cells = <0x2>; "
				      "interrupt-controller; #interrupt-cells = <0x2>; "
				      "phandle = <0x103>; "
				      "clocks = <0x102>; clock-names = \"apb_pclk\"; }; ");
}

static void only_the_first_has_the_button(void **state)
{
	struct vdev other = { .ops = &pl061_ops, .vm = &test_vm };

	test_vm.dev[0] = &other;
	test_vm.dev[1] = dev;
	test_vm.nr_devs = 2;
	/* Without an interrupt it could tell nobody. */
	assert_ptr_equal(vm_power_button(&test_vm), dev);
	other.irq = 1;
	assert_ptr_equal(vm_power_button(&test_vm), &other);
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	assert_null(strstr(test_fdt, "phandle"));
	assert_null(strstr(test_fdt, "gpio-keys"));
	test_vm.dev[0] = dev;
	test_vm.nr_devs = 0;
	assert_null(vm_power_button(&test_vm));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(drivers_recognise_it),
		T(registers_read_back_and_are_zero_at_first),
		T(an_address_chooses_the_pins),
		T(what_is_no_output_is_low_or_the_button),
		T(edges_stay_until_they_are_cleared),
		T(each_kind_of_edge_is_seen_where_it_is_asked_for),
		T(levels_are_as_the_pins_are),
		T(pins_that_are_driven_interrupt_as_others_do),
		T(accesses_of_any_width_are_of_one_register),
		T(a_reset_releases_the_button),
		T(state_survives_save_and_restore),
		T(random_accesses_keep_it_whole),
		T(describes_itself_as_the_board_does),
		T(only_the_first_has_the_button),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
