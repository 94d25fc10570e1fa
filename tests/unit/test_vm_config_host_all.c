// SPDX-License-Identifier: Apache-2.0
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_lines.c virt/config/vm_config_host.c virt/config/vm_config_host_all.c virt/config/host_ref.c virt/config/host_copy.c virt/config/vm_config_check.c */
/* links: virt/mem/region.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_irq.c */
/* All of the host's devices for one VM, but some. */
#include "host_config_fixture.h"

#define ALL(more) "u { compatible = \"lodge,passthrough\"; host-path = \"/\"; " more " };"
#define BROKEN                                                                                   \
	"\"/soc/lost\", \"/soc/cut\", \"/soc/mute\", \"/soc/byname\", \"/soc/child@100a0000\", " \
	"\"/soc/shared\""
#define BUT(more) WITH_DEVICES(ALL("exclude = " BROKEN more ";"))
#define ERR(what) FILE_NAME ": /devices/u: " what

static void assert_given(const char *const *paths)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < cfg.nr_host_devs; i++) {
		fdt_node_path(host_blob, cfg.host_dev[i].node, path, sizeof(path));
		assert_non_null(paths[i]);
		assert_string_equal(path, paths[i]);
	}
	assert_null(paths[i]);
}

static void refused(const char *source, const char *message)
{
	assert_int_equal(parse_with(source, &host), -EINVAL);
	assert_string_equal(err, message);
}

/* ---- what is given ---- */

static void all_that_can_be_given_is(void **state)
{
	static const char *const want[] = { "/soc/uart@10000000",	"/soc/two@10010000",
					    "/soc/slot@10020000",	"/soc/slot@10020200",
					    "/soc/clkc@10040000",	"/soc/mmc@10050000",
					    "/soc/pins@10060000",	"/soc/gpio@10070000",
					    "/soc/led@10080000",	"/soc/iommu@10140000",
					    "/soc/whole@10170000",	"/soc/dmabus/dma@10190000",
					    "/soc/dmabus/raw@101a0000", NULL };

	good(BUT(""));
	assert_given(want);
	assert_int_equal(cfg.nr_lines, 6);
}

static void what_does_dma_is_given_with_memory_for_it(void **state)
{
	good(WITH_NODE("devices { " ALL("exclude = " BROKEN ";") " }; " IDENTICAL));
	assert_int_equal(cfg.host_dev[cfg.nr_host_devs - 1].node,
			 fdt_find_path(host_blob, "/soc/virtio@101b0000"));
}

static void what_is_excluded_is_not(void **state)
{
	static const char *const want[] = { "/soc/two@10010000",	"/soc/gpio@10070000",
					    "/soc/led@10080000",	"/soc/dmabus/dma@10190000",
					    "/soc/dmabus/raw@101a0000", NULL };

	good(BUT(", \"/soc/uart\", \"/soc/slot@10020000\", \"/soc/slot@10020200\", \"/soc/clkc\", "
		 "\"/soc/mmc\", \"/soc/pins\", \"/soc/iommu\", \"/soc/whole\""));
	assert_given(want);
}

/* Also below one: memory is given in whole pages. */
static void what_shares_a_page_with_that_is_not_either(void **state)
{
	static const char tree[] =
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;\n"
		"bus { #address-cells = <2>; #size-cells = <2>; ranges; in@1000 { reg = <0 0x1000 0 0x200>; }; };\n"
		"near@1200 { reg = <0 0x4000 0 0x100>, <0 0x1200 0 0x200>; };\n"
		"far@2000 { reg = <0 0x2000 0 0x200>; }; };\n";
	static const char *const want[] = { "/far@2000", NULL };
	struct host_tree h = { .irq = host_irq_number };
	void *old = host_blob;
	size_t size;

	h.fdt = host_blob = compile(tree, &size);
	assert_int_equal(parse_with(WITH_DEVICES(ALL("exclude = \"/bus\";")), &h), 0);
	assert_given(want);
	free(host_blob);
	host_blob = old;
}

static void what_another_node_gives_is_there_once(void **state)
{
	static const char *const want[] = { "/soc/led@10080000", "/soc/gpio@10070000", NULL };

	good(WITH_DEVICES(ALL(
		"exclude = " BROKEN ", \"/soc/uart\", \"/soc/slot@10020000\", \"/soc/two\", "
		"\"/soc/slot@10020200\", \"/soc/clkc\", \"/soc/mmc\", \"/soc/pins\", "
		"\"/soc/iommu\", \"/soc/whole\", \"/soc/dmabus\";") "l { compatible = \"lodge,passthrough\"; host-path = \"/soc/led\"; "
								    "reg = <0 0x20000000 0 0x1000>; };"));
	assert_given(want);
	assert_int_equal(cfg.host_dev[0].offset, (u64)0x20000000 - 0x50080000);
}

