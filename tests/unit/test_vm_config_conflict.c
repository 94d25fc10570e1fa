// SPDX-License-Identifier: Apache-2.0
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_lines.c virt/config/vm_config_host.c virt/config/vm_config_host_all.c virt/config/host_ref.c virt/config/host_copy.c lib/fdt_irq.c virt/config/vm_config_check.c */
/* links: virt/config/vm_config_conflict.c */
/* links: virt/mem/region.c lib/fdt.c lib/fdt_check.c lib/fdt_prop.c */
#include "vm_config_source.h"
#include <lodge/errno.h>

/* Those that are there, from b.dtb on. */
static struct vm_config there[3];
static unsigned int nr_there;

static const struct vm_config *nth(unsigned int n)
{
	return n < nr_there ? &there[n] : NULL;
}

static void stands(const char *source)
{
	struct vm_config *b = &there[nr_there];

	parse_good(source, b);
	snprintf(b->file, sizeof(b->file), "%c.dtb", 'b' + nr_there);
	if (nr_there++)
		b->name[0]++; /* no two have one name but for what a test wants */
}

static void compare(const char *a, const struct vm_machine *m, const char *want)
{
	static struct vm_config ca;
	char err[VM_ERROR_MAX] = "";
	int rc;

	parse_good(a, &ca);
	strcpy(ca.file, "a.dtb");
	rc = vm_config_conflict(&ca, nth, m, err);
	nr_there = 0;
	assert_string_equal(err, want ? want : "");
	assert_int_equal(!!rc, !!want);
}

static const struct vm_machine any = { 0 };

static void conflict(const char *a, const char *b, const char *want)
{
	stands(b);
	compare(a, &any, want);
}

#define OTHER(props, nodes) ROOT_HEAD "label = \"other\"; " props CHOSEN nodes "};"
#define FLASH(guest, host)                                                                 \
	"devices { f { compatible = \"lodge,passthrough\"; reg = <0 " guest " 0 0x2000>; " \
	"host-reg = <0 " host " 0 0x2000>; }; };"
#define LINE(name, host, irqs)                                                                 \
	"devices { " name " { compatible = \"lodge,passthrough\"; reg = <0 0x1000 0 0x1000>; " \
	"host-reg = <0 " host " 0 0x1000>; interrupts = <50 51>; host-interrupts = <" irqs     \
	">; }; };"
#define PORTS(name, list) \
	"devices { " name " { compatible = \"lodge,passthrough\"; ports = <" list ">; }; };"
#define CPU(props) "cpus { cpu@0 { " props " }; };"

static void conflicts_are_found(void **state)
{
	conflict(WITH(""), WITH(""),
		 "a.dtb: /: \"label\" is \"linux\", which b.dtb has already: choose another name");
	conflict(
		WITH_NODE(FLASH("0x1000", "0x22000000")),
		OTHER(MEMORY, FLASH("0x8000", "0x22001000")),
		"a.dtb: /devices/f: the host's device at 0x22001000 is also claimed by /devices/f of b.dtb: change one of them");
	conflict(
		WITH_MEMORY(
			"memory@80000000 { backing = \"identical\"; reg = <0 0x80000000 0 0x2000>; };"),
		OTHER("",
		      "memory@0 { backing = \"reserved\"; reg = <0 0 0 0x1000>; host-reg = <0 0x80001000 0 0x1000>; };"),
		"a.dtb: /memory@80000000: the host's memory at 0x80001000 is also claimed by /memory@0 of b.dtb: change one of them");
	conflict(
		WITH_NODE(LINE("a", "0x22000000", "11 40")),
		OTHER(MEMORY, LINE("b@1", "0x23000000", "40 12")),
		"a.dtb: /devices/a: \"host-interrupts\" is 40, which /devices/b of b.dtb has: give the device to one of them");
	conflict(
		WITH_NODE(PORTS("a", "0x70 2 0x2f8 8")),
		OTHER(MEMORY, PORTS("b@2ff", "0x2f0 8 0x2ff 1")),
		"a.dtb: /devices/a: \"ports\" has 0x2ff, which /devices/b of b.dtb has: give the device to one of them");
	conflict(WITH_NODE(PORTS("a", "0x2f8 8")), OTHER(MEMORY, PORTS("b", "0x2f0 8 0x300 1")),
		 NULL);
}

