// SPDX-License-Identifier: Apache-2.0
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_lines.c virt/config/vm_config_host.c virt/config/vm_config_host_all.c virt/config/host_ref.c virt/config/host_copy.c lib/fdt_irq.c virt/config/vm_config_check.c */
/* links: virt/config/vm_config_conflict.c virt/mem/region.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c */
/* Devices that a description gives by their paths in the host's devicetree. */
#include "host_config_fixture.h"

#define DEV(name, path, more) \
	name " { compatible = \"lodge,passthrough\"; host-path = \"" path "\"; " more " };"
#define AT(addr, size) "reg = <0 " addr " 0 " size ">; "

static const struct region *device_region(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < cfg.memory.count; i++)
		if (cfg.memory.r[i].backing == BACKING_DEVICE && !n--)
			return &cfg.memory.r[i];
	return NULL;
}

static void assert_window(unsigned int n, u64 gpa, u64 hpa, u64 size)
{
	const struct region *r = device_region(n);

	assert_non_null(r);
	assert_int_equal(r->gpa.v, gpa);
	assert_int_equal(r->hpa.v, hpa);
	assert_int_equal(r->size, size);
	assert_int_equal(r->perm, REGION_R | REGION_W);
}

static void assert_line(unsigned int n, u32 irq, u32 host_irq, enum irq_trigger trigger)
{
	assert_true(n < cfg.nr_lines);
	assert_int_equal(cfg.line[n].irq, irq);
	assert_int_equal(cfg.line[n].host_irq, host_irq);
	assert_int_equal(cfg.line[n].trigger, trigger);
}

/* ---- what is right ---- */

static void registers_and_interrupt_are_the_hosts(void **state)
{
	good(WITH_DEVICES(DEV("u", "/soc/uart@10000000", "")));
	assert_window(0, 0x50000000, 0x50000000, 0x1000);
	assert_null(device_region(1));
	assert_int_equal(cfg.nr_claims, 1);
	assert_int_equal(cfg.claim[0].hpa.v, 0x50000000);
	assert_int_equal(cfg.nr_lines, 1);
	assert_line(0, 37, 37, IRQ_LEVEL_HIGH);
	assert_string_equal(cfg.line[0].device, "u");
	assert_ptr_equal(cfg.host_fdt, host_blob);
	assert_int_equal(cfg.nr_host_devs, 1);
	assert_int_equal(cfg.host_dev[0].node, fdt_find_path(host_blob, "/soc/uart"));
	assert_int_equal(cfg.host_dev[0].offset, 0);
	assert_int_equal(cfg.host_dev[0].first_line, 0);
	assert_int_equal(cfg.host_dev[0].nr_lines, 1);
}

static void the_description_may_move_them(void **state)
{
	good(WITH_DEVICES(DEV("u", "/soc/uart", AT("0x20000000", "0x1000") "interrupts = <9>;")));
	assert_window(0, 0x20000000, 0x50000000, 0x1000);
	assert_line(0, 9, 37, IRQ_LEVEL_HIGH);
	assert_int_equal(cfg.host_dev[0].offset, (u64)0x20000000 - 0x50000000);
}

static void all_ranges_and_interrupts_are_given(void **state)
{
	good(WITH_DEVICES(DEV("t", "/soc/two@10010000", "interrupts = <7 8>;")
				  DEV("u", "/soc/uart@10000000", "")));
	assert_window(0, 0x50000000, 0x50000000, 0x1000);
	assert_window(1, 0x50010000, 0x50010000, 0x1000);
	assert_window(2, 0x50012000, 0x50012000, 0x2000);
	assert_line(0, 7, 38, IRQ_EDGE_RISING);
	assert_line(1, 8, 39, IRQ_LEVEL_LOW);
	assert_line(2, 37, 37, IRQ_LEVEL_HIGH);
	assert_int_equal(cfg.host_dev[1].first_line, 2);
}