/* What belongs to the machine, whether or not it is known which devices the host uses. */
static void the_machine_itself_is_not_given(void **state)
{
	static const char tree[] =
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&intc>;\n"
		"intc: intc@1000 { #interrupt-cells = <3>; phandle = <0x77>; interrupt-controller;\n"
		"	#address-cells = <2>; #size-cells = <2>; ranges; reg = <0 0x1000 0 0x1000>;\n"
		"	its@2000 { reg = <0 0x2000 0 0x1000>; }; };\n"
		"memory@3000 { device_type = \"memory\"; reg = <0 0x3000 0 0x1000>; };\n"
		"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; r@4000 { reg = <0 0x4000 0 0x1000>; }; };\n"
		"chosen { #address-cells = <2>; #size-cells = <2>; ranges; fb@5000 { reg = <0 0x5000 0 0x1000>; }; };\n"
		"smmu@6000 { reg = <0 0x6000 0 0x1000>; #iommu-cells = <1>; };\n"
		"msi@7000 { reg = <0 0x7000 0 0x1000>; msi-controller; };\n"
		"timer@8000 { compatible = \"arm,armv7-timer-mem\"; #address-cells = <2>; #size-cells = <2>; ranges;\n"
		"	frame@9000 { reg = <0 0x9000 0 0x1000>; interrupts = <0 9 4>; }; };\n"
		"bus { status = \"disabled\"; #address-cells = <2>; #size-cells = <2>; ranges; x@a000 { reg = <0 0xa000 0 0x1000>; }; };\n"
		"d@b000 { reg = <0 0xb000 0 0x1000>; interrupts = <0 3 4>; };\n"
		"clint@c000 { reg = <0 0xc000 0 0x1000>; interrupts-extended = <&cpu 3>; };\n"
		"cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { reg = <0>; cpu: c { #interrupt-cells = <1>; }; }; }; };\n";
	static const char *const want[] = { "/d@b000", NULL };
	struct host_tree h = { .irq = host_irq_number };
	void *old = host_blob;
	size_t size;

	h.fdt = host_blob = compile(tree, &size);
	assert_int_equal(parse_with(WITH_DEVICES(ALL("")), &h), 0);
	assert_given(want);
	assert_int_equal(parse_with(WITH_DEVICES(ALL("exclude = \"/d@b000\";")), &h), -EINVAL);
	assert_string_equal(
		err, ERR("\"host-path\" is \"/\", and there is no device for it: remove it"));
	free(host_blob);
	host_blob = old;
}

static void an_unknown_machine_is_not_judged(void **state)
{
	assert_int_equal(parse_with(WITH_DEVICES(ALL("exclude = \"/nix\";")), NULL), 0);
	assert_int_equal(cfg.nr_host_devs, 0);
}

/* ---- what is wrong ---- */

/* The first would be meant, and the second given to the guest. */
static void one_name_of_several_nodes_is_refused(void **state)
{
	assert_int_equal(parse_with(WITH_DEVICES(ALL("exclude = \"/soc/slot\";")), &host), -EINVAL);
	assert_string_equal(
		err,
		ERR("\"exclude\" is \"/soc/slot\", by which the host's devicetree has several nodes: add the unit address, as in /uart@10000000"));
	assert_int_equal(
		parse_with(
			WITH_DEVICES(
				"u { compatible = \"lodge,passthrough\"; host-path = \"/soc/slot\"; };"),
			&host),
		-EINVAL);
	assert_non_null(strstr(err, "\"host-path\" is \"/soc/slot\", by which"));
}

