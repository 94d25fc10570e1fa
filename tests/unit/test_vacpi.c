// SPDX-License-Identifier: Apache-2.0
/* The guest's ACPI tables: by the specification's offsets, and by what iasl makes of them. */
/* links: arch/x86_64/virt/acpi/vacpi.c arch/x86_64/virt/acpi/vacpi_dsdt.c arch/x86_64/virt/acpi/vacpi_wdat.c virt/bus/power.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/acpi/vacpi.h"
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <shim.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADDR 0xe0000ul

static struct vm_config cfg;
static struct vm vm;
static struct vdev devs[VM_MAX_DEVS];
static struct vdev_ops ops[VM_MAX_DEVS];
static u8 tables[VACPI_SIZE];
static s64 size;

static void add(const char *compatible, enum vdev_space space, u64 base, u64 window, u32 irq)
{
	unsigned int n = vm.nr_devs++;

	ops[n].compatible = compatible;
	devs[n] = (struct vdev){ .ops = &ops[n],
				 .base = { base },
				 .size = window,
				 .irq = irq,
				 .space = space };
	vm.dev[n] = &devs[n];
}

static void press(struct vdev *v, bool pressed)
{
}

static int setup(void **state)
{
	memset(&vm, 0, sizeof(vm));
	vm.cfg = &cfg;
	cfg.nr_vcpus = 2;
	add("lodge,lapic", VDEV_MEMORY, 0xfee00000, 0x1000, 0);
	add("lodge,ioapic", VDEV_MEMORY, 0xfec00000, 0x1000, 0);
	add("lodge,uart", VDEV_PORTS, 0x3f8, 8, 4);
	add("lodge,cmos", VDEV_PORTS, 0x70, 2, 8);
	add("lodge,pit", VDEV_PORTS, 0x40, 0x22, 2);
	add("lodge,acpi-power", VDEV_PORTS, 0x604, 4, 9);
	ops[vm.nr_devs - 1].power_button = press;
	add("lodge,reset-control", VDEV_PORTS, 0xcf9, 1, 0);
	return 0;
}

static void build(void)
{
	size = vacpi_build(&vm, ADDR, tables);
	assert_in_range(size, 300, VACPI_SIZE);
}

static u64 get(const u8 *p, unsigned int bytes)
{
	u64 v = 0;

	memcpy(&v, p, bytes);
	return v;
}

static u8 sum(const u8 *p, size_t n)
{
	u8 s = 0;

	while (n--)
		s += *p++;
	return s;
}

static const u8 *at(u64 addr)
{
	assert_in_range(addr, ADDR, ADDR + (u64)size - 36);
	return tables + (addr - ADDR);
}

/* The table that the XSDT names, whole. */
static const u8 *table(const char *signature)
{
	const u8 *xsdt = at(get(tables + 24, 8)), *t;
	unsigned int i;

	assert_memory_equal(xsdt, "XSDT", 4);
	for (i = 36; i < get(xsdt + 4, 4); i += 8) {
		t = at(get(xsdt + i, 8));
		if (!memcmp(t, signature, 4))
			return t;
	}
	fail_msg("no %s", signature);
	return NULL;
}

static void sums_and_pointers_are_right(void **state)
{
	static const char *const names[] = { "FACP", "APIC" };
	unsigned int i;
	const u8 *t;

	build();
	assert_memory_equal(tables, "RSD PTR ", 8);
	assert_int_equal(sum(tables, 20), 0);
	assert_int_equal(sum(tables, 36), 0);
	assert_int_equal(tables[15], 2);
	t = at(get(tables + 24, 8));
	assert_int_equal(sum(t, get(t + 4, 4)), 0);
	for (i = 0; i < 2; i++) {
		t = table(names[i]);
		assert_int_equal(sum(t, get(t + 4, 4)), 0);
		assert_int_equal((t - tables) % 16, 0);
	}
	t = at(get(table("FACP") + 140, 8));
	assert_memory_equal(t, "DSDT", 4);
	assert_int_equal(sum(t, get(t + 4, 4)), 0);
	assert_int_equal(get(table("FACP") + 40, 4), get(table("FACP") + 140, 8));
}

static void the_platform_is_hardware_reduced(void **state)
{
	const u8 *f;

	build();
	f = table("FACP");
	assert_int_equal(get(f + 4, 4), 276);
	assert_int_equal(get(f + 112, 4), 1 << 20 | 1 << 10 | 3 << 4 | 1);
	assert_int_equal(get(f + 109, 2), 4);
	assert_int_equal(f[108], 0x32);
	assert_int_equal(get(f + 116, 4), 0x01000801);
	assert_int_equal(get(f + 120, 8), 0xcf9);
	assert_int_equal(f[128], 6);
	assert_int_equal(get(f + 244, 4), 0x01000801);
	assert_int_equal(get(f + 248, 8), 0x605);
	assert_int_equal(get(f + 260, 8), 0x606);
	assert_memory_equal(f + 268, "LODGE\0\0", 8);
}

