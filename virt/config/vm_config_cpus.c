// SPDX-License-Identifier: Apache-2.0
/* VM descriptions: the vCPUs. */
#include "vm_config_parse.h"
#include <lodge/fdt.h>
#include <lodge/string.h>

#define MAX_WEIGHT 10000

struct cpu_node {
	u32 reg;
	struct vcpu_config vcpu;
};

enum { CPU_REG, CPU_EXCLUSIVE };

static const struct prop_rule cpu_props[] = {
	[CPU_REG] = { "reg", PROP_U32, PROP_INTO(struct cpu_node, reg), .max = VM_MAX_VCPUS - 1 },
	[CPU_EXCLUSIVE] = { "exclusive", PROP_FLAG, PROP_INTO(struct cpu_node, vcpu.exclusive) },
	{ "affinity", PROP_CPU_LIST, PROP_INTO(struct cpu_node, vcpu.affinity) },
	{ "weight", PROP_U32, PROP_INTO(struct cpu_node, vcpu.weight), .min = 1,
	  .max = MAX_WEIGHT },
	PROP_PHANDLE,
};

static const struct prop_rule cpus_props[] = {
	PROP_CELLS_OF(1, 0),
	PROP_PHANDLE,
};

/* n of cpu@n; -1 if it is not such a name, or no number that a vCPU can have. */
static int cpu_node_number(const char *name)
{
	if (strncmp(name, "cpu@", 4) || name[4] < '0' || name[4] > '9' || name[5])
		return -1;
	return name[4] - '0' < VM_MAX_VCPUS ? name[4] - '0' : -1;
}

static_assert(VM_MAX_VCPUS <= 10, "cpu_node_number() reads one decimal digit");

static int parse_cpu(struct config_parse *p, int node)
{
	struct cpu_node c = { .vcpu.weight = VCPU_WEIGHT_DEFAULT };
	int n = cpu_node_number(fdt_node_name(p->fdt, node));
	u32 seen;
	int rc;

	if (n < 0)
		return config_error(p, node, NULL, "an unknown node: use cpu@0 to cpu@%u",
				    VM_MAX_VCPUS - 1);
	if (p->cpus_seen & BIT(n))
		return config_error(p, node, NULL, "is there twice: remove one");
	rc = config_read_props(p, node, cpu_props, ARRAY_SIZE(cpu_props), &c, &seen);
	if (rc)
		return rc;
	if ((seen & BIT(CPU_REG)) && c.reg != (u32)n)
		return config_error(p, node, cpu_props[CPU_REG].name,
				    "is %u: use %d, as in the node's name", c.reg, n);
	/* Exactly one bit: a CPU that nobody else has must be a certain one. */
	if (c.vcpu.exclusive && (!c.vcpu.affinity || (c.vcpu.affinity & (c.vcpu.affinity - 1))))
		return config_error(p, node, cpu_props[CPU_EXCLUSIVE].name,
				    "needs one CPU: name it, and no other, in \"affinity\"");
	p->cfg->vcpu[n] = c.vcpu;
	p->cpus_seen |= (u32)BIT(n);
	return config_no_children(p, node);
}

int config_parse_cpus(struct config_parse *p, int node)
{
	unsigned int n = 0;
	int child, rc;
	u32 seen;

	rc = config_read_props(p, node, cpus_props, ARRAY_SIZE(cpus_props), NULL, &seen);
	if (rc)
		return rc;
	if (p->cfg->nr_vcpus)
		return config_error(p, node, NULL,
				    "a node, and \"cpus\" a property of / too: remove one");
	for (child = fdt_first_child(p->fdt, node); child >= 0;
	     child = fdt_next_sibling(p->fdt, child), n++) {
		rc = parse_cpu(p, child);
		if (rc)
			return rc;
	}
	if (!n)
		return config_error(p, node, NULL, "has no CPU: add cpu@0");
	if (p->cpus_seen != BIT(n) - 1)
		return config_error(p, node, NULL, "has gaps: number its %u CPUs from cpu@0 on", n);
	p->cfg->nr_vcpus = n;
	return 0;
}