static void what_is_wrong_is_told(void **state)
{
	refused(WITH_DEVICES(ALL("exclude = \"/soc/uart\", \"/nix\";")),
		ERR("\"exclude\" is \"/nix\", which the host's devicetree does not have: correct it"));
	refused(WITH_DEVICES(ALL("exclude = <0x2f000000>, <1>;")),
		ERR("\"exclude\" is \"\", which the host's devicetree does not have: correct it"));
	refused(WITH_DEVICES(ALL("exclude = \"/soc\", [2f];")),
		ERR("\"exclude\" is no list of strings: correct it"));
	refused(WITH_DEVICES(ALL("reg = <0 0 0 0x1000>;")),
		ERR("\"reg\" is for one device, not for all: remove it"));
	refused(WITH_DEVICES(ALL("interrupts = <1>;")),
		ERR("\"interrupts\" is for one device, not for all: remove it"));
	refused(WITH_DEVICES("u { compatible = \"lodge,passthrough\"; host-path = \"/soc/uart\"; "
			     "exclude = \"/soc\"; };"),
		ERR("\"exclude\" is for \"host-path\" \"/\": remove it"));
	refused(WITH_DEVICES(
			"a { compatible = \"lodge,passthrough\"; host-path = \"/\"; };" ALL("")),
		ERR("\"host-path\" is \"/\" as in another node: remove one"));
}

/* A list costs a walk over the host's tree for each path in it. */
static void the_list_has_a_limit(void **state)
{
#define EIGHT "\"/soc\", \"/soc\", \"/soc\", \"/soc\", \"/soc\", \"/soc\", \"/soc\", \"/soc\""
#define MOST  EIGHT ", " EIGHT ", " EIGHT ", " EIGHT ", " EIGHT ", " EIGHT ", " EIGHT ", " EIGHT

	refused(WITH_DEVICES(ALL("exclude = " MOST ";")),
		ERR("\"host-path\" is \"/\", and there is no device for it: remove it"));
	refused(WITH_DEVICES(ALL("exclude = " MOST ", \"/soc\";")),
		ERR("\"exclude\" has more than 64 paths: give devices one by one"));
}

/* What it refers to is of no use without what drives that. */
static void a_part_of_firmware_cannot_be_had(void **state)
{
	static const char tree[] =
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;\n"
		"firmware { scmi { compatible = \"arm,scmi\"; #address-cells = <1>; #size-cells = <0>;\n"
		"	sub { clk: clk { #clock-cells = <0>; }; }; }; };\n"
		"ids { #address-cells = <1>; #size-cells = <0>; id: p@3 { reg = <3>; }; };\n"
		"a@1000 { reg = <0 0x1000 0 0x1000>; clocks = <&clk>; };\n"
		"b@2000 { reg = <0 0x2000 0 0x1000>; vcc-supply = <&id>; }; };\n";
	struct host_tree h = { .irq = host_irq_number };
	size_t size;
	void *blob = compile(tree, &size);

	h.fdt = blob;
	assert_int_equal(parse_with(WITH_DEVICES(ALL("")), &h), -EINVAL);
	assert_non_null(strstr(err, "needs /firmware/scmi, by \"clocks\" of /a@1000, which"));
	assert_int_equal(parse_with(WITH_DEVICES(ALL("exclude = \"/a\";")), &h), -EINVAL);
	assert_non_null(strstr(err, "needs /ids/p@3, by \"vcc-supply\" of /b@2000, which"));
	free(blob);
}

/* Nothing is left out in silence because the description does not fit it. */
static void what_does_not_fit_is_told(void **state)
{
	refused(WITH_DEVICES(ALL("exclude = \"/soc/shared\", \"/soc/lost\", \"/soc/cut\", "
				 "\"/soc/mute\", \"/soc/byname\";")),
		ERR("\"host-path\" has \"interrupts\" of /soc/child@100a0000/sub, which is one of "
		    "the machine's interrupt controller: choose another"));
	refused(BUT(", \"/soc/clkc\""),
		ERR("\"host-path\" needs /soc/clkc@10040000, by \"clocks\" of /soc/mmc@10050000: "
		    "give that as well, or neither"));
	refused(WITH_DEVICES(
			"e { compatible = \"lodge,extra\"; reg = <0 0x50070000 0 0x1000>; };" ALL(
				"exclude = " BROKEN ";")),
		FILE_NAME
		": /devices/e: \"reg\" overlaps /devices/u at 0x50070000: move one of them");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_can_be_given_is),
		cmocka_unit_test(what_does_dma_is_given_with_memory_for_it),
		cmocka_unit_test(what_is_excluded_is_not),
		cmocka_unit_test(what_shares_a_page_with_that_is_not_either),
		cmocka_unit_test(what_another_node_gives_is_there_once),
		cmocka_unit_test(the_machine_itself_is_not_given),
		cmocka_unit_test(an_unknown_machine_is_not_judged),
		cmocka_unit_test(one_name_of_several_nodes_is_refused),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(the_list_has_a_limit),
		cmocka_unit_test(a_part_of_firmware_cannot_be_had),
		cmocka_unit_test(what_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
