// SPDX-License-Identifier: Apache-2.0
/* The SiFive test device: one register that ends or restarts the machine. */
#include <asm/io.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/power.h>

#define TEST_PASS  0x5555u
#define TEST_FAIL  0x3333u /* the upper half is the exit status */
#define TEST_RESET 0x7777u

static volatile u8 *test_regs;

static void sifive_test_off(unsigned int status)
{
	writel(status ? TEST_FAIL | status << 16 : TEST_PASS, test_regs);
}

static void sifive_test_reset(void)
{
	writel(TEST_RESET, test_regs);
}

static struct power_driver sifive_test_power = {
	.name = "sifive-test",
	.off = sifive_test_off,
	.reset = sifive_test_reset,
};

static int sifive_test_probe(const void *fdt, int node)
{
	test_regs = driver_map(fdt, node, 0, sizeof(u32));
	if (!test_regs)
		return -ENODEV;
	power_driver_register(&sifive_test_power);
	return 0;
}

static const char *const sifive_test_compatible[] = { "sifive,test1", "sifive,test0", NULL };

/* Early: whatever fails after it can end the machine with a status. */
static const struct driver sifive_test = {
	.name = "sifive-test",
	.compatible = sifive_test_compatible,
	.stage = DRIVER_IRQCHIP,
	.probe = sifive_test_probe,
};
DRIVER_REGISTER(sifive_test);
