// SPDX-License-Identifier: Apache-2.0
/* The guest's SiFive GPIO, and the power button at it. */
/* links: virt/bus/fdt.c virt/bus/power.c virt/dev/gpio_key.c */
#include "../../virt/dev/sifive_gpio.c"
#include "vdev_test.h"

static struct vdev *dev;
static bool line;

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	assert_int_equal(irq, 7);
	assert_true(level != line);
	line = level;
}

static int setup(void **state)
{
	line = false;
	dev = test_create(&sifive_gpio_ops, 0x10060000, 0x1000, 7);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

static u32 rd(unsigned int n)
{
	u64 v = dev->ops->read(dev, test_vcpu, 4 * n, 4);

	assert_int_equal(dev->lock.locked, 0);
	return (u32)v;
}

static void wr(unsigned int n, u32 val)
{
	dev->ops->write(dev, test_vcpu, 4 * n, 4, val);
	assert_int_equal(dev->lock.locked, 0);
}

static void press(bool pressed)
{
	dev->ops->power_button(dev, pressed);
	assert_int_equal(dev->lock.locked, 0);
}

static bool reads_back(unsigned int n)
{
	return n == INPUT_EN || n == OUTPUT_EN || n == OUTPUT_VAL || n == PUE || n == DS ||
	       n == RISE_IE || n == FALL_IE || n == HIGH_IE || n == LOW_IE || n == OUT_XOR;
}

static void registers_read_back_and_are_zero_at_first(void **state)
{
	unsigned int i;

	for (i = 0; i < 0x400; i++)
		assert_int_equal(rd(i), i == LOW_IP);
	for (i = 0; i < NR_REGS; i++)
		if (reads_back(i)) {
			wr(i, ~0u);
			assert_int_equal(rd(i), 1); /* it has one pin */
			wr(i, 0);
			assert_int_equal(rd(i), 0);
		}
	for (i = NR_REGS; i < 0x400; i++) {
		wr(i, ~0u);
		assert_int_equal(rd(i), 0);
	}
	wr(0x38 / 4, 1); /* no other function is to be had */
	wr(0x3c / 4, 1);
	assert_int_equal(rd(0x38 / 4) | rd(0x3c / 4), 0);
}

static void the_button_is_seen_if_the_input_is_enabled(void **state)
{
	press(true);
	assert_int_equal(rd(INPUT_VAL), 0);
	wr(INPUT_EN, 1);
	assert_int_equal(rd(INPUT_VAL), 1);
	wr(INPUT_VAL, 0); /* it can only be read */
	assert_int_equal(rd(INPUT_VAL), 1);
	press(false);
	assert_int_equal(rd(INPUT_VAL), 0);
}

static void what_is_driven_is_seen(void **state)
{
	wr(INPUT_EN, 1);
	wr(OUTPUT_VAL, 1);
	assert_int_equal(rd(INPUT_VAL), 0);
	wr(OUTPUT_EN, 1);
	assert_int_equal(rd(INPUT_VAL), 1);
	wr(OUT_XOR, 1);
	assert_int_equal(rd(INPUT_VAL), 0);
	press(true);
	assert_int_equal(rd(INPUT_VAL), 0);
	wr(OUTPUT_EN, 0);
	assert_int_equal(rd(INPUT_VAL), 1);
}

static void clear(void)
{
	static const u8 ip[] = { RISE_IP, FALL_IP, HIGH_IP, LOW_IP };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ip); i++)
		wr(ip[i], 1);
}

static void edges_are_pending_until_they_are_cleared(void **state)
{
	wr(INPUT_EN, 1);
	press(true);
	assert_int_equal(rd(RISE_IP), 1); /* not enabled */
	assert_int_equal(rd(FALL_IP), 0);
	assert_false(line);
	wr(RISE_IE, 1);
	assert_true(line);
	wr(RISE_IP, 0);
	assert_true(line);
	wr(RISE_IP, 1);
	assert_int_equal(rd(RISE_IP), 0);
	assert_false(line);
	press(true); /* no further edge */
	assert_false(line);
	press(false);
	assert_int_equal(rd(FALL_IP), 1);
	assert_false(line);
	wr(FALL_IE, 1);
	assert_true(line);
	wr(FALL_IE, 0);
	assert_false(line);
}

static void levels_are_pending_again_while_they_last(void **state)
{
	wr(INPUT_EN, 1);
	clear();
	assert_int_equal(rd(LOW_IP), 1);
	assert_int_equal(rd(HIGH_IP), 0);
	wr(LOW_IE, 1);
	assert_true(line);
	press(true);
	assert_true(line); /* it has been low */
	wr(LOW_IP, 1);
	assert_int_equal(rd(LOW_IP), 0);
	assert_false(line);
	wr(HIGH_IE, 1);
	assert_true(line);
	wr(HIGH_IP, 1);
	assert_true(line);
	press(false);
	wr(LOW_IE, 0);
	assert_true(line);
	wr(HIGH_IP, 1);
	assert_false(line);
}

