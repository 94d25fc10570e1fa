// SPDX-License-Identifier: Apache-2.0
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_check.c */
/* links: virt/config/vm_config_conflict.c */
/* links: virt/mem/region.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c */
#include "vm_config_source.h"
#include <lodge/errno.h>

static void conflict(const char *a, const char *b, const char *want)
{
	struct vm_config ca, cb;
	char err[VM_ERROR_MAX] = "";

	parse_good(a, &ca);
	parse_good(b, &cb);
	strcpy(ca.file, "a.dtb");
	strcpy(cb.file, "b.dtb");
	assert_int_equal(vm_config_conflict(&ca, &cb, err), want ? -EEXIST : 0);
	if (want)
		assert_string_equal(err, want);
}

#define OTHER(props, nodes) ROOT_HEAD "label = \"other\"; " props CHOSEN nodes "};"
#define FLASH(guest, host)                                                                 \
	"devices { f { compatible = \"lodge,passthrough\"; reg = <0 " guest " 0 0x2000>; " \
	"host-reg = <0 " host " 0 0x2000>; }; };"
#define CPU(props) "cpus { cpu@0 { " props " }; };"

static void conflicts_are_found(void **state)
{
	conflict(WITH(""), WITH(""),
		 "a.dtb: /: \"label\" is \"linux\", which b.dtb has already: choose another name");
	conflict(
		WITH_NODE(FLASH("0x1000", "0x22000000")),
		OTHER(MEMORY, FLASH("0x8000", "0x22001000")),
		"a.dtb: the host's device at 0x22001000 is also claimed by b.dtb: change one of them");
	conflict(
		WITH_MEMORY(
			"memory@80000000 { backing = \"identical\"; reg = <0 0x80000000 0 0x2000>; };"),
		OTHER("",
		      "memory@0 { backing = \"reserved\"; reg = <0 0 0 0x1000>; host-reg = <0 0x80001000 0 0x1000>; };"),
		"a.dtb: the host's memory at 0x80001000 is also claimed by b.dtb: change one of them");
	conflict(
		WITH_NODE(CPU("affinity = <2>;")), OTHER(MEMORY, CPU("exclusive; affinity = <2>;")),
		"a.dtb: /cpus/cpu@0: \"affinity\" names only CPUs that b.dtb has alone: choose another");
	conflict(WITH_NODE(CPU("exclusive; affinity = <2>;")),
		 OTHER(MEMORY, CPU("affinity = <2>;")),
		 "a.dtb: \"exclusive\" takes the only CPU of cpu@0 of b.dtb: choose another");
	conflict(
		WITH_NODE(CPU("exclusive; affinity = <2>;")),
		OTHER(MEMORY, CPU("exclusive; affinity = <2>;")),
		"a.dtb: /cpus/cpu@0: \"affinity\" names only CPUs that b.dtb has alone: choose another");
}

static void neighbours_do_not_conflict(void **state)
{
	conflict(WITH(""), OTHER(MEMORY, ""), NULL);
	conflict(WITH_NODE(FLASH("0x1000", "0x22000000")),
		 OTHER(MEMORY, FLASH("0x1000", "0x22002000")), NULL);
	conflict(WITH_NODE(CPU("affinity = <1 2>;")),
		 OTHER(MEMORY, CPU("exclusive; affinity = <2>;")), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conflicts_are_found),
		cmocka_unit_test(neighbours_do_not_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
