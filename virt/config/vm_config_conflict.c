// SPDX-License-Identifier: Apache-2.0
/* What must hold between the VMs of a machine: each has what only one can have, and they fit together. */
#include <lodge/bitops.h>
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/sched_policy.h>
#include <lodge/string.h>
#include <lodge/vm_config.h>

/* ---- names ---- */

static int conflict_names(const struct vm_config *a, vm_config_list *others, char *err)
{
	const struct vm_config *b;
	unsigned int n;

	for (n = 0; (b = others(n)); n++) {
		if (strcmp(a->name, b->name))
			continue;
		scnprintf(err, VM_ERROR_MAX,
			  "%s: /: \"label\" is \"%s\", which %s has already: choose another name",
			  a->file, a->name, b->file);
		return -EEXIST;
	}
	return 0;
}

/* ---- the host's addresses ---- */

/* Where two claims meet, or NULL. */
static const struct vm_config_claim *claim_meets(const struct vm_config_claim *a,
						 const struct vm_config *b)
{
	unsigned int j;

	for (j = 0; j < b->nr_claims; j++) {
		const struct vm_config_claim *c = &b->claim[j];

		if (a->hpa.v <= c->hpa.v + (c->size - 1) && c->hpa.v <= a->hpa.v + (a->size - 1))
			return c;
	}
	return NULL;
}

static int conflict_host_ranges(const struct vm_config *a, vm_config_list *others, char *err)
{
	const struct vm_config_claim *c;
	const struct vm_config *b;
	unsigned int n, i;

	for (n = 0; (b = others(n)); n++)
		for (i = 0; i < a->nr_claims; i++) {
			c = claim_meets(&a->claim[i], b);
			if (!c)
				continue;
			scnprintf(
				err, VM_ERROR_MAX,
				"%s: %s: the host's %s at 0x%lx is also claimed by %s of %s: change one of them",
				a->file, a->claim[i].node, a->claim[i].device ? "device" : "memory",
				max(a->claim[i].hpa.v, c->hpa.v), c->node, b->file);
			return -EEXIST;
		}
	return 0;
}

static const struct line_config *line_with(const struct vm_config *b, u32 host_irq)
{
	unsigned int i;

	for (i = 0; i < b->nr_lines; i++)
		if (b->line[i].host_irq == host_irq)
			return &b->line[i];
	return NULL;
}

/* What says the host's number of a line. */
static const char *line_source(const struct line_config *l)
{
	return l->by_path ? "\"host-path\" has interrupt" : "\"host-interrupts\" is";
}

static int conflict_lines(const struct vm_config *a, vm_config_list *others, char *err)
{
	const struct line_config *l;
	const struct vm_config *b;
	unsigned int n, i;

	for (n = 0; (b = others(n)); n++)
		for (i = 0; i < a->nr_lines; i++) {
			l = line_with(b, a->line[i].host_irq);
			if (!l)
				continue;
			scnprintf(
				err, VM_ERROR_MAX,
				"%s: /devices/%s: %s %u, which /devices/%s of %s has: give the device to one of them",
				a->file, a->line[i].device, line_source(&a->line[i]), l->host_irq,
				l->device, b->file);
			return -EEXIST;
		}
	return 0;
}

static const struct port_config *ports_meet(const struct port_config *a, const struct vm_config *b)
{
	unsigned int j;

	for (j = 0; j < b->nr_ports; j++)
		if (a->first < b->port[j].first + b->port[j].nr &&
		    b->port[j].first < a->first + a->nr)
			return &b->port[j];
	return NULL;
}

static int conflict_ports(const struct vm_config *a, vm_config_list *others, char *err)
{
	const struct port_config *r;
	const struct vm_config *b;
	unsigned int n, i;

	for (n = 0; (b = others(n)); n++)
		for (i = 0; i < a->nr_ports; i++) {
			r = ports_meet(&a->port[i], b);
			if (!r)
				continue;
			scnprintf(
				err, VM_ERROR_MAX,
				"%s: /devices/%s: \"ports\" has 0x%x, which /devices/%s of %s has: give the device to one of them",
				a->file, a->port[i].device, max(a->port[i].first, r->first),
				r->device, b->file);
			return -EEXIST;
		}
	return 0;
}

/* ---- CPUs that belong to a vCPU ---- */

static u64 exclusive_cpus(const struct vm_config *cfg)
{
	unsigned int i;
	u64 set = 0;

	for (i = 0; i < cfg->nr_vcpus; i++)
		if (cfg->vcpu[i].exclusive)
			set |= cfg->vcpu[i].affinity;
	return set;
}

static u64 exclusive_of_all(const struct vm_config *a, vm_config_list *others)
{
	u64 set = exclusive_cpus(a);
	const struct vm_config *b;
	unsigned int n;

	for (n = 0; (b = others(n)); n++)
		set |= exclusive_cpus(b);
	return set;
}

