// SPDX-License-Identifier: Apache-2.0
/* What must hold between the VMs of a machine. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/vm_config.h>

static const char *const claim_names[] = {
	[BACKING_IDENTICAL] = "memory",
	[BACKING_RESERVED] = "memory",
	[BACKING_DEVICE] = "device",
};

/* Whether the host addresses of @r are fixed by the description. */
static bool claims_host(const struct region *r)
{
	return r->backing == BACKING_IDENTICAL || r->backing == BACKING_RESERVED ||
	       r->backing == BACKING_DEVICE;
}

static int conflict_memory(const struct vm_config *a, const struct vm_config *b, char *err)
{
	unsigned int i, j;

	for (i = 0; i < a->memory.count; i++)
		for (j = 0; j < b->memory.count; j++) {
			const struct region *ra = &a->memory.r[i], *rb = &b->memory.r[j];

			if (!claims_host(ra) || !claims_host(rb) ||
			    ra->hpa.v > rb->hpa.v + (rb->size - 1) ||
			    rb->hpa.v > ra->hpa.v + (ra->size - 1))
				continue;
			snprintf(
				err, VM_ERROR_MAX,
				"%s: the host's %s at 0x%lx is also claimed by %s: change one of them",
				a->file, claim_names[ra->backing], max(ra->hpa.v, rb->hpa.v),
				b->file);
			return -EEXIST;
		}
	return 0;
}

static u64 exclusive_cpus(const struct vm_config *cfg)
{
	unsigned int i;
	u64 set = 0;

	for (i = 0; i < cfg->nr_vcpus; i++)
		if (cfg->vcpu[i].exclusive)
			set |= cfg->vcpu[i].affinity;
	return set;
}

/* Whether @set is all that a vCPU of @cfg may run on: its number, or -1. */
static int confined_to(const struct vm_config *cfg, u64 set)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus; i++)
		if (cfg->vcpu[i].affinity && !(cfg->vcpu[i].affinity & ~set))
			return (int)i;
	return -1;
}

static int conflict_cpus(const struct vm_config *a, const struct vm_config *b, char *err)
{
	int n = confined_to(a, exclusive_cpus(b));

	if (n >= 0) {
		snprintf(
			err, VM_ERROR_MAX,
			"%s: /cpus/cpu@%d: \"affinity\" names only CPUs that %s has alone: choose another",
			a->file, n, b->file);
		return -EEXIST;
	}
	n = confined_to(b, exclusive_cpus(a));
	if (n >= 0) {
		snprintf(err, VM_ERROR_MAX,
			 "%s: \"exclusive\" takes the only CPU of cpu@%d of %s: choose another",
			 a->file, n, b->file);
		return -EEXIST;
	}
	return 0;
}

int vm_config_conflict(const struct vm_config *a, const struct vm_config *b, char *err)
{
	int rc;

	if (!strcmp(a->name, b->name)) {
		snprintf(err, VM_ERROR_MAX,
			 "%s: /: \"label\" is \"%s\", which %s has already: choose another name",
			 a->file, a->name, b->file);
		return -EEXIST;
	}
	rc = conflict_memory(a, b, err);
	return rc ? rc : conflict_cpus(a, b, err);
}