static void devices_of_one_page_share_it(void **state)
{
	good(WITH_DEVICES(DEV("a", "/soc/slot@10020200", "") DEV("b", "/soc/slot@10020000", "")));
	assert_window(0, 0x50020000, 0x50020000, 0x1000);
	assert_null(device_region(1));
	assert_int_equal(cfg.nr_claims, 1);
	/* Without flags it is one as most are. */
	assert_line(0, 41, 41, IRQ_LEVEL_HIGH);
	assert_line(1, 40, 40, IRQ_EDGE_RISING);
	/* Moved, with its place in the page. */
	good(WITH_DEVICES(DEV("a", "/soc/slot@10020200", AT("0x20000200", "0x200"))));
	assert_window(0, 0x20000000, 0x50020000, 0x1000);
}

static void inputs_that_are_taken_are_replaced(void **state)
{
	/* The first has the number that the other has on the host. */
	good(WITH_DEVICES(DEV("u", "/soc/uart", "interrupts = <40>;")
				  DEV("s", "/soc/slot@10020000", "")));
	assert_line(0, 40, 37, IRQ_LEVEL_HIGH);
	assert_line(1, 1023, 40, IRQ_EDGE_RISING);
	/* Also where the one that says so is later, and where a device of the board has it. */
	good(WITH_DEVICES(
		"x { compatible = \"lodge,extra\"; reg = <0 0x20000000 0 0x1000>; interrupts = <40>; };" DEV(
			"s", "/soc/slot@10020000", "")
			DEV("t", "/soc/two", "interrupts = <37 1023>;") DEV("u", "/soc/uart", "")));
	assert_line(0, 1022, 40, IRQ_EDGE_RISING);
	assert_line(3, 1021, 37, IRQ_LEVEL_HIGH);
	/* Of the last one too many. */
	extra_ops.max_irq = 38;
	good(WITH_DEVICES("x { compatible = \"lodge,extra\"; reg = <0 0x20000000 0 0x1000>; };" DEV(
		"s", "/soc/slot@10020000", "") DEV("u", "/soc/uart", "")));
	extra_ops.max_irq = 0;
	assert_line(0, 38, 40, IRQ_EDGE_RISING);
	assert_line(1, 37, 37, IRQ_LEVEL_HIGH);
}

static void a_provider_that_is_given_too_is_no_error(void **state)
{
	good(WITH_DEVICES(DEV("m", "/soc/mmc@10050000", "") DEV("c", "/soc/clkc@10040000", "") DEV(
		"p", "/soc/pins@10060000", "") DEV("l", "/soc/led@10080000", "")
				  DEV("g", "/soc/gpio@10070000", "")
					  DEV("i", "/soc/iommu@10140000", "")));
	assert_int_equal(cfg.nr_host_devs, 6);
	assert_int_equal(cfg.nr_lines, 1);
}

static void what_is_disabled_is_not_given(void **state)
{
	good(WITH_DEVICES(DEV("u", "/soc/uart", "status = \"disabled\";")));
	assert_int_equal(cfg.nr_host_devs, 0);
	assert_null(device_region(0));
	assert_null(cfg.host_fdt);
}

static void an_unknown_machine_is_not_judged(void **state)
{
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/nix", "")), NULL), 0);
	assert_int_equal(cfg.nr_host_devs, 0);
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "nix", "")), NULL), -EINVAL);
}

static void drivers_may_be_unknown(void **state)
{
	const struct host_tree h = { .fdt = host_blob, .irq = host_irq_number };

	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/soc/used", "")), &h), 0);
}

