// SPDX-License-Identifier: Apache-2.0
/* VM descriptions: which nodes there are, and what their properties mean. */
#include "vm_config_parse.h"
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/printf.h>
#include <lodge/string.h>

/* ---- the root ---- */

struct root_node {
	struct vm_config *cfg;
	u32 compatible, cpus, memory_mib, on_exit, restart_limit, on_watchdog;
	u32 stop_timeout_ms, on_stop_timeout;
	char label[VM_NAME_MAX];
	bool autostart, overcommit;
	struct vcpu_config vcpu;
};

static const char *const vm_compatible[] = { "lodge,vm", NULL };
static const char *const on_exit_names[] = {
	[ON_EXIT_KEEP] = "keep",
	[ON_EXIT_DESTROY] = "destroy",
	[ON_EXIT_RESTART] = "restart",
	[ON_EXIT_POWEROFF_HOST] = "poweroff-host",
	NULL,
};

static const char *const on_watchdog_names[] = {
	[ON_WATCHDOG_RESET] = "reset",
	[ON_WATCHDOG_STOP] = "stop",
	[ON_WATCHDOG_NOTIFY] = "notify",
	NULL,
};

static const char *const on_stop_timeout_names[] = {
	[STOP_TIMEOUT_KILL] = "kill",
	[STOP_TIMEOUT_CONTINUE] = "continue",
	NULL,
};

/* Linux with many services takes its time. */
#define STOP_TIMEOUT_MS	    60000
#define STOP_TIMEOUT_MAX_MS 3600000

enum {
	ROOT_COMPATIBLE,
	ROOT_LABEL,
	ROOT_CPUS,
	ROOT_MEMORY_MIB,
	ROOT_RESTART_LIMIT,
	ROOT_ON_WATCHDOG
};

static const struct prop_rule root_props[] = {
	[ROOT_COMPATIBLE] = { "compatible", PROP_CHOICE, .required = true,
			      PROP_INTO(struct root_node, compatible), .choices = vm_compatible },
	[ROOT_LABEL] = { "label", PROP_LABEL, .required = true,
			 PROP_INTO(struct root_node, label) },
	[ROOT_CPUS] = { "cpus", PROP_U32, PROP_INTO(struct root_node, cpus), .min = 1,
			.max = VM_MAX_VCPUS },
	[ROOT_MEMORY_MIB] = { "memory-mib", PROP_U32, PROP_INTO(struct root_node, memory_mib),
			      .min = 1, .max = VM_GPA_LIMIT >> 20 },
	[ROOT_RESTART_LIMIT] = { "restart-limit", PROP_U32,
				 PROP_INTO(struct root_node, restart_limit), .min = 1,
				 .max = 1000000 },
	[ROOT_ON_WATCHDOG] = { "on-watchdog", PROP_CHOICE, PROP_INTO(struct root_node, on_watchdog),
			       .choices = on_watchdog_names },
	{ "autostart", PROP_FLAG, PROP_INTO(struct root_node, autostart) },
	{ "overcommit", PROP_FLAG, PROP_INTO(struct root_node, overcommit) },
	{ "on-exit", PROP_CHOICE, PROP_INTO(struct root_node, on_exit), .choices = on_exit_names },
	{ "stop-timeout-ms", PROP_U32, PROP_INTO(struct root_node, stop_timeout_ms), .min = 1,
	  .max = STOP_TIMEOUT_MAX_MS },
	{ "on-stop-timeout", PROP_CHOICE, PROP_INTO(struct root_node, on_stop_timeout),
	  .choices = on_stop_timeout_names },
	PROPS_OF_VCPU(struct root_node, vcpu),
	PROP_CELLS_OF(2, 2),
	PROP_PHANDLE,
};

static int parse_root_props(struct config_parse *p, int root)
{
	struct root_node r = { .on_exit = ON_EXIT_KEEP,
			       .stop_timeout_ms = STOP_TIMEOUT_MS,
			       .vcpu.weight = SCHED_WEIGHT_DEFAULT };
	struct vm_config *cfg = p->cfg;
	struct config_range range;
	u32 seen;
	int rc = config_read_props(p, root, root_props, ARRAY_SIZE(root_props), &r, &seen);

	if (rc)
		return rc;
	memcpy(cfg->name, r.label, sizeof(cfg->name));
	cfg->autostart = r.autostart;
	cfg->overcommit = r.overcommit;
	cfg->on_exit = (enum vm_on_exit)r.on_exit;
	cfg->restart_limit = r.restart_limit;
	if (r.restart_limit && cfg->on_exit != ON_EXIT_RESTART)
		return config_error(p, root, root_props[ROOT_RESTART_LIMIT].name,
				    "is only for \"on-exit\" \"restart\": remove it or set that");
	cfg->stop_timeout_ms = r.stop_timeout_ms;
	cfg->on_stop_timeout = (enum vm_on_stop_timeout)r.on_stop_timeout;
	cfg->nr_vcpus = r.cpus;
	p->vcpu = r.vcpu;
	cfg->on_watchdog = (enum vm_on_watchdog)r.on_watchdog;
	if (seen & BIT(ROOT_ON_WATCHDOG))
		rc = config_add_watchdog(p, root, root_props[ROOT_ON_WATCHDOG].name);
	if (rc)
		return rc;
	if (!(seen & BIT(ROOT_MEMORY_MIB)))
		return 0;
	range = (struct config_range){ arch_guest_board.ram_base, MIB(r.memory_mib) };
	return config_add_region(p, root, root_props[ROOT_MEMORY_MIB].name, &range, BACKING_LAZY,
				 0);
}

