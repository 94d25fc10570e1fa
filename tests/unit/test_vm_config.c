// SPDX-License-Identifier: Apache-2.0
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_lines.c virt/config/vm_config_host.c virt/config/vm_config_host_all.c virt/config/host_ref.c virt/config/host_copy.c lib/fdt_irq.c virt/config/vm_config_check.c */
/* links: virt/mem/region.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c */
#include "vm_config_source.h"
#include <lodge/errno.h>

/* ---- what is right ---- */

static void the_least_has_defaults(void **state)
{
	struct vm_config cfg;

	parse_good(WITH(""), &cfg);
	assert_string_equal(cfg.file, FILE_NAME);
	assert_string_equal(cfg.name, "linux");
	assert_string_equal(cfg.kernel, "/k");
	assert_string_equal(cfg.initrd, "");
	assert_string_equal(cfg.dtb, "");
	assert_string_equal(cfg.bootargs, "");
	assert_int_equal(cfg.nr_vcpus, 1);
	assert_int_equal(cfg.vcpu[0].weight, 256);
	assert_int_equal(cfg.vcpu[0].affinity, 0);
	assert_int_equal(cfg.vcpu[0].cap, 0);
	assert_int_equal(cfg.vcpu[0].reservation_us[0], 0);
	assert_false(cfg.vcpu[0].exclusive || cfg.autostart || cfg.has_entry || cfg.has_load);
	assert_int_equal(cfg.on_exit, ON_EXIT_KEEP);
	assert_int_equal(cfg.stop_timeout_ms, 60000);
	assert_int_equal(cfg.on_stop_timeout, STOP_TIMEOUT_KILL);
	assert_int_equal(cfg.memory.count, 1);
	assert_int_equal(cfg.memory.r[0].gpa.v, 0x80000000);
	assert_int_equal(cfg.memory.r[0].size, MIB(256));
	assert_int_equal(cfg.memory.r[0].backing, BACKING_LAZY);
	assert_int_equal(cfg.memory.r[0].perm, REGION_R | REGION_W | REGION_X);
	assert_int_equal(cfg.nr_devs, ARRAY_SIZE(board_devices));
	assert_string_equal(cfg.dev[3].name, "uart0");
}

static void a_board_device_may_be_described_as_it_is(void **state)
{
	struct vm_config cfg;

	parse_good(WITH_DEVICES("com { compatible = \"lodge,uart\"; reg = <0 0x10000000 0 0x100>; "
				"interrupts = <10>; };"),
		   &cfg);
	assert_int_equal(cfg.nr_devs, ARRAY_SIZE(board_devices));
	assert_string_equal(cfg.dev[3].name, "com");
}

static void ports_are_a_space_of_their_own(void **state)
{
	struct vm_config cfg;

	/* Neither aligned to pages nor in the way of what has the same address. */
	parse_good(WITH_DEVICES("a { compatible = \"lodge,extra\"; reg = <0 0x1000 0 0x1000>; }; "
				"b { compatible = \"lodge,extra\"; io-ports; "
				"  reg = <0 0x1008 0 3>; };"),
		   &cfg);
	assert_int_equal(cfg.dev[4].space, VDEV_MEMORY);
	assert_int_equal(cfg.dev[5].space, VDEV_PORTS);
	assert_int_equal(cfg.dev[5].base.v, 0x1008);
	assert_int_equal(cfg.dev[5].size, 3);
}

/* Of a VM that has some lazy memory, whatever the rest is. */
static void memory_is_overcommitted_where_it_says_so(void **state)
{
	struct vm_config cfg;

	parse_good(WITH(""), &cfg);
	assert_false(cfg.overcommit);
	parse_good(WITH("overcommit;"), &cfg);
	assert_true(cfg.overcommit);
	parse_good(ROOT("overcommit;", CHOSEN
			"memory@80000000 { reg = <0 0x80000000 0 0x2000>; backing = \"eager\"; };"
			"memory@90000000 { reg = <0 0x90000000 0 0x2000>; backing = \"lazy\"; };"),
		   &cfg);
	assert_true(cfg.overcommit);
}

