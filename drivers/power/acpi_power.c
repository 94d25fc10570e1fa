// SPDX-License-Identifier: Apache-2.0
/*
 * The end of a machine with ACPI's fixed hardware (ACPI 6.4, 4.8.3.2 and 7.4.2): soft-off by
 * the PM1 control registers, and the reset register. Neither carries an exit status. QEMU's
 * isa-debug-exit device does, of odd numbers, and is used for those that tell of a failure
 * where the boot argument lodge.debug-exit=PORT says that there is one.
 */
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/ioport.h>
#include <lodge/power.h>
#include <lodge/string.h>
#include <asm/barrier.h>

#define PM1_SCI_EN	  BIT(0)
#define PM1_SLP_TYP_SHIFT 10
#define PM1_SLP_TYP_MASK  (7u << PM1_SLP_TYP_SHIFT)
#define PM1_SLP_EN	  BIT(13)

#define GAS_SPACE_IO 1u

/* The firmware may take some seconds to hand over; a port takes about a microsecond. */
#define ENABLE_POLLS 3000000u

static struct {
	u16 pm1[2]; /* PM1a and PM1b control; 0: there is none */
	u8 slp_typ[2];
	u16 smi_cmd;
	u8 acpi_enable;
	u16 reset_port;
	u8 reset_value;
	u16 debug_exit;
} acpi;

/* The registers do what they say only when the firmware has let go of them. */
static void acpi_take_over(void)
{
	u32 polls = ENABLE_POLLS;

	if (!acpi.smi_cmd || (port_read16(acpi.pm1[0]) & PM1_SCI_EN))
		return;
	port_write8(acpi.smi_cmd, acpi.acpi_enable);
	while (!(port_read16(acpi.pm1[0]) & PM1_SCI_EN) && polls--)
		cpu_relax();
}

static void acpi_off(unsigned int status)
{
	unsigned int i;

	/* QEMU ends with twice what is written, and 1. */
	if (status && acpi.debug_exit)
		port_write8(acpi.debug_exit, (u8)(status >> 1));
	if (!acpi.pm1[0])
		return;
	acpi_take_over();
	for (i = 0; i < 2; i++) {
		u16 v;

		if (!acpi.pm1[i])
			continue;
		v = (u16)(port_read16(acpi.pm1[i]) & ~(PM1_SLP_TYP_MASK | PM1_SLP_EN));
		v |= (u16)(acpi.slp_typ[i] << PM1_SLP_TYP_SHIFT);
		port_write16(acpi.pm1[i], v);
		port_write16(acpi.pm1[i], v | PM1_SLP_EN);
	}
}

static void acpi_reset(void)
{
	if (acpi.reset_port)
		port_write8(acpi.reset_port, acpi.reset_value);
}

static struct power_driver acpi_power = {
	.name = "acpi",
	.off = acpi_off,
	.reset = acpi_reset,
};

/* Property @name of @n cells, or NULL. */
static const void *cells(const void *fdt, int node, const char *name, unsigned int n)
{
	u32 len = 0;
	const void *p = fdt_prop(fdt, node, name, &len);

	return p && len == 4 * n ? p : NULL;
}

BOOTARG(debug_exit, "lodge.debug-exit");

static u16 debug_exit_port(void)
{
	char buf[16];
	const char *arg = host_bootarg("lodge.debug-exit", buf, sizeof(buf));
	u64 port;

	return arg && str_to_u64(arg, &port) == 0 && port <= 0xffff ? (u16)port : 0;
}

/* All that the end of the machine takes, which no guest is to bring about. */
static void claim(u16 port, u32 nr)
{
	if (port)
		ioport_claim(port, nr, "acpi-power");
}

/* PCs reset by these as well: the keyboard controller, port A, and among those of PCI what the chipset has. */
static void claim_resets(void)
{
	claim(0x64, 1);
	claim(0x92, 1);
	claim(0xcf8, 8);
}

static int acpi_power_probe(const void *fdt, int node)
{
	const void *pm1 = cells(fdt, node, "pm1-control", 2);
	const void *typ = cells(fdt, node, "soft-off", 2);
	const void *enable = cells(fdt, node, "acpi-enable", 2);
	const void *reset = cells(fdt, node, "reset", 4);
	unsigned int i;

	for (i = 0; pm1 && typ && i < 2; i++) {
		acpi.pm1[i] = (u16)fdt_cell(pm1, i);
		acpi.slp_typ[i] = (u8)(fdt_cell(typ, i) & 7);
	}
	if (enable) {
		acpi.smi_cmd = (u16)fdt_cell(enable, 0);
		acpi.acpi_enable = (u8)fdt_cell(enable, 1);
	}
	/* Where it is not a port, nothing that Lodge runs on has it. */
	if (reset && fdt_cell(reset, 0) == GAS_SPACE_IO) {
		acpi.reset_port = (u16)fdt_cell(reset, 2);
		acpi.reset_value = (u8)fdt_cell(reset, 3);
	}
	acpi.debug_exit = debug_exit_port();
	claim(acpi.pm1[0], 2);
	claim(acpi.pm1[1], 2);
	claim(acpi.smi_cmd, 1);
	claim(acpi.reset_port, 1);
	claim(acpi.debug_exit, 1);
	claim_resets();
	power_driver_register(&acpi_power);
	return 0;
}

static const char *const acpi_power_compatible[] = { "lodge,acpi-power", NULL };

/* Early: whatever fails after it can end the machine with a status. */
static const struct driver acpi_power_driver = {
	.name = "acpi-power",
	.compatible = acpi_power_compatible,
	.stage = DRIVER_IRQCHIP,
	.probe = acpi_power_probe,
};
DRIVER_REGISTER(acpi_power_driver);