/* ---- /chosen ---- */

enum { CHOSEN_ENTRY, CHOSEN_LOAD };

static const struct prop_rule chosen_props[] = {
	[CHOSEN_ENTRY] = { "entry", PROP_U64, PROP_INTO(struct vm_config, entry) },
	[CHOSEN_LOAD] = { "load", PROP_U64, PROP_INTO(struct vm_config, load) },
	{ "kernel", PROP_PATH, .required = true, PROP_INTO(struct vm_config, kernel) },
	{ "initrd", PROP_PATH, PROP_INTO(struct vm_config, initrd) },
	{ "dtb", PROP_PATH, PROP_INTO(struct vm_config, dtb) },
	{ "bootargs", PROP_STRING, PROP_INTO(struct vm_config, bootargs) },
	PROP_PHANDLE,
};

int config_no_children(struct config_parse *p, int node)
{
	int child = fdt_first_child(p->fdt, node);

	if (child < 0)
		return 0;
	return config_error(p, child, NULL, "a node that does not belong here: remove it");
}

static int parse_chosen(struct config_parse *p, int node)
{
	u32 seen;
	int rc = config_read_props(p, node, chosen_props, ARRAY_SIZE(chosen_props), p->cfg, &seen);

	p->cfg->has_entry = seen & BIT(CHOSEN_ENTRY);
	p->cfg->has_load = seen & BIT(CHOSEN_LOAD);
	return rc ? rc : config_no_children(p, node);
}

/* ---- /memory@... ---- */

struct memory_node {
	struct config_range reg, host;
	u32 backing, device_type;
	bool read_only;
};

static const char *const backing_names[] = {
	[BACKING_EAGER] = "eager",
	[BACKING_LAZY] = "lazy",
	[BACKING_IDENTICAL] = "identical",
	[BACKING_RESERVED] = "reserved",
	NULL,
};

static const char *const memory_device_type[] = { "memory", NULL };

enum { MEMORY_REG, MEMORY_HOST_REG };

static const struct prop_rule memory_props[] = {
	[MEMORY_REG] = { "reg", PROP_RANGE, .required = true, PROP_INTO(struct memory_node, reg) },
	[MEMORY_HOST_REG] = { "host-reg", PROP_RANGE, PROP_INTO(struct memory_node, host) },
	{ "backing", PROP_CHOICE, PROP_INTO(struct memory_node, backing),
	  .choices = backing_names },
	{ "device_type", PROP_CHOICE, PROP_INTO(struct memory_node, device_type),
	  .choices = memory_device_type },
	{ "read-only", PROP_FLAG, PROP_INTO(struct memory_node, read_only) },
	PROP_PHANDLE,
};

/* What the loader puts there the guest can't change, as in a flash chip. */
static void set_read_only(struct config_parse *p, u64 addr)
{
	region_find(&p->cfg->memory, gpa(addr))->perm &= ~REGION_W;
}

static int parse_memory(struct config_parse *p, int node)
{
	const char *host_reg = memory_props[MEMORY_HOST_REG].name;
	struct memory_node m = { .backing = BACKING_LAZY };
	u64 host = 0;
	u32 seen;
	int rc = config_read_props(p, node, memory_props, ARRAY_SIZE(memory_props), &m, &seen);

	if (rc)
		return rc;
	if (m.backing == BACKING_RESERVED) {
		if (!(seen & BIT(MEMORY_HOST_REG)))
			return config_error(p, node, NULL,
					    "no \"%s\": add it, backing \"reserved\" needs it",
					    host_reg);
		if (m.host.size != m.reg.size)
			return config_error(p, node, host_reg,
					    "has another size than \"reg\": make them equal");
		host = m.host.addr;
	} else if (seen & BIT(MEMORY_HOST_REG)) {
		return config_error(p, node, host_reg,
				    "is only for backing \"reserved\": remove it or set that");
	}
	if (m.backing == BACKING_IDENTICAL)
		host = m.reg.addr;
	rc = config_add_region(p, node, memory_props[MEMORY_REG].name, &m.reg,
			       (enum region_backing)m.backing, host);
	if (rc)
		return rc;
	if (m.read_only)
		set_read_only(p, m.reg.addr);
	return config_no_children(p, node);
}