static void check_vcpu(const struct vcpu_config *v, u64 affinity, u32 weight, u32 cap, u32 budget)
{
	assert_int_equal(v->affinity, affinity);
	assert_int_equal(v->weight, weight);
	assert_int_equal(v->cap, cap);
	assert_int_equal(v->reservation_us[0], budget);
	assert_int_equal(v->reservation_us[1], budget ? 10000 : 0);
	assert_false(v->exclusive);
}

/* The root says it for all vCPUs, /cpus in its place, and cpu@n for one. */
static void vcpus_have_defaults(void **state)
{
	struct vm_config cfg;

	parse_good(WITH("cpus = <2>; affinity = <0 2>; weight = <65536>; cap = <30>;"), &cfg);
	assert_int_equal(cfg.nr_vcpus, 2);
	check_vcpu(&cfg.vcpu[0], 5, 65536, 30, 0);
	check_vcpu(&cfg.vcpu[1], 5, 65536, 30, 0);
	parse_good(WITH("reservation-us = <9500 10000>;"), &cfg);
	assert_int_equal(cfg.nr_vcpus, 1);
	check_vcpu(&cfg.vcpu[0], 0, 256, 0, 9500);
	parse_good(ROOT("affinity = <0 2>; weight = <5>; " MEMORY,
			CHOSEN "cpus { affinity = <1>; reservation-us = <500 10000>; cpu@0 {}; "
			       "cpu@1 { affinity = <0 1 3>; weight = <9>; "
			       "  reservation-us = <700 10000>; }; };"),
		   &cfg);
	assert_int_equal(cfg.nr_vcpus, 2);
	check_vcpu(&cfg.vcpu[0], 2, 5, 0, 500);
	check_vcpu(&cfg.vcpu[1], 11, 9, 0, 700);
	parse_good(ROOT(MEMORY, CHOSEN "cpus { exclusive; cpu@0 { affinity = <1>; }; "
				       "cpu@1 { affinity = <2>; }; };"),
		   &cfg);
	assert_true(cfg.vcpu[0].exclusive && cfg.vcpu[1].exclusive);
}

