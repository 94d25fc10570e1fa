/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VM_CONFIG_PARSE_H
#define VIRT_VM_CONFIG_PARSE_H

#include <lodge/host_tree.h>
#include <lodge/sched_policy.h>
#include <lodge/vm_config.h>

/*
 * Between the parts of the description's parser: vm_config.c knows the nodes,
 * vm_config_prop.c reads properties by tables and words the errors, vm_config_cpus.c
 * knows the vCPUs, vm_config_device.c the devices, vm_config_lines.c the interrupts and ports of
 * those that are passed through, vm_config_host.c devices by their paths in the host's tree,
 * vm_config_host_all.c all of them at once, vm_config_check.c what must hold of the whole.
 */

struct config_parse {
	const void *fdt;
	const struct host_tree *host; /* NULL: not known */
	struct vm_config *cfg;
	char *err;
	struct vcpu_config vcpu; /* what a vCPU has of which nothing else is said */
	u32 cpus_seen;		 /* cpu@n nodes */
	u32 board_listed;	 /* devices of the board that a node has named */
	u32 board_removed;	 /* and those it disabled */
	unsigned int nr_board;	 /* cfg->dev[] below are the board's */
	/* Which node and property claimed what; the memory's first, in order of appearance. */
	unsigned int nr_origins;
	struct config_origin {
		u64 addr;
		int node;
		const char *prop;
	} origin[MAX_REGIONS];
	int dev_node[VM_MAX_DEVS]; /* -1 where only the board says it */
	int line_node[VM_MAX_LINES];
	int host_node[VM_MAX_HOST_DEVS]; /* that names cfg->host_dev[] */
	int port_node[VM_MAX_PORTS];
	int all_node; /* that asks for all of the host's devices; 0: none */
};

/* What a property holds, and where its value goes in the node's object. */
enum prop_type {
	PROP_FLAG,     /* bool */
	PROP_U32,      /* u32, between @min and @max */
	PROP_U64,      /* u64, one or two cells */
	PROP_STRING,   /* char[@size] */
	PROP_PATH,     /* char[@size] */
	PROP_LABEL,    /* char[@size] */
	PROP_CHOICE,   /* u32, index into @choices */
	PROP_RANGE,    /* struct config_range */
	PROP_CPU_LIST, /* u64, one bit for each */
	PROP_U32_PAIR, /* u32[2], each between @min and @max */
	PROP_U32_LIST, /* struct config_list, each between @min and @max */
	PROP_ANY,      /* not looked at */
};

struct config_range {
	u64 addr, size;
};

#define CONFIG_LIST_MAX 8

struct config_list {
	unsigned int n;
	u32 v[CONFIG_LIST_MAX];
};

struct prop_rule {
	const char *name;
	enum prop_type type;
	bool required;
	u32 offset;
	u32 size;
	u32 min, max;
	const char *const *choices; /* NULL-terminated */
};

#define PROP_INTO(t, member) .offset = offsetof(t, member), .size = sizeof(((t *)0)->member)

/* These are in every table: the writer of the source may need them, and they mean nothing here. */
#define PROP_CELLS_OF(cells_a, cells_s)                                                     \
	{ .name = "#address-cells", .type = PROP_U32, .min = (cells_a), .max = (cells_a) }, \
	{                                                                                   \
		.name = "#size-cells", .type = PROP_U32, .min = (cells_s), .max = (cells_s) \
	}
/* clang-format off */
#define PROP_PHANDLE { .name = "phandle", .type = PROP_ANY }
/* clang-format on */

/* Of a vCPU, or of all those of a VM: into the struct vcpu_config @vcpu of a @t. */
#define PROPS_OF_VCPU(t, vcpu)                                                                   \
	{ "affinity", PROP_CPU_LIST, PROP_INTO(t, vcpu.affinity) },                              \
		{ "weight", PROP_U32, PROP_INTO(t, vcpu.weight), .min = 1,                       \
		  .max = SCHED_WEIGHT_MAX },                                                     \
		{ "cap", PROP_U32, PROP_INTO(t, vcpu.cap), .min = 1, .max = 100 },               \
		{ "reservation-us", PROP_U32_PAIR, PROP_INTO(t, vcpu.reservation_us), .min = 10, \
		  .max = 10000000 },                                                             \
	{                                                                                        \
		"exclusive", PROP_FLAG, PROP_INTO(t, vcpu.exclusive)                             \
	}

/* A rule whose value is only checked, not kept, has no size. */

/**
 * config_error() - word an error about @prop of @node (NULL: about the node itself)
 * Return: -EINVAL, to be passed on.
 */
__printf(4, 5) int config_error(struct config_parse *p, int node, const char *prop, const char *fmt,
				...);

