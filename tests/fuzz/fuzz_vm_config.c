// SPDX-License-Identifier: Apache-2.0
/*
 * VM descriptions: trees of known and unknown names with values of any kind. One that is taken
 * keeps every promise that the rest of Lodge relies on, one that is refused has one printable
 * line about it.
 */
/* links: virt/config/vm_config.c virt/config/vm_config_prop.c virt/config/vm_config_cpus.c virt/config/vm_config_device.c virt/config/vm_config_lines.c virt/config/vm_config_host.c virt/config/vm_config_host_all.c virt/config/host_ref.c virt/config/host_copy.c lib/fdt_irq.c virt/config/vm_config_check.c */
/* links: virt/config/vm_config_conflict.c */
/* links: virt/mem/region.c */
/* runs: 4000 */
/* length: 300 */
#include <lodge/errno.h>
#include <lodge/fdt.h>

#include "fuzz_tree.h"
#include <vm_config_fixture.h>

#define FILE_NAME "vms/a.dtb"

static const char *const nodes[] = {
	"chosen",	   "devices",	      "cpus",	     "cpu@0",		"cpu@1",
	"memory@80000000", "memory@90000000", "memory@1000", "serial@10000000", "a",
	"rtc@101000",	   "x@20000000",
};

/* The seeds and the corpus name them by their places: new ones go to the end. */
static const char *const props[] = {
	"compatible",
	"label",
	"memory-mib",
	"cpus",
	"autostart",
	"overcommit",
	"on-exit",
	"kernel",
	"initrd",
	"dtb",
	"bootargs",
	"entry",
	"load",
	"reg",
	"host-reg",
	"backing",
	"read-only",
	"device_type",
	"exclusive",
	"affinity",
	"weight",
	"status",
	"io-ports",
	"interrupts",
	"phandle",
	"#size-cells",
	"kernal",
	"#address-cells",
	"cap",
	"reservation-us",
	"on-watchdog",
	"stop-timeout-ms",
	"on-stop-timeout",
	"host-interrupts",
	"interrupt-trigger",
	"restart-limit",
	"host-path",
	"ports",
	"acpi-hid",
};

static const char *const strings[] = {
	"lodge,vm",   "linux",		"/k",	      "",
	"lazy",	      "eager",		"reserved",   "identical",
	"device",     "memory",		"keep",	      "poweroff-host",
	"lodge,uart", "lodge,rtc",	"lodge,plic", "lodge,extra",
	"0-3,5",      "lodge,syscon",	"disabled",   "okay",
	"../x",	      "a\nb\x1b[1m",	"0",	      "lodge,passthrough",
	"notify",     "lodge,watchdog", "level-high", "restart",
	"PNP0501",
};

/* Ops and strings that stand for those of any length. */
#define LONG_NODE   0x1e
#define LONG_STRING 0xff
#define SHORTEST    8 /* letters */

/* A name or a path of as many letters as the input says, before @end: to just above the limits. */
static const char *letters(struct fuzz *in, const char *end)
{
	static char buf[2 * VM_PATH_MAX];
	u8 what = fuzz_u8(in);
	size_t n = (what & 0x7f) + SHORTEST;

	memset(buf, 'n', n);
	if (what & 0x80)
		buf[0] = '/';
	strcpy(buf + n, end);
	return buf;
}

static void put_string(struct fdt_writer *w, struct fuzz *in, const char *name)
{
	u8 which = fuzz_u8(in);

	fdtw_string(w, name,
		    which == LONG_STRING ? letters(in, "") : strings[which % ARRAY_SIZE(strings)]);
}

static void put_property(struct fdt_writer *w, struct fuzz *in, u8 op)
{
	const char *name = props[fuzz_u8(in) % ARRAY_SIZE(props)];
	u8 kind = fuzz_u8(in), n = kind >> 2 & 7, i;
	u8 bytes[16];
	u32 cells[8];

	switch (kind & 3) {
	case 0:
		put_string(w, in, name);
		break;
	case 1:
		for (i = 0; i < n; i++)
			cells[i] = (u32)fuzz_u8(in) << (fuzz_u8(in) & 31);
		fdtw_cells(w, name, cells, n);
		break;
	case 2:
		fdtw_empty(w, name);
		break;
	default:
		fdtw_prop(w, name, bytes, (u32)fuzz_bytes(in, bytes, n * 2));
	}
}

static const char *node_name(struct fuzz *in, u8 op)
{
	return op == LONG_NODE ? letters(in, "@20000000") : nodes[op % ARRAY_SIZE(nodes)];
}

static size_t make_tree(struct fuzz *in, void *buf, size_t room)
{
	static const struct fuzz_tree kind = { 5, put_property, node_name };

	return fuzz_tree(&kind, in, buf, room);
}

/* ---- what holds for a description that was taken ---- */