static void everything_is_read(void **state)
{
	struct vm_config cfg;

	parse_good(
		"/dts-v1/; / { compatible = \"lodge,vm\"; label = \"a-1\"; "
		"#address-cells = <2>; #size-cells = <2>; autostart; on-exit = \"restart\"; "
		"stop-timeout-ms = <1500>; on-stop-timeout = \"continue\"; "
		"cpus { #address-cells = <1>; #size-cells = <0>; "
		"  cpu@1 { reg = <1>; weight = <7>; }; "
		"  cpu@0 { exclusive; affinity = <63>; }; }; "
		"m: memory@90000000 { device_type = \"memory\"; reg = <0 0x90000000 0 0x2000>; "
		"  backing = \"reserved\"; host-reg = <0 0x88000000 0 0x2000>; }; "
		"memory@a0000000 { reg = <0 0xa0000000 0 0x1000>; backing = \"identical\"; }; "
		"memory@80000000 { reg = <0 0x80000000 0 0x1000>; backing = \"eager\"; }; "
		"chosen { kernel = \"/k\"; initrd = \"/i\"; dtb = \"/d\"; bootargs = \"a b\"; "
		"  entry = <0 0x80000010>; load = <0x80000000>; }; "
		"devices { "
		"  tty { compatible = \"lodge,uart\"; }; "
		"  rtc { compatible = \"lodge,rtc\"; status = \"disabled\"; }; "
		"  x@20000000 { compatible = \"lodge,extra\"; reg = <0 0x20000000 0 0x800>; "
		"    interrupts = <5>; }; "
		"  d { compatible = \"lodge,virtio-blk\"; ram-mib = <1>; status = \"disabled\"; }; "
		"  flash { compatible = \"lodge,passthrough\"; reg = <1 0 0 0x2000>; "
		"    host-reg = <0 0x22000000 0 0x2000>; interrupts = <40 12>; "
		"    host-interrupts = <40 7>; interrupt-trigger = \"edge-rising\"; }; "
		"  com2@2f8 { compatible = \"lodge,passthrough\"; ports = <0x2f8 8 0xfff0 0x10>; acpi-hid = \"PNP0501\"; }; }; };",
		&cfg);
	assert_int_equal(cfg.nr_lines, 2);
	assert_string_equal(cfg.line[1].device, "flash");
	assert_int_equal(cfg.line[1].irq, 12);
	assert_int_equal(cfg.line[1].host_irq, 7);
	assert_int_equal(cfg.line[1].trigger, IRQ_EDGE_RISING);
	assert_int_equal(cfg.nr_acpi_devs, 1);
	assert_string_equal(cfg.acpi_dev[0].hid, "PNP0501");
	assert_int_equal(cfg.acpi_dev[0].size, 0);
	assert_int_equal(cfg.acpi_dev[0].first_port, 0);
	assert_int_equal(cfg.acpi_dev[0].nr_ports, 2);
	assert_int_equal(cfg.acpi_dev[0].first_line, 2);
	assert_int_equal(cfg.acpi_dev[0].nr_lines, 0);
	assert_int_equal(cfg.nr_ports, 2);
	assert_string_equal(cfg.port[0].device, "com2");
	assert_int_equal(cfg.port[0].first, 0x2f8);
	assert_int_equal(cfg.port[0].nr, 8);
	assert_int_equal(cfg.port[1].first, 0xfff0);
	assert_int_equal(cfg.port[1].nr, 16);
	assert_int_equal(cfg.on_exit, ON_EXIT_RESTART);
	assert_int_equal(cfg.stop_timeout_ms, 1500);
	assert_int_equal(cfg.on_stop_timeout, STOP_TIMEOUT_CONTINUE);
	assert_true(cfg.autostart);
	assert_int_equal(cfg.nr_vcpus, 2);
	assert_true(cfg.vcpu[0].exclusive);
	assert_true(cfg.vcpu[0].affinity == 1UL << 63);
	assert_int_equal(cfg.vcpu[0].weight, 256);
	assert_int_equal(cfg.vcpu[1].weight, 7);
	assert_int_equal(cfg.memory.count, 4);
	assert_int_equal(cfg.memory.r[0].backing, BACKING_EAGER);
	assert_int_equal(cfg.memory.r[1].backing, BACKING_RESERVED);
	assert_int_equal(cfg.memory.r[1].hpa.v, 0x88000000);
	assert_int_equal(cfg.memory.r[2].backing, BACKING_IDENTICAL);
	assert_int_equal(cfg.memory.r[2].hpa.v, 0xa0000000);
	assert_int_equal(cfg.memory.r[3].backing, BACKING_DEVICE);
	assert_int_equal(cfg.memory.r[3].gpa.v, 0x100000000);
	assert_int_equal(cfg.memory.r[3].hpa.v, 0x22000000);
	assert_int_equal(cfg.memory.r[3].perm, REGION_R | REGION_W);
	assert_true(cfg.has_entry && cfg.has_load);
	assert_int_equal(cfg.entry.v, 0x80000010);
	assert_int_equal(cfg.load.v, 0x80000000);
	assert_string_equal(cfg.initrd, "/i");
	assert_string_equal(cfg.dtb, "/d");
	assert_string_equal(cfg.bootargs, "a b");
	assert_int_equal(cfg.nr_devs, 4);
	assert_string_equal(cfg.dev[0].name, "test");
	assert_string_equal(cfg.dev[1].name, "plic");
	assert_string_equal(cfg.dev[2].name, "tty");
	assert_int_equal(cfg.dev[2].base.v, 0x10000000);
	assert_int_equal(cfg.dev[2].irq, 10);
	assert_string_equal(cfg.dev[3].name, "x");
	assert_ptr_equal(cfg.dev[3].compatible, extra_ops.compatible);
	assert_int_equal(cfg.dev[3].size, 0x800);
	assert_int_equal(cfg.dev[3].irq, 5);
}