/* Devicetree Specification 0.4, 2.4: without interrupt-parent, what a node is below comes first. */
static void a_controller_above_has_the_interrupt(void **state)
{
#define UNDER(name, more, child)                                                     \
	name " { #address-cells = <2>; #size-cells = <2>; ranges; " more " d@" child \
	     " { reg = <0 0x" child " 0 0x1000>; interrupts = <0 9 4>; }; };\n"
	static const char tree[] =
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&intc>;\n"
		"intc: intc { #interrupt-cells = <3>; phandle = <0x77>; interrupt-controller; };\n" UNDER(
			"a", "#interrupt-cells = <3>; interrupt-controller; phandle = <0x78>;",
			"1000")
			UNDER("b", "#interrupt-cells = <3>; interrupt-map = <0>; phandle = <0x79>;",
			      "2000")
				UNDER("c", "#interrupt-cells = <3>; interrupt-controller;", "3000")
					UNDER("e", "#interrupt-cells = <3>;", "4000") "};\n";
	struct host_tree h = { .irq = host_irq_number };
	size_t size;
	void *blob = compile(tree, &size);

	h.fdt = blob;
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/a/d", "")), &h), -EINVAL);
	assert_non_null(strstr(err, "is not one of the machine's interrupt controller"));
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/b/d", "")), &h), -EINVAL);
	assert_non_null(strstr(err, "goes through a map"));
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/c/d", "")), &h), -EINVAL);
	assert_non_null(strstr(err, "can't be understood"));
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/e/d", "")), &h), 0);
	assert_line(0, 41, 41, IRQ_LEVEL_HIGH);
	free(blob);
}

/* ---- conflicts with others ---- */

static struct vm_config first;

static const struct vm_config *the_first(unsigned int n)
{
	return n ? NULL : &first;
}

static void conflict(const char *a, const char *b, const char *message)
{
	const struct vm_machine m = { 0 };

	good(a);
	first = cfg;
	strcpy(first.file, "first.dtb");
	strcpy(first.name, "first");
	good(b);
	assert_int_equal(vm_config_conflict(&cfg, the_first, &m, err), -EEXIST);
	assert_string_equal(err, message);
}

static void two_vms_cannot_have_one(void **state)
{
	conflict(WITH_DEVICES(DEV("a", "/soc/slot@10020000", "")),
		 WITH_DEVICES(DEV("b", "/soc/slot@10020200", "")),
		 FILE_NAME ": /devices/b: the host's device at 0x50020000 is also claimed by "
			   "/devices/a of first.dtb: change one of them");
	conflict(WITH_DEVICES(DEV("a", "/soc/uart", "")), WITH_DEVICES(DEV("b", "/soc/shared", "")),
		 FILE_NAME ": /devices/b: \"host-path\" has interrupt 37, which /devices/a of "
			   "first.dtb has: give the device to one of them");
}

/* ---- what is wrong ---- */

#define ERR(what) FILE_NAME ": /devices/u: " what