static void only_words_are_accessed(void **state)
{
	static const u8 widths[] = { 1, 2, 8 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		dev->ops->write(dev, test_vcpu, 4 * INPUT_EN, widths[i], 1);
		assert_int_equal(rd(INPUT_EN), 0);
		assert_int_equal(dev->ops->read(dev, test_vcpu, 4 * LOW_IP, widths[i]), 0);
	}
	dev->ops->write(dev, test_vcpu, 4 * INPUT_EN + 1, 4, 0x101);
	assert_int_equal(rd(INPUT_EN), 0);
}

static void a_reset_releases_the_button(void **state)
{
	wr(INPUT_EN, 1);
	wr(RISE_IE, 1);
	press(true);
	assert_true(line);
	dev->ops->reset(dev);
	assert_false(line);
	wr(INPUT_EN, 1);
	assert_int_equal(rd(INPUT_VAL) | rd(RISE_IP) | rd(FALL_IP), 0);
}

static void state_survives_save_and_restore(void **state)
{
	u8 buf[256];
	struct vdev_state s = { buf, sizeof(buf) };

	wr(INPUT_EN, 1);
	wr(RISE_IE, 1);
	wr(PUE, 1);
	press(true);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_true(line);
	assert_int_equal(rd(INPUT_VAL) & rd(PUE), 1);
	assert_int_equal(rd(FALL_IP), 0);
	test_state_checks(dev);
	/* What can't be is not taken over. */
	memset(((struct sifive_gpio_state *)buf)->reg, 0xff, NR_REGS);
	((struct sifive_gpio_state *)buf)->in = 0xff;
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(rd(DS), 1);
	assert_int_equal(rd(0x38 / 4), 0);
	assert_int_equal(to_gpio(dev)->s.reg[0x38 / 4] | to_gpio(dev)->s.in >> 1, 0);
}

/* What it is at the pin, and what was pending or has become so, as the manual words it. */
static void random_accesses_keep_it_whole(void **state)
{
	struct sifive_gpio_state *s = &to_gpio(dev)->s;
	u64 seed = shim_seed(9);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		struct sifive_gpio_state old = *s;
		u64 r = shim_random(&seed), n = (r >> 2) % (NR_REGS + 2);
		u32 pin, driven;

		if ((r >> 16) % 4 == 0)
			press(r >> 24 & 1);
		else
			wr((unsigned int)n, (u32)(r >> 32));
		driven = s->reg[OUTPUT_EN] ? s->reg[OUTPUT_VAL] ^ s->reg[OUT_XOR] : s->in;
		pin = driven & s->reg[INPUT_EN];
		assert_int_equal(rd(INPUT_VAL), pin);
		if (pin != old.reg[INPUT_VAL])
			assert_int_equal(rd(pin ? RISE_IP : FALL_IP), 1);
		assert_int_equal(rd(pin ? HIGH_IP : LOW_IP), 1);
		assert_int_equal(line, (rd(RISE_IE) & rd(RISE_IP)) | (rd(FALL_IE) & rd(FALL_IP)) |
					       (rd(HIGH_IE) & rd(HIGH_IP)) |
					       (rd(LOW_IE) & rd(LOW_IP)));
	}
}

static void describes_itself_as_linux_expects(void **state)
{
	test_vm.irqchip = dev;
	assert_int_equal(dev->ops->fdt(dev, NULL), 0);
	test_vm.irqchip = NULL;
	assert_string_equal(test_fdt, "gpio@10060000 { reg = <0 0x10060000 0 0x1000>; "
				      "interrupt-parent = <0x100>; interrupts = <0x7>; "
				      "compatible = \"sifive,fu540-c000-gpio|sifive,gpio0\"; "
				      "gpio-controller; #gpio-cells = <0x2>; "
				      "interrupt-controller; #interrupt-cells = <0x2>; "
				      "phandle = <0x103>; ngpios = <0x1>; }; "
				      "gpio-keys { compatible = \"gpio-keys\"; poweroff { "
				      "label = \"GPIO Key Poweroff\"; linux,code = <0x74>; "
				      "gpios = <0x103 0 0>; }; }; ");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(registers_read_back_and_are_zero_at_first),
		T(the_button_is_seen_if_the_input_is_enabled),
		T(what_is_driven_is_seen),
		T(edges_are_pending_until_they_are_cleared),
		T(levels_are_pending_again_while_they_last),
		T(only_words_are_accessed),
		T(a_reset_releases_the_button),
		T(state_survives_save_and_restore),
		T(random_accesses_keep_it_whole),
		T(describes_itself_as_linux_expects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