static void read_only_memory_is_no_ram(void **state)
{
	struct vm_config cfg;
	char err[VM_ERROR_MAX];
	size_t size;
	void *blob;

	parse_good(WITH_MEMORY("memory@80000000 { reg = <0 0x80000000 0 0x1000>; }; "
			       "memory@0 { reg = <0 0 0 0x2000>; read-only; };"),
		   &cfg);
	assert_int_equal(cfg.memory.r[0].perm, REGION_R | REGION_X);
	assert_int_equal(cfg.memory.r[1].perm, REGION_R | REGION_W | REGION_X);
	blob = compile(WITH_MEMORY("memory@0 { reg = <0 0 0 0x2000>; read-only; };"), &size);
	assert_int_equal(vm_config_parse(blob, size, "a.dtb", NULL, &cfg, err), -EINVAL);
	assert_string_equal(err, "a.dtb: /: no memory: add \"memory-mib\" or a memory@... node");
	free(blob);
}

static void a_watchdog_is_there_where_it_is_asked_for(void **state)
{
	static const char *const does[] = { "reset", "stop", "notify" };
	char source[1024];
	struct vm_config cfg;
	unsigned int i, n = ARRAY_SIZE(board_devices);

	parse_good(WITH(""), &cfg);
	assert_int_equal(cfg.nr_devs, n);
	assert_int_equal(cfg.on_watchdog, ON_WATCHDOG_RESET);
	for (i = 0; i < ARRAY_SIZE(does); i++) {
		snprintf(source, sizeof(source), WITH("on-watchdog = \"%s\";"), does[i]);
		parse_good(source, &cfg);
		assert_int_equal(cfg.on_watchdog, i);
		assert_int_equal(cfg.nr_devs, n + 1);
		assert_memory_equal(&cfg.dev[n], &board_watchdog, sizeof(board_watchdog));
	}
	/* It is one of the board's then. */
	parse_good(ROOT("memory-mib = <16>; on-watchdog = \"stop\";",
			CHOSEN "devices { rex { compatible = \"lodge,watchdog\"; }; };"),
		   &cfg);
	assert_int_equal(cfg.nr_devs, n + 1);
	assert_string_equal(cfg.dev[n].name, "rex");
	assert_int_equal(cfg.dev[n].base.v, board_watchdog.base.v);
	parse_good(
		ROOT("memory-mib = <16>; on-watchdog = \"stop\";", CHOSEN
		     "devices { rex { compatible = \"lodge,board-dog\"; status = \"disabled\"; }; };"),
		&cfg);
	assert_int_equal(cfg.nr_devs, n);
	/* Others may be elsewhere. */
	parse_good(
		WITH_DEVICES(
			"rex { compatible = \"lodge,watchdog\"; reg = <0 0x20000000 0 0x1000>; };"),
		&cfg);
	assert_int_equal(cfg.nr_devs, n + 1);
	assert_string_equal(cfg.dev[n].compatible, "lodge,board-dog");
	assert_int_equal(cfg.dev[n].base.v, 0x20000000);
}

static void the_boards_uart_has_two_names(void **state)
{
	struct vm_config cfg;

	parse_good(WITH_DEVICES("tty { compatible = \"lodge,board-uart\"; };"), &cfg);
	assert_int_equal(cfg.nr_devs, 4);
	assert_string_equal(cfg.dev[3].name, "tty");
	assert_int_equal(cfg.dev[3].base.v, 0x10000000);
}