static const struct {
	const char *path, *more, *message;
} wrong[] = {
	{ "/nix", "",
	  ERR("\"host-path\" is \"/nix\", which the host's devicetree does not have: correct it") },
	{ "/soc/off@10100000", "",
	  ERR("\"host-path\" is /soc/off@10100000, which is not in use there: remove it") },
	{ "/soc/idle/dev", "",
	  ERR("\"host-path\" is /soc/idle/dev@10108000, which is not in use there: remove it") },
	{ "/memory@80000000", "",
	  ERR("\"host-path\" is /memory@80000000, which is memory: see memory@...") },
	{ "/soc", "",
	  ERR("\"host-path\" is /soc, which is a bus: give the devices on it one by one") },
	{ "/soc/bridge", "",
	  ERR("\"host-path\" is /soc/bridge@10110000, which is a bus: give the devices on it one by one") },
	{ "/soc/pci", "",
	  ERR("\"host-path\" is /soc/pci@10120000, which hands on interrupts of other devices, which Lodge can't: give others") },
	{ "/bare", "", ERR("\"host-path\" is /bare, which has no registers: choose another") },
	{ "/cpus/cpu@0", "",
	  ERR("\"host-path\" is /cpus/cpu@0, which has no registers: choose another") },
	{ "/soc/far", "",
	  ERR("\"host-path\" is /soc/far@20000000, which has registers that Lodge can't find: choose another") },
	{ "/soc/used", "",
	  ERR("\"host-path\" is /soc/used@10030000, which the tester driver of the host uses: choose another") },
	{ "/soc/used/inner", "",
	  ERR("\"host-path\" is /soc/used@10030000, which the tester driver of the host uses: choose another") },
	{ "/soc/beside", "",
	  ERR("\"host-path\" shares a page of registers with /soc/used@10030000, which the tester driver of the host uses: choose another") },
	{ "/soc/mmc", "",
	  ERR("\"host-path\" needs /soc/clkc@10040000, by \"clocks\" of /soc/mmc@10050000: give that as well, or neither") },
	{ "/soc/pins", "",
	  ERR("\"host-path\" needs /soc/clkc@10040000, by \"pinctrl-0\" of /soc/pins@10060000: give that as well, or neither") },
	{ "/soc/led", "",
	  ERR("\"host-path\" needs /soc/gpio@10070000, by \"led-gpios\" of /soc/led@10080000: give that as well, or neither") },
	{ "/soc/byname", "",
	  ERR("\"host-path\" needs /intc@8000000, by \"nvmem-cells\" of /soc/byname@10160000: give that as well, or neither") },
	{ "/soc/alarm", "",
	  ERR("\"host-path\" is /soc/alarm@10090000, whose interrupt 0 is not one of the machine's interrupt controller: choose another") },
	{ "/soc/child", "",
	  ERR("\"host-path\" has \"interrupts\" of /soc/child@100a0000/sub, which is one of the machine's interrupt controller: choose another") },
	{ "/soc/mapped", "",
	  ERR("\"host-path\" is /soc/mapped@100b0000, whose interrupt 0 goes through a map, which Lodge does not read: choose another") },
	{ "/soc/both", "",
	  ERR("\"host-path\" is /soc/both@100c0000, whose interrupt 0 comes at both edges: choose another") },
	{ "/soc/odd", "",
	  ERR("\"host-path\" is /soc/odd@10130000, whose interrupt 0 can't be understood: choose another") },
	{ "/soc/lost", "",
	  ERR("\"host-path\" has \"clocks\" of /soc/lost@100d0000, which refers to a node that is not there: choose another") },
	{ "/soc/cut", "",
	  ERR("\"host-path\" has \"clocks\" of /soc/cut@100e0000, which can't be understood: choose another") },
	{ "/soc/mute", "",
	  ERR("\"host-path\" has \"clocks\" of /soc/mute@100f0000, which can't be understood: choose another") },
	{ "/soc/uart", "interrupts = <1 2>;",
	  ERR("\"interrupts\" has 2 numbers, and the device 1 interrupts: give one for each") },
	{ "/soc/two", "interrupts = <1>;",
	  ERR("\"interrupts\" has 1 numbers, and the device 2 interrupts: give one for each") },
	{ "/soc/uart", "interrupts = <11>;",
	  ERR("\"interrupts\" is 11, which rtc has: choose another") },
	{ "/soc/two", AT("0x20000000", "0x1000"),
	  ERR("\"reg\" is for a device with one range of registers: remove it") },
	{ "/soc/uart", AT("0x20000000", "0x2000"),
	  ERR("\"reg\" has size 0x2000, and the device 0x1000: correct it") },
	{ "/soc/slot@10020200", AT("0x20000000", "0x200"),
	  ERR("\"reg\" is at 0x0, and the device at 0x200 of a page: correct it") },
	{ "/soc/uart", AT("0x80000000", "0x1000"),
	  ERR("\"reg\" overlaps memory-mib at 0x80000000: move one of them") },
	{ "/soc/uart", "host-reg = <0 0 0 0>;",
	  ERR("\"host-reg\" is for a device without \"host-path\": remove one of them") },
	{ "/soc/uart", "host-interrupts = <1>;",
	  ERR("\"host-interrupts\" is for a device without \"host-path\": remove one of them") },
	{ "/soc/uart", "interrupt-trigger = \"level-high\";",
	  ERR("\"interrupt-trigger\" is for a device without \"host-path\": remove one of them") },
};