/* ---- /devices ---- */

static const struct prop_rule devices_props[] = {
	PROP_CELLS_OF(2, 2),
	PROP_PHANDLE,
};

static int parse_devices(struct config_parse *p, int node)
{
	u32 seen;
	int child, rc;

	rc = config_read_props(p, node, devices_props, ARRAY_SIZE(devices_props), NULL, &seen);
	for (child = fdt_first_child(p->fdt, node); !rc && child >= 0;
	     child = fdt_next_sibling(p->fdt, child)) {
		rc = config_parse_device(p, child);
		if (!rc)
			rc = config_no_children(p, child);
	}
	return rc;
}

/* ---- the whole ---- */

static int parse_nothing(struct config_parse *p, int node)
{
	return 0;
}

/* @unit: the name may go on with a unit address, and there may be several. */
static const struct node_rule {
	const char *name;
	bool unit;
	int (*parse)(struct config_parse *p, int node);
} root_nodes[] = {
	{ "chosen", false, parse_chosen },	 { "memory", true, parse_memory },
	{ "cpus", false, config_parse_cpus },	 { "devices", false, parse_devices },
	{ "__symbols__", false, parse_nothing }, /* from dtc -@ */
};

static const struct node_rule *find_node_rule(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(root_nodes); i++) {
		const struct node_rule *r = &root_nodes[i];
		size_t n = strlen(r->name);

		if (!strncmp(name, r->name, n) && (!name[n] || (r->unit && name[n] == '@')))
			return r;
	}
	return NULL;
}

static int unknown_node(struct config_parse *p, int node)
{
	char word[VM_NAME_MAX] = "";
	const char *near, *name = fdt_node_name(p->fdt, node), *at = strchr(name, '@');
	size_t n = at ? (size_t)(at - name) : strlen(name);

	memcpy(word, name, min(n, sizeof(word) - 1));
	near = config_nearest(word, root_nodes, ARRAY_SIZE(root_nodes), sizeof(root_nodes[0]));
	if (near && strcmp(near, word))
		return config_error(p, node, NULL, "an unknown node: did you mean \"%s\"?", near);
	return config_error(p, node, NULL,
			    "an unknown node: use chosen, memory@..., cpus and devices");
}

static int parse_children(struct config_parse *p, int root)
{
	u32 seen = 0;
	int child, rc;

	for (child = fdt_first_child(p->fdt, root); child >= 0;
	     child = fdt_next_sibling(p->fdt, child)) {
		const struct node_rule *r = find_node_rule(fdt_node_name(p->fdt, child));

		if (!r)
			return unknown_node(p, child);
		if (!r->unit && (seen & BIT(r - root_nodes)))
			return config_error(p, child, NULL, "is there twice: remove one");
		seen |= (u32)BIT(r - root_nodes);
		rc = r->parse(p, child);
		if (rc)
			return rc;
	}
	if (!p->cfg->kernel[0])
		return config_error(p, root, NULL,
				    "no /chosen: add it, with \"kernel\", the path of a file");
	return 0;
}

static void set_defaults(struct config_parse *p)
{
	struct vm_config *cfg = p->cfg;
	unsigned int i;

	p->nr_board = min(arch_guest_board.nr_devices, (unsigned int)VM_MAX_DEVS);
	for (i = 0; i < p->nr_board; i++)
		cfg->dev[i] = arch_guest_board.devices[i];
	cfg->nr_devs = p->nr_board;
	for (i = 0; i < VM_MAX_DEVS; i++)
		p->dev_node[i] = -1;
}

int vm_config_parse(const void *dtb, size_t size, const char *file, const struct host_tree *host,
		    struct vm_config *cfg, char *err)
{
	struct config_parse p = { .fdt = dtb, .host = host, .cfg = cfg, .err = err };
	int root, rc;

	memset(cfg, 0, sizeof(*cfg));
	if (strcopy(cfg->file, file, sizeof(cfg->file)) < 0) {
		snprintf(err, VM_ERROR_MAX,
			 "%s...: the path is too long: use at most %d characters", cfg->file,
			 VM_PATH_MAX - 1);
		return -EINVAL;
	}
	if (fdt_check(dtb, size)) {
		snprintf(err, VM_ERROR_MAX,
			 "%s: not a devicetree blob, or a damaged one: compile it with dtc",
			 cfg->file);
		return -EINVAL;
	}
	set_defaults(&p);
	root = fdt_root(dtb);
	rc = parse_root_props(&p, root);
	if (!rc)
		rc = parse_children(&p, root);
	if (!rc && !p.cpus_seen)
		rc = config_default_cpus(&p, max(cfg->nr_vcpus, 1u));
	if (!rc)
		rc = config_check(&p);
	if (!rc)
		config_finish_devices(&p);
	return rc;
}