static void check_string(const char *s, size_t room)
{
	assert_true(strnlen(s, room) < room);
}

static void check_memory(const struct region_map *map)
{
	u64 end = 0;
	unsigned int i;

	assert_in_range(map->count, 1, MAX_REGIONS);
	for (i = 0; i < map->count; i++) {
		const struct region *r = &map->r[i];

		assert_true(r->size && !((r->gpa.v | r->size | r->hpa.v) & (PAGE_SIZE - 1)));
		assert_true(r->gpa.v >= end && r->size <= VM_GPA_LIMIT - r->gpa.v);
		assert_true(r->perm && !(r->perm & ~(REGION_R | REGION_W | REGION_X)));
		assert_true(r->backing != BACKING_EMULATED && !r->vdev);
		assert_true(r->hpa.v + r->size >= r->size);
		end = r->gpa.v + r->size;
	}
}

static bool apart(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

static void check_devices(struct vm_config *cfg)
{
	unsigned int i, j;

	assert_true(cfg->nr_devs <= VM_MAX_DEVS);
	assert_true(cfg->nr_lines <= VM_MAX_LINES);
	assert_true(cfg->nr_ports <= VM_MAX_PORTS);
	assert_true(cfg->nr_acpi_devs <= VM_MAX_ACPI_DEVS);
	for (i = 0; i < cfg->nr_acpi_devs; i++) {
		const struct acpi_device_config *d = &cfg->acpi_dev[i];

		check_string(d->hid, sizeof(d->hid));
		assert_true(d->base.v + d->size <= GIB(4));
		assert_true(d->first_port + d->nr_ports <= cfg->nr_ports);
		assert_true(d->first_line + d->nr_lines <= cfg->nr_lines);
	}
	for (i = 0; i < cfg->nr_ports; i++) {
		const struct port_config *r = &cfg->port[i];

		assert_true(r->nr && (u64)r->first + r->nr <= 0x10000);
		for (j = 0; j < cfg->nr_devs; j++)
			assert_true(cfg->dev[j].space != VDEV_PORTS ||
				    apart(r->first, r->nr, cfg->dev[j].base.v, cfg->dev[j].size));
		for (j = 0; j < i; j++)
			assert_true(apart(r->first, r->nr, cfg->port[j].first, cfg->port[j].nr));
	}
	for (i = 0; i < cfg->nr_devs; i++) {
		const struct vdev_config *d = &cfg->dev[i];

		assert_non_null(d->compatible);
		check_string(d->name, sizeof(d->name));
		assert_true(d->size && d->base.v + d->size > d->base.v);
		assert_true(d->space == VDEV_PORTS ? d->base.v + d->size <= 0x10000
						   : d->base.v + d->size <= VM_GPA_LIMIT);
		if (d->space == VDEV_MEMORY)
			assert_null(region_overlap(&cfg->memory, d->base, d->size));
		for (j = 0; j < i; j++)
			assert_true(
				cfg->dev[j].space != d->space ||
				apart(d->base.v, d->size, cfg->dev[j].base.v, cfg->dev[j].size));
	}
}

static void check_vcpu(const struct vcpu_config *v)
{
	const u32 *us = v->reservation_us;

	assert_in_range(v->weight, 1, 65536);
	assert_in_range(v->cap, 0, 100);
	assert_true(!us[0] || (us[0] >= 10 && (u64)us[0] * 100 <= (u64)us[1] * 95));
	assert_true(!!v->cap + !!us[0] + v->exclusive <= 1);
	assert_true(!v->exclusive || (v->affinity > 1 && !(v->affinity & (v->affinity - 1))));
}

static const struct vm_config *there;

static const struct vm_config *the_one(unsigned int n)
{
	return n ? NULL : there;
}

static void check_conflicts(const struct vm_config *cfg)
{
	static struct vm_config other;
	struct vm_machine machine = { .cpus = cfg->nr_vcpus, .memory = MIB(64) };
	char err[VM_ERROR_MAX] = "";
	int rc;

	there = cfg;
	/* Nobody can be there twice. */
	assert_int_equal(vm_config_conflict(cfg, the_one, &machine, err), -EEXIST);
	assert_true(err[0] && strnlen(err, sizeof(err)) < sizeof(err));
	/* One that differs in its name only: nobody has one of the host's addresses, or a CPU, twice. */
	other = *cfg;
	other.name[0] ^= 1;
	err[0] = '\0';
	rc = vm_config_conflict(&other, the_one, &machine, err);
	assert_true(!rc == !err[0] && strnlen(err, sizeof(err)) < sizeof(err));
	assert_true(rc || !(cfg->nr_claims | cfg->nr_ports));
}

static void check_taken(struct vm_config *cfg)
{
	unsigned int i;

	check_string(cfg->name, sizeof(cfg->name));
	assert_true(cfg->name[0]);
	for (const char *s = cfg->name; *s; s++)
		assert_true((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '-');
	check_string(cfg->kernel, sizeof(cfg->kernel));
	assert_int_equal(cfg->kernel[0], '/');
	check_string(cfg->initrd, sizeof(cfg->initrd));
	check_string(cfg->dtb, sizeof(cfg->dtb));
	check_string(cfg->bootargs, sizeof(cfg->bootargs));
	assert_in_range(cfg->nr_vcpus, 1, VM_MAX_VCPUS);
	for (i = 0; i < cfg->nr_vcpus; i++)
		check_vcpu(&cfg->vcpu[i]);
	assert_in_range(cfg->on_exit, ON_EXIT_KEEP, ON_EXIT_POWEROFF_HOST);
	assert_in_range(cfg->on_watchdog, ON_WATCHDOG_RESET, ON_WATCHDOG_NOTIFY);
	check_memory(&cfg->memory);
	check_devices(cfg);
	check_conflicts(cfg);
}

void fuzz_one(struct fuzz *in)
{
	static u64 tree[512];
	static struct vm_config cfg;
	char err[VM_ERROR_MAX] = "";
	size_t size = make_tree(in, tree, sizeof(tree)), i;
	int rc;

	if (!size)
		return;
	rc = vm_config_parse(tree, size, FILE_NAME, NULL, &cfg, err);
	if (!rc) {
		check_taken(&cfg);
		return;
	}
	assert_int_equal(rc, -EINVAL);
	assert_in_range(strnlen(err, sizeof(err)), strlen(FILE_NAME) + 2, sizeof(err) - 1);
	assert_memory_equal(err, FILE_NAME ": ", strlen(FILE_NAME) + 2);
	for (i = 0; err[i]; i++)
		assert_in_range((u8)err[i], ' ', '~');
}

static const u8 head[] = { 0x40, 0, 0, 0, 0x40, 1, 0, 1 }; /* compatible, label */
static const u8 least[] = { 0x40, 2, 5, 1, 8, 0, 0x40, 7, 0, 2, 0x20 };
static const u8 more[] = { 0,	 0x40, 7,    0,	   2, 0x20, /* chosen */
			   5,	 0x40, 13,   0x11, 0, 0,    1,	31,   0,    0, 1,  20,	 0x40,
			   15,	 0,    4,    0x20,			    /* memory */
			   2,	 3,    0x40, 20,   5, 100,  0,	0x20, 0x20, /* cpus */
			   1,	 9,    0x40, 0,	   0, 15,		    /* devices */
			   0x40, 13,   0x11, 0,	   0, 1,    29, 0,    0,    1, 12, 0x20, 0x20 };
/* Their lengths stand behind LONG_STRING and LONG_NODE. */
static const u8 longest[] = { 0x40,
			      2,
			      5,
			      1,
			      8,
			      0,
			      0x40,
			      7,
			      0,
			      LONG_STRING,
			      0x80 + VM_PATH_MAX - 1 - SHORTEST,
			      0x20,
			      1,
			      LONG_NODE,
			      sizeof(((struct vdev_config *)0)->name) - 1 - SHORTEST,
			      0x40,
			      0,
			      0,
			      15,
			      0x40,
			      13,
			      0x11,
			      0,
			      0,
			      1,
			      29,
			      0,
			      0,
			      1,
			      12,
			      0x20,
			      0x20 };

static const struct {
	const u8 *bytes;
	u8 size, longer_behind;
} seeds[] = {
	{ least, sizeof(least), 0 },
	{ more, sizeof(more), 0 },
	{ longest, sizeof(longest), 0 },
	{ longest, sizeof(longest), LONG_STRING },
	{ longest, sizeof(longest), LONG_NODE },
};

/*
 * The least, one with memory, CPUs and devices of its own, and one with a path and a name as long as
 * may be; all these are taken. Then the last with either of them one letter longer, which is not.
 */
size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	static u64 tree[512];
	static struct vm_config cfg;
	char err[VM_ERROR_MAX] = "";
	struct fuzz in = { buf, sizeof(head) };
	size_t size;
	u8 *body = buf + sizeof(head);

	if (n >= ARRAY_SIZE(seeds))
		return 0;
	memcpy(buf, head, sizeof(head));
	memcpy(body, seeds[n].bytes, seeds[n].size);
	if (seeds[n].longer_behind)
		((u8 *)memchr(body, seeds[n].longer_behind, seeds[n].size))[1]++;
	in.left += seeds[n].size;
	size = make_tree(&in, tree, sizeof(tree));
	if (vm_config_parse(tree, size, FILE_NAME, NULL, &cfg, err) && !seeds[n].longer_behind)
		fail_msg("seed %u is refused: %s", n, err);
	return sizeof(head) + seeds[n].size;
}