static void what_cannot_be_given_is_told(void **state)
{
	char source[1024];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(source, sizeof(source), WITH_DEVICES(DEV("u", "%s", "%s")), wrong[i].path,
			 wrong[i].more);
		assert_int_equal(parse_with(source, &host), -EINVAL);
		assert_string_equal(err, wrong[i].message);
	}
}

static void one_device_is_given_once(void **state)
{
	assert_int_equal(parse_with(WITH_DEVICES(DEV("a", "/soc/uart", "") DEV(
					    "b", "/soc/uart@10000000", AT("0x20000000", "0x1000"))),
				    &host),
			 -EINVAL);
	assert_string_equal(
		err, FILE_NAME
		": /devices/b: \"host-path\" is /soc/uart@10000000, which is given by a: remove one");
	/* Or its interrupt, by another node or by its number. */
	assert_int_equal(
		parse_with(WITH_DEVICES(DEV("a", "/soc/uart", "") DEV("b", "/soc/shared", "")),
			   &host),
		-EINVAL);
	assert_string_equal(
		err, FILE_NAME
		": /devices/b: \"host-path\" has interrupt 37, which a has: choose another");
	/* Pages that are given by their address. */
	assert_int_equal(
		parse_with(
			WITH_DEVICES(
				"a { compatible = \"lodge,passthrough\"; reg = <0 0x50000000 0 0x1000>; host-reg = <0 0x50000000 0 0x1000>; };" DEV(
					"b", "/soc/uart", "")),
			&host),
		-EINVAL);
	assert_string_equal(
		err, FILE_NAME
		": /devices/b: \"host-path\" overlaps /devices/a at 0x50000000: move one of them");
	assert_int_equal(
		parse_with(
			WITH_DEVICES(
				"a { compatible = \"lodge,passthrough\"; reg = <0 0x40000000 0 0x1000>; host-reg = <0 0x50000000 0 0x1000>; };" DEV(
					"b", "/soc/uart", "")),
			&host),
		-EINVAL);
	assert_string_equal(
		err, FILE_NAME
		": /devices/b: \"host-path\" has the host's device at 0x50000000, as /devices/a has: change one of them");
}

/* A tree in which one device has @regs ranges, @irqs interrupts and @refs clocks. */
static void *device_with(unsigned int regs, unsigned int irqs, unsigned int refs)
{
	static char source[64 * 1024];
	size_t n, size;
	unsigned int i;

	n = (size_t)snprintf(source, sizeof(source),
			     "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; "
			     "i: i { phandle = <0x77>; #interrupt-cells = <3>; };");
	for (i = 0; i < refs; i++)
		n += (size_t)snprintf(source + n, sizeof(source) - n,
				      "c%u: c%u { #clock-cells = <0>; };", i, i);
	n += (size_t)snprintf(source + n, sizeof(source) - n, "d { reg = <");
	for (i = 0; i < regs; i++)
		n += (size_t)snprintf(source + n, sizeof(source) - n, "0x%x 0x1000 ",
				      0x2000 * (i + 1));
	n += (size_t)snprintf(source + n, sizeof(source) - n, ">; interrupt-parent = <&i>; %s",
			      irqs ? "interrupts = <" : "x = <");
	for (i = 0; i < irqs; i++)
		n += (size_t)snprintf(source + n, sizeof(source) - n, "0 %u 4 ", i + 20);
	n += (size_t)snprintf(source + n, sizeof(source) - n, ">; clocks = <");
	for (i = 0; i < refs; i++)
		n += (size_t)snprintf(source + n, sizeof(source) - n, "&c%u ", i);
	(void)snprintf(source + n, sizeof(source) - n, ">; }; };");
	return compile(source, &size);
}