/* "a.dtb and b.dtb": whose vCPUs have CPUs of @set alone. */
static void owners(const struct vm_config *a, vm_config_list *others, u64 set, char *buf,
		   size_t size)
{
	const struct vm_config *b = a;
	unsigned int n = 0;
	size_t len = 0;

	buf[0] = '\0';
	do {
		if (exclusive_cpus(b) & set)
			len += (size_t)scnprintf(buf + len, size - len, "%s%s", len ? " and " : "",
						 b->file);
		b = others(n++);
	} while (b);
}

/* A vCPU of @cfg that may run on no CPU but those of @taken: its number, or -1. */
static int confined_to(const struct vm_config *cfg, u64 taken)
{
	unsigned int i;

	for (i = 0; i < cfg->nr_vcpus; i++) {
		const struct vcpu_config *v = &cfg->vcpu[i];

		if (v->affinity && !(v->affinity & ~taken) && !v->exclusive)
			return (int)i;
	}
	return -1;
}

/* Two have one CPU alone. */
static int conflict_owners(const struct vm_config *a, vm_config_list *others, char *err)
{
	const struct vm_config *b;
	unsigned int n, i, j;

	for (n = 0; (b = others(n)); n++)
		for (i = 0; i < a->nr_vcpus; i++)
			for (j = 0; j < b->nr_vcpus; j++) {
				if (!a->vcpu[i].exclusive || !b->vcpu[j].exclusive ||
				    a->vcpu[i].affinity != b->vcpu[j].affinity)
					continue;
				scnprintf(
					err, VM_ERROR_MAX,
					"%s: /cpus/cpu@%u: \"exclusive\" takes CPU %u, which cpu@%u of %s has alone: choose another",
					a->file, i, ctz64(a->vcpu[i].affinity), j, b->file);
				return -EEXIST;
			}
	return 0;
}

/* All CPUs on which a vCPU may run are others' alone, of one VM or of several. */
static int conflict_confined(const struct vm_config *a, vm_config_list *others, char *err)
{
	u64 taken = exclusive_of_all(a, others);
	const struct vm_config *b;
	char who[VM_ERROR_MAX / 2];
	unsigned int n;
	int i = confined_to(a, taken);

	if (i >= 0) {
		owners(a, others, a->vcpu[i].affinity, who, sizeof(who));
		scnprintf(
			err, VM_ERROR_MAX,
			"%s: /cpus/cpu@%d: \"affinity\" names only CPUs that vCPUs of %s have alone: choose another",
			a->file, i, who);
		return -EEXIST;
	}
	for (n = 0; (b = others(n)); n++) {
		i = confined_to(b, taken);
		if (i < 0)
			continue;
		owners(a, others, b->vcpu[i].affinity, who, sizeof(who));
		scnprintf(
			err, VM_ERROR_MAX,
			"%s: /cpus: \"exclusive\" takes the last CPU of cpu@%d of %s, with what vCPUs of %s have alone: choose another",
			a->file, i, b->file, who);
		return -EEXIST;
	}
	return 0;
}

/* ---- reservations ---- */

/* What is reserved by vCPUs that have no other CPUs than those of a set. */
struct reserved {
	u64 cpus, all; /* the set; all CPUs of the machine, 0 where nobody knows them */
	u64 sum;       /* in SCHED_WHOLE, as what follows */
	/* The largest, to be named. */
	u64 most;
	const struct vm_config *cfg;
	unsigned int vcpu;
};

static u64 utilization(const struct vcpu_config *v)
{
	u64 budget = v->reservation_us[0], period = v->reservation_us[1];

	return budget ? (budget * SCHED_WHOLE + period - 1) / period : 0;
}

/* The CPUs that @v may run on; 0 where it may on any, and nobody knows how many there are. */
static u64 cpus_of(const struct vcpu_config *v, u64 all)
{
	return v->affinity ? v->affinity : all;
}

/* What the @i-th vCPU of @cfg has reserved on the set. */
static void add_reserved(struct reserved *r, const struct vm_config *cfg, unsigned int i)
{
	u64 u = utilization(&cfg->vcpu[i]), cpus = cpus_of(&cfg->vcpu[i], r->all);

	if (!cpus || (cpus & ~r->cpus))
		return;
	r->sum += u;
	if (u <= r->most)
		return;
	r->most = u;
	r->cfg = cfg;
	r->vcpu = i;
}

/* In tenths of a percent of a CPU, as in the messages. */
static u64 permille(u64 part)
{
	return part * 1000 / SCHED_WHOLE;
}

/* The @i-th vCPU of @a is one too many for what the others have, @r. */
static void say_reserved(const struct vm_config *a, unsigned int i, const struct reserved *r,
			 u64 room, char *err)
{
	u64 mine = permille(utilization(&a->vcpu[i])), sum = permille(r->sum);
	u64 most = permille(r->most), has = permille(room);
	int n;

	n = scnprintf(err, VM_ERROR_MAX,
		      "%s: /cpus/cpu@%u: \"reservation-us\" is %lu.%lu %% of a CPU, ", a->file, i,
		      mine / 10, mine % 10);
	if (r->cfg)
		n += scnprintf(
			err + n, (size_t)(VM_ERROR_MAX - n),
			"others on the same CPUs have %lu.%lu %%, %lu.%lu %% of it cpu@%u of %s, ",
			sum / 10, sum % 10, most / 10, most % 10, r->vcpu, r->cfg->file);
	scnprintf(err + n, (size_t)(VM_ERROR_MAX - n),
		  "and %lu.%lu %% can be reserved there: reserve less or choose other CPUs",
		  has / 10, has % 10);
}