static void a_disabled_device_leaves_its_place(void **state)
{
	struct vm_config cfg;

	parse_good(WITH_DEVICES(
			   "u { compatible = \"lodge,uart\"; status = \"disabled\"; }; "
			   "f { compatible = \"lodge,passthrough\"; reg = <0 0x10000000 0 0x1000>; "
			   "host-reg = <0 0x10000000 0 0x1000>; };"),
		   &cfg);
	assert_int_equal(cfg.nr_devs, 3);
	assert_int_equal(cfg.memory.count, 2);
}

static void symbols_of_dtc_are_skipped(void **state)
{
	struct vm_config cfg;

	parse_good(WITH_NODE("__symbols__ { uart = \"/x\"; };"), &cfg);
}

/* ---- limits ---- */

static void regions_are_limited(void **state)
{
	static char source[16384];
	char err[VM_ERROR_MAX];
	struct vm_config cfg;
	int n = 0, i;

	n += sprintf(source + n, "%s", ROOT_HEAD LABEL CHOSEN);
	for (i = 0; i <= MAX_REGIONS; i++)
		n += sprintf(source + n, "memory@8%03d0000 { reg = <0 0x8%03d0000 0 0x1000>; };", i,
			     i);
	sprintf(source + n, "};");
	assert_int_equal(parse(source, &cfg, err), -EINVAL);
	assert_string_equal(err, FILE_NAME
			    ": /memory@80320000: one region too many: a VM has at most 32");

	n = sprintf(source, "%s", ROOT_HEAD LABEL CHOSEN);
	for (i = 0; i < MAX_REGIONS; i++)
		n += sprintf(source + n, "memory@8%03d0000 { reg = <0 0x8%03d0000 0 0x1000>; };", i,
			     i);
	sprintf(source + n, "};");
	assert_int_equal(parse(source, &cfg, err), -EINVAL);
	assert_string_equal(err, FILE_NAME
			    ": /: 32 memory regions and 4 devices: a VM has at most 32 together");
}

static void devices_are_limited(void **state)
{
	static char source[16384];
	char err[VM_ERROR_MAX];
	struct vm_config cfg;
	int n, i;

	n = sprintf(source, "%s devices {", ROOT_HEAD LABEL MEMORY CHOSEN);
	for (i = 0; i < VM_MAX_DEVS; i++)
		n += sprintf(
			source + n,
			"x%d { compatible = \"lodge,extra\"; reg = <0 0x2%03d0000 0 0x1000>; };", i,
			i);
	sprintf(source + n, "}; };");
	assert_int_equal(parse(source, &cfg, err), -EINVAL);
	assert_string_equal(err,
			    FILE_NAME ": /devices/x12: one device too many: a VM has at most 16");
}

static void a_long_file_name_is_refused(void **state)
{
	char err[VM_ERROR_MAX], name[VM_PATH_MAX + 1];
	struct vm_config cfg;

	memset(name, 'x', VM_PATH_MAX);
	name[VM_PATH_MAX] = '\0';
	assert_int_equal(vm_config_parse("", 0, name, NULL, &cfg, err), -EINVAL);
	assert_non_null(strstr(err, "too long: use at most 127 characters"));
}

static void what_is_no_blob_is_refused(void **state)
{
	static const char text[64] __aligned(8) = "/dts-v1/; / { };";
	char err[VM_ERROR_MAX];
	struct vm_config cfg;

	assert_int_equal(vm_config_parse(text, sizeof(text), FILE_NAME, NULL, &cfg, err), -EINVAL);
	assert_string_equal(err, FILE_NAME
			    ": not a devicetree blob, or a damaged one: compile it with dtc");
	assert_int_equal(vm_config_parse(text, 0, FILE_NAME, NULL, &cfg, err), -EINVAL);
}

/* ---- damaged blobs ---- */