static void limits_are_told(void **state)
{
	static const struct {
		unsigned int regs, irqs, refs;
		const char *message;
	} cases[] = {
		{ HOST_MAX_REGS, 0, 0, NULL },
		{ HOST_MAX_REGS + 1, 0, 0,
		  ERR("\"host-path\" is /d, which has too many ranges of registers: choose another") },
		{ 1, VM_MAX_LINES, 0, NULL },
		{ 1, VM_MAX_LINES + 1, 0,
		  ERR("\"host-path\" is one interrupt too many: a VM is given at most 64") },
		{ 1, 0, HOST_COPY_MAX - 1, NULL },
		{ 1, 0, HOST_COPY_MAX,
		  ERR("\"host-path\" refers to too many other nodes: give fewer devices") },
	};
	struct host_tree h = { .irq = host_irq_number };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		void *tree = device_with(cases[i].regs, cases[i].irqs, cases[i].refs);
		int rc;

		h.fdt = tree;
		rc = parse_with(WITH_DEVICES(DEV("u", "/d", "")), &h);
		assert_string_equal(err, cases[i].message ? cases[i].message : "");
		assert_int_equal(rc, cases[i].message ? -EINVAL : 0);
		free(tree);
	}
	/* And as many interrupts as the guest's controller has not. */
	extra_ops.max_irq = 3;
	h.fdt = device_with(1, 4, 0);
	assert_int_equal(
		parse_with(
			WITH_DEVICES(
				"x { compatible = \"lodge,extra\"; reg = <0 0x20000000 0 0x1000>; };" DEV(
					"u", "/d", "")),
			&h),
		-EINVAL);
	extra_ops.max_irq = 0;
	assert_string_equal(
		err,
		ERR("\"host-path\" has more interrupts than the guest's controller has left: remove devices"));
	free((void *)h.fdt);
}

/* Where not each device of the driver is used. */
static void what_a_driver_uses_it_for_is_told(void **state)
{
	host_use = "as the boot disk";
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/soc/used", "")), &host), -EINVAL);
	assert_string_equal(
		err,
		ERR("\"host-path\" is /soc/used@10030000, which the tester driver of the host uses as the boot disk: choose another"));
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/soc/beside", "")), &host), -EINVAL);
	assert_string_equal(
		err,
		ERR("\"host-path\" shares a page of registers with /soc/used@10030000, which the tester driver of the host uses as the boot disk: choose another"));
	host_use = "";
}

/* A device that is known to do DMA. */
static void dma_needs_memory_for_it(void **state)
{
	assert_int_equal(parse_with(WITH_DEVICES(DEV("u", "/soc/virtio", "")), &host), -EINVAL);
	assert_string_equal(
		err,
		ERR("\"host-path\" is /soc/virtio@101b0000, which does DMA: give the VM \"identical\" memory for that"));
	good(WITH_NODE("devices { " DEV("u", "/soc/virtio", "") " }; " IDENTICAL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller_above_has_the_interrupt),
		cmocka_unit_test(registers_and_interrupt_are_the_hosts),
		cmocka_unit_test(the_description_may_move_them),
		cmocka_unit_test(all_ranges_and_interrupts_are_given),
		cmocka_unit_test(devices_of_one_page_share_it),
		cmocka_unit_test(inputs_that_are_taken_are_replaced),
		cmocka_unit_test(a_provider_that_is_given_too_is_no_error),
		cmocka_unit_test(what_is_disabled_is_not_given),
		cmocka_unit_test(an_unknown_machine_is_not_judged),
		cmocka_unit_test(drivers_may_be_unknown),
		cmocka_unit_test(two_vms_cannot_have_one),
		cmocka_unit_test(what_cannot_be_given_is_told),
		cmocka_unit_test(what_a_driver_uses_it_for_is_told),
		cmocka_unit_test(dma_needs_memory_for_it),
		cmocka_unit_test(one_device_is_given_once),
		cmocka_unit_test(limits_are_told),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