/* @s made fit to be shown: cut, and without control characters. Uses @buf. */
const char *config_shown(const char *s, char *buf, size_t size);

/**
 * config_read_props() - read all properties of @node into @obj by @rules
 * @seen: bit n is set if the n-th rule's property is there
 */
__must_check int config_read_props(struct config_parse *p, int node, const struct prop_rule *rules,
				   unsigned int nr, void *obj, u32 *seen);

/* The word among @words (stride bytes apart, each starting with a const char *) that @word
 * may have been meant to be, or NULL. */
const char *config_nearest(const char *word, const void *words, unsigned int nr, size_t stride);

/**
 * config_add_region() - add memory that @prop of @node describes
 * @range: not checked yet
 */
__must_check int config_add_region(struct config_parse *p, int node, const char *prop,
				   const struct config_range *range, enum region_backing backing,
				   u64 host);

/* config_add_line() - one interrupt of @node; @irq 0: config_number_lines() chooses the guest's. */
__must_check int config_add_line(struct config_parse *p, int node, u32 irq, u32 host_irq,
				 enum irq_trigger trigger);

/* A device by its path: what its node says. */
struct host_device_node {
	const char *path;
	const struct config_range *reg; /* NULL: at the host's address */
	const struct config_list *irqs; /* NULL: what is free */
	bool excludes;			/* it has a list of paths to leave out */
};

/* config_add_host_device() - its registers and interrupts, by the host's tree. */
__must_check int config_add_host_device(struct config_parse *p, int node,
					const struct host_device_node *d);
/* config_give_host_node() - the same of node @dev; @reg and @irqs as there. */
__must_check int config_give_host_node(struct config_parse *p, int node, int dev,
				       const struct config_range *reg,
				       const struct config_list *irqs);
/* config_host_enabled() - whether the host's node @dev and all above are in use. */
__must_check bool config_host_enabled(const void *fdt, int dev);
/* config_share_page() - whether registers of the host's nodes @a and @b are in one page. */
__must_check bool config_share_page(const void *fdt, int a, int b);
/* config_host_node_fits() - whether it can be given: of a kind, with interrupts, and nobody's. */
__must_check bool config_host_node_fits(struct config_parse *p, int node, int dev);
/** config_lacks_dma() - the host's device @dev is known to do DMA, and the VM has no memory for that. */
bool config_lacks_dma(const struct config_parse *p, int dev);
/* config_find_host_node() - the host's node of that path, which @prop of @node names. */
__must_check int config_find_host_node(struct config_parse *p, int node, const char *prop,
				       const char *path);
/* config_note_all() - @node asks for all devices. config_give_all() - when the others are known. */
__must_check int config_note_all(struct config_parse *p, int node,
				 const struct host_device_node *d);
__must_check int config_give_all(struct config_parse *p);
/* config_check_host() - what they refer to can be copied. */
__must_check int config_check_host(struct config_parse *p);

/**
 * config_add_lines() - the interrupts of the passed-through device @node
 * @irq, @host: inputs of the guest's and of the host's interrupt controller, one by one
 */
__must_check int config_add_lines(struct config_parse *p, int node, const struct config_list *irq,
				  const struct config_list *host, enum irq_trigger trigger);
/* config_number_lines() - the guest's inputs that were not chosen. */
__must_check int config_number_lines(struct config_parse *p);
/** config_add_ports() - its I/O ports, in pairs of the first and their number. */
__must_check int config_add_ports(struct config_parse *p, int node,
				  const struct config_list *ports);
/**
 * config_add_acpi_device() - ACPI's tables tell of the device @node as @hid
 * @reg: its registers in memory; of size 0 if it has none
 * @dev: where its ports and interrupts begin; the rest is filled in
 */
__must_check int config_add_acpi_device(struct config_parse *p, int node, const char *hid,
					const struct config_range *reg,
					const struct acpi_device_config *dev);
/* config_check_lines() - between both and the other devices. */
__must_check int config_check_lines(struct config_parse *p);

/* config_no_children() - @node is to have none. */
__must_check int config_no_children(struct config_parse *p, int node);

__must_check int config_parse_cpus(struct config_parse *p, int node);
/* config_default_cpus() - there is no such node: all @nr vCPUs are as the root says. */
__must_check int config_default_cpus(struct config_parse *p, unsigned int nr);
__must_check int config_parse_device(struct config_parse *p, int node);
/* config_add_watchdog() - the board's, which @prop of @node asks for; before any device is read. */
__must_check int config_add_watchdog(struct config_parse *p, int node, const char *prop);
/* Take out what was disabled. */
void config_finish_devices(struct config_parse *p);

/* What can only be told when everything is read. */
__must_check int config_check(struct config_parse *p);

#endif