/* Whether all reservations on the CPUs of @set fit there that can't be elsewhere. */
static int check_reserved(const struct vm_config *a, vm_config_list *others, u64 set, u64 all,
			  char *err)
{
	u64 room = (u64)popcount64(set & ~exclusive_of_all(a, others)) * SCHED_RESERVED_MAX;
	struct reserved r = { .cpus = set, .all = all };
	const struct vm_config *b;
	unsigned int n, i;

	for (n = 0; (b = others(n)); n++)
		for (i = 0; i < b->nr_vcpus; i++)
			add_reserved(&r, b, i);
	for (i = 0; i < a->nr_vcpus; i++) {
		struct reserved with = r;

		add_reserved(&with, a, i);
		if (with.sum > r.sum && with.sum > room) {
			say_reserved(a, i, &r, room, err);
			return -EEXIST;
		}
		r = with;
	}
	return 0;
}

/* For each set of CPUs that a vCPU with a reservation has. */
static int conflict_reserved(const struct vm_config *a, vm_config_list *others, u64 all, char *err)
{
	const struct vm_config *b = a;
	unsigned int n = 0, i;
	int rc = 0;

	do {
		for (i = 0; !rc && i < b->nr_vcpus; i++)
			if (utilization(&b->vcpu[i]) && cpus_of(&b->vcpu[i], all))
				rc = check_reserved(a, others, cpus_of(&b->vcpu[i], all), all, err);
		b = others(n++);
	} while (!rc && b);
	return rc;
}

/* ---- the machine ---- */

int vm_config_check_affinity(const struct vm_config *cfg, unsigned int cpus, char *err)
{
	unsigned int i;
	u64 beyond;

	for (i = 0; i < cfg->nr_vcpus; i++) {
		beyond = cpus < SCHED_MAX_CPUS ? cfg->vcpu[i].affinity >> cpus << cpus : 0;
		if (!beyond)
			continue;
		scnprintf(
			err, VM_ERROR_MAX,
			"%s: vCPU %u: \"affinity\" names CPU %u, and the machine has %u, from 0 on: choose another",
			cfg->file, i, ctz64(beyond), cpus);
		return -EINVAL;
	}
	return 0;
}

/* RAM that is kept for it before it runs. */
static u64 promised(const struct vm_config *cfg)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < cfg->memory.count; i++) {
		const struct region *r = &cfg->memory.r[i];

		if (region_is_memory(r) && !(cfg->overcommit && r->backing == BACKING_LAZY))
			sum += r->size;
	}
	return sum;
}

/* @a alone; or, where it starts by itself, with all others that do. */
static int conflict_memory(const struct vm_config *a, vm_config_list *others, u64 memory, char *err)
{
	const struct vm_config *b, *largest = NULL;
	u64 mine = promised(a), sum = 0;
	unsigned int i;
	int n;

	for (i = 0; (b = others(i)); i++) {
		if (!a->autostart || !b->autostart)
			continue;
		sum += promised(b);
		if (!largest || promised(b) > promised(largest))
			largest = b;
	}
	if (!mine || mine + sum <= memory)
		return 0;
	n = scnprintf(err, VM_ERROR_MAX, "%s: /: the VM may use %lu MiB of RAM, ", a->file,
		      mine >> 20);
	if (largest)
		n += scnprintf(err + n, (size_t)(VM_ERROR_MAX - n),
			       "others that start by themselves %lu MiB, %lu MiB of it %s, ",
			       sum >> 20, promised(largest) >> 20, largest->file);
	scnprintf(err + n, (size_t)(VM_ERROR_MAX - n),
		  "and the machine has %lu MiB for all: make one of them smaller%s", memory >> 20,
		  a->overcommit ? "" : " or say \"overcommit\"");
	return -ENOMEM;
}

/* ---- the whole ---- */

int vm_config_conflict(const struct vm_config *a, vm_config_list *others,
		       const struct vm_machine *m, char *err)
{
	u64 all = m->cpus ? ~(u64)0 >> (64 - min(m->cpus, 64u)) : 0;
	int rc = conflict_names(a, others, err);

	if (!rc)
		rc = conflict_host_ranges(a, others, err);
	if (!rc)
		rc = conflict_lines(a, others, err);
	if (!rc)
		rc = conflict_ports(a, others, err);
	if (!rc)
		rc = conflict_owners(a, others, err);
	if (!rc)
		rc = conflict_confined(a, others, err);
	if (!rc)
		rc = conflict_reserved(a, others, all, err);
	if (!rc && m->cpus)
		rc = vm_config_check_affinity(a, m->cpus, err);
	if (!rc && m->memory)
		rc = conflict_memory(a, others, m->memory, err);
	return rc;
}