static void what_is_not_there_is_not_told(void **state)
{
	const u8 *f;

	vm.nr_devs = 2;
	build();
	f = table("FACP");
	assert_int_equal(get(f + 112, 4) & 1 << 10, 0);
	assert_int_equal(get(f + 120, 8), 0);
	assert_int_equal(get(f + 248, 8), 0);
	vm.nr_devs = 1;
	build();
	assert_int_equal(get(table("APIC") + 4, 4), 36 + 8 + 2 * 8);
}

static void the_madt_has_cpus_and_the_ioapic(void **state)
{
	static const u8 want[] = {
		0x00, 0x00, 0xe0, 0xfe, 0, 0, 0,    0,		      /* local APICs, no 8259 */
		0,    8,    0,	  0,	1, 0, 0,    0,		      /* CPU 0 */
		0,    8,    1,	  1,	1, 0, 0,    0,		      /* CPU 1 */
		1,    12,   0,	  0,	0, 0, 0xc0, 0xfe, 0, 0, 0, 0, /* IOAPIC */
		2,    10,   0,	  0,	2, 0, 0,    0,	  0, 0,	      /* the timer is at pin 2 */
	};
	const u8 *m;

	build();
	m = table("APIC");
	assert_int_equal(get(m + 4, 4), 36 + sizeof(want));
	assert_memory_equal(m + 36, want, sizeof(want));
}

/* ---- by iasl ---- */

static char text[1 << 16];

/* What the shell command prints; its status is 0. */
static void run(const char *command)
{
	FILE *f = popen(command, "r");
	size_t n;
	int status;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	status = pclose(f);
	if (status)
		fail_msg("%s: status %#x: %s", command, (unsigned int)status, text);
}

/* Disassembles @t, compiles that again, and leaves the source in text[]. iasl's own bytes differ
 * where lengths can be written in two ways, so it is its source that is compared. */
static void round_trip(const u8 *t, const char *name)
{
	char dir[] = "/tmp/lodge-acpi-XXXXXX", command[512];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "%s/%s.dat", dir, name);
	f = fopen(command, "w");
	fwrite(t, 1, get(t + 4, 4), f);
	fclose(f);
	snprintf(command, sizeof(command),
		 "cd %s && iasl -d %s.dat 2>&1 && iasl -p again %s.dsl 2>&1", dir, name, name);
	run(command);
	assert_null(strstr(text, "hecksum"));
	if (strcmp(name, "dsdt") == 0)
		assert_non_null(strstr(text, "0 Errors, 0 Warnings, 0 Remarks"));
	snprintf(
		command, sizeof(command),
		"cd %s && iasl -d again.aml >log 2>&1 && for i in %s again; do "
		"sed '/^DefinitionBlock/,$!{/ : /!d}; /Compiler/d; /Checksum/d; /^ \\*/d' $i.dsl >$i.txt; "
		"done && diff %s.txt again.txt && cat %s.dsl && rm -r %s",
		dir, name, name, name, dir);
	run(command);
}

static void has(const char *want)
{
	if (!strstr(text, want))
		fail_msg("no \"%s\" in %s", want, text);
}

static void iasl_reads_the_fixed_tables(void **state)
{
	build();
	round_trip(table("FACP"), "facp");
	has("Hardware Reduced (V5) : 1");
	has("Reset Register Supported (V2) : 1");
	has("Use APIC Cluster Model (V4) : 0");
	round_trip(table("APIC"), "apic");
	has("[Processor Local APIC]");
	has("Interrupt : 00000002");
}

static void iasl_reads_the_watchdogs_table(void **state)
{
	add("lodge,wdat", VDEV_PORTS, 0x620, 0x10, 0);
	build();
	round_trip(table("WDAT"), "wdat");
	has("PCI Segment : 00FF");
	has("PCI Function : FF");
	has("Timer Period : 00000001");
	has("Max Count : 00FFFFFF");
	has("Enabled : 1");
	has("Watchdog Entry Count : 0000000A");
	has("Watchdog Action : 20");
	has("Space ID : 01 [SystemIO]");
	has("Encoded Access Width : 03 [DWord Access:32]");
	has("Address : 000000000000062C");
}

static void a_watchdog_may_be_in_memory(void **state)
{
	const u8 *w;

	add("lodge,wdat", VDEV_MEMORY, 0xd0000000, 0x10, 0);
	build();
	w = table("WDAT");
	assert_int_equal(get(w + 4, 4), 36 + 32 + 10 * 24);
	/* Each action stands there once: RESET stores to the third register. */
	assert_int_equal(w[68], 1);
	assert_int_equal(get(w + 72, 4), 0x03002000);
	assert_int_equal(get(w + 76, 8), 0xd0000008);
}