static void exclusive_cpus_are_one_s(void **state)
{
	conflict(
		WITH_NODE(CPU("affinity = <2>;")), OTHER(MEMORY, CPU("exclusive; affinity = <2>;")),
		"a.dtb: /cpus/cpu@0: \"affinity\" names only CPUs that vCPUs of b.dtb have alone: choose another");
	conflict(
		WITH_NODE(CPU("exclusive; affinity = <2>;")), OTHER(MEMORY, CPU("affinity = <2>;")),
		"a.dtb: /cpus: \"exclusive\" takes the last CPU of cpu@0 of b.dtb, with what vCPUs of a.dtb have alone: choose another");
	conflict(
		WITH_NODE("cpus { cpu@0 {}; cpu@1 { exclusive; affinity = <2>; }; };"),
		OTHER(MEMORY, CPU("exclusive; affinity = <2>;")),
		"a.dtb: /cpus/cpu@1: \"exclusive\" takes CPU 2, which cpu@0 of b.dtb has alone: choose another");
}

#define OWN(cpu)   OTHER(MEMORY, CPU("exclusive; affinity = <" cpu ">;"))
#define SET(cpus_) WITH_NODE(CPU("affinity = <" cpus_ ">;"))

static void several_take_all_cpus_of_one(void **state)
{
	stands(OWN("1"));
	stands(OWN("3"));
	compare(SET("1 3"), &any,
		"a.dtb: /cpus/cpu@0: \"affinity\" names only CPUs that vCPUs of b.dtb and c.dtb have alone: choose another");
	stands(OWN("1"));
	stands(OTHER(MEMORY, "cpus { cpu@0 {}; cpu@1 { affinity = <1 3>; }; };"));
	compare(WITH("exclusive; affinity = <3>;"), &any,
		"a.dtb: /cpus: \"exclusive\" takes the last CPU of cpu@1 of c.dtb, with what vCPUs of a.dtb and b.dtb have alone: choose another");
	/* All of its own, and nobody else is there. */
	compare(WITH_NODE(
			"cpus { cpu@0 { affinity = <1 2>; }; cpu@1 { exclusive; affinity = <1>; };"
			" cpu@2 { exclusive; affinity = <2>; }; };"),
		&any,
		"a.dtb: /cpus/cpu@0: \"affinity\" names only CPUs that vCPUs of a.dtb have alone: choose another");
	stands(OWN("1"));
	stands(OWN("3"));
	compare(SET("1 2 3"), &any, NULL);
}

#define RESERVE(cpus_, us) CPU("affinity = <" cpus_ ">; reservation-us = <" us " 10000>;")

static void reservations_fit_their_cpus(void **state)
{
	conflict(
		WITH_NODE(RESERVE("2", "5501")), OTHER(MEMORY, RESERVE("2", "4000")),
		"a.dtb: /cpus/cpu@0: \"reservation-us\" is 55.0 % of a CPU, others on the same CPUs have 40.0 %, 40.0 % of it cpu@0 of b.dtb, and 95.0 % can be reserved there: reserve less or choose other CPUs");
	/* The largest of several is named. */
	stands(OTHER(MEMORY, RESERVE("1", "6000")));
	stands(OTHER(MEMORY, RESERVE("1 2", "7000")));
	stands(OTHER(MEMORY, RESERVE("2", "5000")));
	compare(WITH_NODE(RESERVE("2", "1001")), &any,
		"a.dtb: /cpus/cpu@0: \"reservation-us\" is 10.0 % of a CPU, others on the same CPUs have 180.0 %, 70.0 % of it cpu@0 of c.dtb, and 190.0 % can be reserved there: reserve less or choose other CPUs");
	/* Those of one VM alone; the second is one too many. */
	compare(WITH_NODE("cpus { affinity = <3>; cpu@0 { reservation-us = <600 1000>; };"
			  " cpu@1 { reservation-us = <500 1000>; }; };"),
		&any,
		"a.dtb: /cpus/cpu@1: \"reservation-us\" is 50.0 % of a CPU, others on the same CPUs have 60.0 %, 60.0 % of it cpu@0 of a.dtb, and 95.0 % can be reserved there: reserve less or choose other CPUs");
	/* One of the CPUs is another's alone. */
	stands(OTHER(MEMORY, RESERVE("1 2", "6000")));
	stands(OWN("1"));
	compare(WITH_NODE(RESERVE("1 2", "4000")), &any,
		"a.dtb: /cpus/cpu@0: \"reservation-us\" is 40.0 % of a CPU, others on the same CPUs have 60.0 %, 60.0 % of it cpu@0 of b.dtb, and 95.0 % can be reserved there: reserve less or choose other CPUs");
}

