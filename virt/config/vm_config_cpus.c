// SPDX-License-Identifier: Apache-2.0
/* VM descriptions: the vCPUs. */
#include "vm_config_parse.h"
#include <lodge/fdt.h>
#include <lodge/string.h>

#define RESERVED_MAX 95 /* percent: see SCHED_RESERVED_MAX */

struct cpu_node {
	u32 reg;
	struct vcpu_config vcpu;
};

enum { CPU_REG };

static const struct prop_rule cpu_props[] = {
	[CPU_REG] = { "reg", PROP_U32, PROP_INTO(struct cpu_node, reg), .max = VM_MAX_VCPUS - 1 },
	PROPS_OF_VCPU(struct cpu_node, vcpu),
	PROP_PHANDLE,
};

static const struct prop_rule cpus_props[] = {
	PROPS_OF_VCPU(struct config_parse, vcpu),
	PROP_CELLS_OF(1, 0),
	PROP_PHANDLE,
};

static int check_reservation(struct config_parse *p, int node, const u32 *us)
{
	u64 most = (u64)us[1] * RESERVED_MAX / 100;

	if (us[0] <= most)
		return 0;
	return config_error(p, node, "reservation-us",
			    "is %u of %u: reserve at most %u %% of a CPU, here %lu", us[0], us[1],
			    RESERVED_MAX, most);
}

static int check_exclusive(struct config_parse *p, int node, const struct vcpu_config *v)
{
	/* Exactly one bit: a CPU that nobody else has must be a certain one. */
	if (!v->affinity || (v->affinity & (v->affinity - 1)))
		return config_error(p, node, "exclusive",
				    "needs one CPU: name it, and no other, in \"affinity\"");
	if (v->affinity == BIT(SCHED_HOST_CPU))
		return config_error(
			p, node, "exclusive",
			"takes CPU %u, which serves the host's interrupts: choose another",
			SCHED_HOST_CPU);
	if (v->cap || v->reservation_us[0])
		return config_error(p, node, "exclusive",
				    "gives it all of a CPU, and \"%s\" a part: remove one",
				    v->cap ? "cap" : "reservation-us");
	return 0;
}

/* What @node says of a vCPU, or what holds for those of which it says nothing. */
static int check_vcpu(struct config_parse *p, int node, const struct vcpu_config *v)
{
	if (v->cap && v->reservation_us[0])
		return config_error(
			p, node, "cap",
			"limits a share, and \"reservation-us\" has its own limit: remove one");
	if (v->exclusive)
		return check_exclusive(p, node, v);
	return v->reservation_us[0] ? check_reservation(p, node, v->reservation_us) : 0;
}

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
	struct cpu_node c = { .vcpu = p->vcpu };
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
	rc = check_vcpu(p, node, &c.vcpu);
	if (rc)
		return rc;
	p->cfg->vcpu[n] = c.vcpu;
	p->cpus_seen |= (u32)BIT(n);
	return config_no_children(p, node);
}

int config_parse_cpus(struct config_parse *p, int node)
{
	unsigned int n = 0;
	int child, rc;
	u32 seen;

	rc = config_read_props(p, node, cpus_props, ARRAY_SIZE(cpus_props), p, &seen);
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

int config_default_cpus(struct config_parse *p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		p->cfg->vcpu[i] = p->vcpu;
	p->cfg->nr_vcpus = nr;
	return check_vcpu(p, fdt_root(p->fdt), &p->vcpu);
}