static void iasl_reads_the_namespace(void **state)
{
	build();
	round_trip(at(get(table("FACP") + 140, 8)), "dsdt");
	has("Name (_S5, Package (0x04)");
	has("Device (CPU0)");
	has("Device (CPU1)");
	has("Name (_HID, \"ACPI0007\"");
	has("Device (COM0)");
	has("Name (_HID, \"PNP0501\"");
	has("0x03F8,             // Range Minimum");
	has("Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive, ,, )");
	has("0x00000004,");
	has("Device (RTC0)");
	has("Device (PWR0)");
	has("Name (_HID, \"PNP0C0C\"");
	has("Device (GED0)");
	has("Name (_HID, \"ACPI0013\"");
	has("Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive, ,, )");
	has("0x00000009,");
	has("Method (_EVT, 1, NotSerialized)");
	has("Notify (PWR0, 0x80)");
}

static void passed_devices_are_told(void **state)
{
	cfg.port[0] = (struct port_config){ .first = 0x70, .nr = 2 };
	cfg.port[1] = (struct port_config){ .first = 0x2f8, .nr = 8 };
	cfg.line[0] = (struct line_config){ .irq = 3, .trigger = IRQ_LEVEL_LOW };
	cfg.line[1] = (struct line_config){ .irq = 21, .trigger = IRQ_EDGE_RISING };
	cfg.acpi_dev[0] = (struct acpi_device_config){ .hid = "PNP0501",
						       .first_port = 1,
						       .nr_ports = 1,
						       .first_line = 0,
						       .nr_lines = 1 };
	cfg.acpi_dev[1] = (struct acpi_device_config){ .hid = "LNRO0005",
						       .base = { 0xd1234000 },
						       .size = 0x1000,
						       .first_line = 1,
						       .nr_lines = 1 };
	cfg.nr_acpi_devs = 2;
	build();
	cfg.nr_acpi_devs = 0;
	round_trip(at(get(table("FACP") + 140, 8)), "dsdt");
	has("Device (PAS0)");
	has("Name (_UID, 0x10)");
	has("0x02F8,             // Range Minimum");
	has("0x08,               // Length");
	has("0x00000003,");
	has("Device (PAS1)");
	has("Name (_HID, \"LNRO0005\"");
	has("Name (_UID, 0x11)");
	has("0xD1234000,         // Address Base");
	has("0x00000015,");
}

static void as_many_passed_devices_as_can_be_are_told(void **state)
{
	unsigned int i;

	cfg.nr_acpi_devs = VM_MAX_ACPI_DEVS;
	for (i = 0; i < VM_MAX_ACPI_DEVS; i++)
		cfg.acpi_dev[i] = (struct acpi_device_config){ .hid = "ACPI0007",
							       .base = { 0xd0000000 },
							       .size = 0x1000,
							       .first_port = i,
							       .nr_ports = 1,
							       .first_line = 4 * i,
							       .nr_lines = 4 };
	for (i = 0; i < VM_MAX_PORTS; i++)
		cfg.port[i] = (struct port_config){ .first = 0x100 * i, .nr = 0xff };
	for (i = 0; i < 64; i++)
		cfg.line[i] = (struct line_config){ .irq = i % 24, .trigger = IRQ_LEVEL_HIGH };
	cfg.nr_vcpus = VM_MAX_VCPUS;
	for (i = 0; vm.nr_devs < VM_MAX_DEVS; i++)
		add("lodge,virtio-mmio", VDEV_MEMORY, 0xd0000000 + 0x1000 * i, 0x200, 9 + i);
	build();
	cfg.nr_acpi_devs = 0;
	round_trip(at(get(table("FACP") + 140, 8)), "dsdt");
	has("Device (PASF)");
}

static void a_machine_without_power_button_tells_of_none(void **state)
{
	ops[5].power_button = NULL;
	build();
	round_trip(at(get(table("FACP") + 140, 8)), "dsdt");
	assert_null(strstr(text, "PWR0"));
	assert_null(strstr(text, "GED0"));
}

static void every_device_that_can_be_is_told(void **state)
{
	unsigned int i;

	cfg.nr_vcpus = VM_MAX_VCPUS;
	for (i = 0; vm.nr_devs < VM_MAX_DEVS; i++)
		add("lodge,virtio-mmio", VDEV_MEMORY, 0xd0000000 + 0x1000 * i, 0x200, 9 + i);
	build();
	round_trip(at(get(table("FACP") + 140, 8)), "dsdt");
	has("Device (VIO8)");
	has("Name (_HID, \"LNRO0005\"");
	has("Memory32Fixed (ReadWrite,");
	has("0xD0008000,         // Address Base");
	has("Device (CPU7)");
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(sums_and_pointers_are_right),
		T(the_platform_is_hardware_reduced),
		T(what_is_not_there_is_not_told),
		T(the_madt_has_cpus_and_the_ioapic),
		T(iasl_reads_the_fixed_tables),
		T(iasl_reads_the_namespace),
		T(iasl_reads_the_watchdogs_table),
		T(a_watchdog_may_be_in_memory),
		T(passed_devices_are_told),
		T(as_many_passed_devices_as_can_be_are_told),
		T(a_machine_without_power_button_tells_of_none),
		T(every_device_that_can_be_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