static const char rich[] = ROOT(
	"autostart; on-exit = \"destroy\";",
	"cpus { cpu@0 { affinity = <0 1>; weight = <3>; }; cpu@1 { exclusive; affinity = <2>; }; };"
	"memory@80000000 { reg = <0 0x80000000 0 0x2000>; backing = \"eager\"; };"
	"memory@90000000 { reg = <0 0x90000000 0 0x2000>; backing = \"reserved\"; host-reg = <0 0 0 0x2000>; };"
	"chosen { kernel = \"/k\"; initrd = \"/i\"; bootargs = \"x y z\"; entry = <0 0x80000000>; };"
	"devices { u { compatible = \"lodge,uart\"; }; "
	"f { compatible = \"lodge,passthrough\"; reg = <0 0x22000000 0 0x1000>; host-reg = <0 0x9000 0 0x1000>; };"
	"x { compatible = \"lodge,extra\"; reg = <0 0x20000000 0 0x1000>; interrupts = <5>; }; };");

/* Names are printed by other VMs' messages, too. */
static void names_have_the_characters_of_names(void **state)
{
	static const char node[] = "\0\0\0\1x\0";
	char err[VM_ERROR_MAX];
	struct vm_config cfg;
	size_t size, at;
	u8 *blob = compile(rich, &size);

	for (at = 0; memcmp(blob + at, node, sizeof(node)); at++)
		assert_true(at + sizeof(node) < size);
	blob[at + 4] = 0xf5;
	assert_int_equal(vm_config_parse(blob, size, FILE_NAME, NULL, &cfg, err), -EINVAL);
	assert_string_equal(err, FILE_NAME ": /devices/?: a name with other characters than "
					   "letters, digits and ,._+-: choose another");
	free(blob);
}

static void damaged_blobs_are_survived(void **state)
{
	size_t size, header = 40;
	u8 *good = compile(rich, &size), *blob = malloc(size);
	char err[VM_ERROR_MAX];
	struct vm_config cfg;
	u64 seed = shim_seed(7), n, i, accepted = 0;

	for (n = 0; n < 40000; n++) {
		u64 changes = 1 + shim_random(&seed) % 4;

		memcpy(blob, good, size);
		for (i = 0; i < changes; i++) {
			/* The header is soon found out, so most damage is behind it. */
			u64 from = shim_random(&seed) % 8 ? header : 0;
			u64 at = from + shim_random(&seed) % (size - from);

			if (shim_random(&seed) % 2)
				blob[at] = (u8)shim_random(&seed);
			else
				blob[at] ^= (u8)(1 << shim_random(&seed) % 8);
		}
		err[0] = '\0';
		if (!vm_config_parse(blob, size, FILE_NAME, NULL, &cfg, err)) {
			accepted++;
			continue;
		}
		assert_memory_equal(err, FILE_NAME ": ", strlen(FILE_NAME ": "));
		for (i = 0; err[i]; i++)
			assert_true(err[i] >= ' ' && err[i] <= '~');
	}
	assert_true(accepted > 100);
	for (n = 0; n < size; n++) {
		u8 *part = malloc(n);

		memcpy(part, good, n);
		assert_int_equal(vm_config_parse(part, n, FILE_NAME, NULL, &cfg, err), -EINVAL);
		free(part);
	}
	free(blob);
	free(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_has_defaults),
		cmocka_unit_test(memory_is_overcommitted_where_it_says_so),
		cmocka_unit_test(vcpus_have_defaults),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(a_board_device_may_be_described_as_it_is),
		cmocka_unit_test(ports_are_a_space_of_their_own),
		cmocka_unit_test(read_only_memory_is_no_ram),
		cmocka_unit_test(a_watchdog_is_there_where_it_is_asked_for),
		cmocka_unit_test(the_boards_uart_has_two_names),
		cmocka_unit_test(a_disabled_device_leaves_its_place),
		cmocka_unit_test(symbols_of_dtc_are_skipped),
		cmocka_unit_test(regions_are_limited),
		cmocka_unit_test(devices_are_limited),
		cmocka_unit_test(a_long_file_name_is_refused),
		cmocka_unit_test(what_is_no_blob_is_refused),
		cmocka_unit_test(names_have_the_characters_of_names),
		cmocka_unit_test(damaged_blobs_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