static void reservations_that_fit_are_taken(void **state)
{
	conflict(WITH_NODE(RESERVE("2", "5500")), OTHER(MEMORY, RESERVE("2", "4000")), NULL);
	conflict(WITH_NODE(RESERVE("1 2", "9000")), OTHER(MEMORY, RESERVE("2", "9000")), NULL);
	conflict(WITH_NODE(RESERVE("1", "9000")), OTHER(MEMORY, RESERVE("2", "9000")), NULL);
	/* Which CPUs there are is not known. */
	conflict(WITH("reservation-us = <90 100>;"), OTHER(MEMORY "reservation-us = <90 100>;", ""),
		 NULL);
}

static void a_machine_s_cpus_are_all_there_are(void **state)
{
	struct vm_machine two = { .cpus = 2 }, all = { .cpus = 64 };

	stands(OTHER(MEMORY "cpus = <2>; reservation-us = <500 1000>;", ""));
	compare(WITH("reservation-us = <901 1000>;"), &two,
		"a.dtb: /cpus/cpu@0: \"reservation-us\" is 90.1 % of a CPU, others on the same CPUs have 100.0 %, 50.0 % of it cpu@0 of b.dtb, and 190.0 % can be reserved there: reserve less or choose other CPUs");
	stands(OTHER(MEMORY "cpus = <2>; reservation-us = <500 1000>;", ""));
	compare(WITH("reservation-us = <899 1000>;"), &two, NULL);
	compare(WITH("affinity = <1 2>;"), &two,
		"a.dtb: vCPU 0: \"affinity\" names CPU 2, and the machine has 2, from 0 on: choose another");
	compare(WITH("affinity = <0 1>;"), &two, NULL);
	compare(WITH("affinity = <63>;"), &all, NULL);
}

#define RAM(mib, props) OTHER("memory-mib = <" mib ">; autostart; " props, "")

static void a_machine_s_memory_is_all_there_is(void **state)
{
	struct vm_machine m = { .memory = MIB(512) };

	stands(RAM("100", ""));
	stands(RAM("200", ""));
	compare(WITH("autostart;"), &m,
		"a.dtb: /: the VM may use 256 MiB of RAM, others that start by themselves 300 MiB, 200 MiB of it c.dtb, and the machine has 512 MiB for all: make one of them smaller or say \"overcommit\"");
	/* Not all at one time, or not promised. */
	stands(RAM("100", ""));
	stands(RAM("200", ""));
	compare(WITH(""), &m, NULL);
	stands(RAM("100", ""));
	stands(RAM("200", ""));
	compare(WITH("autostart; overcommit;"), &m, NULL);
	stands(RAM("500", "overcommit;"));
	compare(WITH("autostart;"), &m, NULL);
	stands(RAM("100", ""));
	stands(RAM("156", ""));
	compare(WITH("autostart;"), &m, NULL);
	/* One that is too large alone. */
	compare(ROOT("memory-mib = <513>;", CHOSEN), &m,
		"a.dtb: /: the VM may use 513 MiB of RAM, and the machine has 512 MiB for all: make one of them smaller or say \"overcommit\"");
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
		cmocka_unit_test(exclusive_cpus_are_one_s),
		cmocka_unit_test(several_take_all_cpus_of_one),
		cmocka_unit_test(reservations_fit_their_cpus),
		cmocka_unit_test(reservations_that_fit_are_taken),
		cmocka_unit_test(a_machine_s_cpus_are_all_there_are),
		cmocka_unit_test(a_machine_s_memory_is_all_there_is),
		cmocka_unit_test(neighbours_do_not_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
