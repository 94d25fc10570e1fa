// SPDX-License-Identifier: Apache-2.0
/* Which driver takes which node of the host's devicetree. */
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/hostmap.h>
#include <lodge/irq.h>
#include <lodge/printk.h>
#include <lodge/string.h>

#define NODE_PATH_MAX 64

/* Pairs of a node and a driver that knows it; a machine has a few tens of such devices. */
#define MAX_MATCHES 64

extern const struct driver *const __drivers_start[], *const __drivers_end[];

struct match {
	int node;
	const struct driver *drv;
	bool taken;
};

/* Collected in one walk over the tree, since walking is what costs; for all stages. */
static struct match matches[MAX_MATCHES];
static unsigned int nr_matches;
static const void *matched_fdt;

static bool driver_handles(const struct driver *drv, const char *compatible)
{
	const char *const *c;

	for (c = drv->compatible; *c; c++)
		if (!strcmp(*c, compatible))
			return true;
	return false;
}

/* Whether @drv knows @node by a name that came earlier. */
static bool is_matched(int node, const struct driver *drv)
{
	unsigned int i;

	for (i = nr_matches; i-- && matches[i].node == node;)
		if (matches[i].drv == drv)
			return true;
	return false;
}

/* Note the drivers of @node that know it as @compatible; false without room. */
static bool match_name(int node, const char *compatible)
{
	const struct driver *const *drv;

	for (drv = __drivers_start; drv < __drivers_end; drv++) {
		if (!driver_handles(*drv, compatible) || is_matched(node, *drv))
			continue;
		if (nr_matches == MAX_MATCHES)
			return false;
		matches[nr_matches++] = (struct match){ .node = node, .drv = *drv };
	}
	return true;
}

/* By each of its names, from the most to the least specific. */
static bool match_node(const void *fdt, int node)
{
	u32 len = 0;
	const char *name = fdt_prop(fdt, node, "compatible", &len);
	const char *end = name ? name + len : NULL;

	while (name && name < end) {
		const char *nul = memchr(name, 0, (size_t)(end - name));

		if (!nul)
			break;
		if (!match_name(node, name))
			return false;
		name = nul + 1;
	}
	return true;
}

static void match_all(const void *fdt)
{
	int node;

	nr_matches = 0;
	matched_fdt = fdt;
	for (node = fdt_next_node(fdt, -1); node >= 0; node = fdt_next_node(fdt, node))
		if (!match_node(fdt, node)) {
			pr_warn("the machine has more devices than the %u that Lodge supports",
				MAX_MATCHES);
			return;
		}
}

/* What a driver's error says to a person. */
static const char *probe_error(int err)
{
	switch (err) {
	case -ENOMEM:
		return "not enough memory for it";
	case -EBUSY:
		return "its interrupt is in use already";
	case -EOPNOTSUPP:
		return "it lacks a feature that Lodge needs";
	case -ETIMEDOUT:
		return "it does not answer";
	case -ENOSPC:
		return "there are too many of its kind";
	default:
		return "its description is incomplete or wrong";
	}
}

static int driver_probe(const void *fdt, const struct match *m)
{
	char path[NODE_PATH_MAX];
	int err;

	if (!fdt_node_enabled(fdt, m->node))
		return -ENODEV;
	err = m->drv->probe(fdt, m->node);
	if (err && err != -ENODEV) {
		fdt_node_path(fdt, m->node, path, sizeof(path));
		pr_err("%s: not used by the %s driver: %s", path, m->drv->name, probe_error(err));
	}
	return err;
}

int driver_probe_stage(const void *fdt, enum driver_stage stage)
{
	int settled = -1, taken = 0;
	unsigned int i;

	if (matched_fdt != fdt)
		match_all(fdt);
	for (i = 0; i < nr_matches; i++) {
		int err;

		if (matches[i].drv->stage != stage || matches[i].node == settled)
			continue;
		err = driver_probe(fdt, &matches[i]);
		/* Taken, or out of order: its other names are not tried. */
		if (err != -ENODEV)
			settled = matches[i].node;
		matches[i].taken = !err;
		taken += !err;
	}
	return taken;
}

/* What @m's driver has its device for, to itself; NULL: it has it not, or shares it, or can give it up. */
static const char *use_of(const struct match *m)
{
	if (!m->taken || m->drv->shares)
		return NULL;
	return m->drv->use ? m->drv->use(m->node) : "";
}

const char *driver_user(unsigned int n, int *node, const char **use)
{
	unsigned int i;

	for (i = 0; i < nr_matches; i++) {
		*use = use_of(&matches[i]);
		if (!*use || n--)
			continue;
		*node = matches[i].node;
		return matches[i].drv->name;
	}
	return NULL;
}

/* ---- for guests ---- */

static bool is_in(const struct match *m, u64 addr, u64 size)
{
	u64 a, n;
	unsigned int i;

	for (i = 0; !fdt_reg(matched_fdt, m->node, i, &a, &n); i++)
		if (n && a <= addr + (size - 1) && addr <= a + (n - 1))
			return true;
	return false;
}

static int give(struct match *m)
{
	int err = m->taken && m->drv->give ? m->drv->give(m->node) : 0;

	if (err || !m->drv->stop)
		return err;
	m->taken = false;
	return m->drv->stop(m->node);
}

int driver_give(u64 addr, u64 size, bool dma, int *node, const char **name, const char **use)
{
	unsigned int i, pass;
	int err = 0;

	/* None is given up if another of them can't be. */
	for (pass = 0; !err && pass < 2; pass++)
		for (i = 0; !err && i < nr_matches; i++) {
			struct match *m = &matches[i];

			if (!is_in(m, addr, size))
				continue;
			*node = m->node;
			*name = m->drv->name;
			*use = use_of(m);
			if (*use)
				err = -EBUSY;
			else if (m->drv->stop && !dma)
				err = -EPERM;
			else if (pass)
				err = give(m);
		}
	return err;
}

int driver_stop(u64 addr, u64 size)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < nr_matches; i++)
		if (matches[i].drv->stop && !matches[i].taken && is_in(&matches[i], addr, size))
			err = matches[i].drv->stop(matches[i].node);
	return err;
}

volatile void *driver_map(const void *fdt, int node, unsigned int n, u64 min_size)
{
	char path[NODE_PATH_MAX];
	u64 addr, size;
	bool found = !fdt_reg(fdt, node, n, &addr, &size) && size >= min_size;
	volatile void *regs = found ? host_ioremap(addr, min_size) : NULL;

	if (regs)
		return regs;
	fdt_node_path(fdt, node, path, sizeof(path));
	if (found)
		pr_err("%s: no room to map its registers", path);
	else
		pr_err("%s: reg %u is missing or smaller than %lu bytes", path, n,
		       (unsigned long)min_size);
	return NULL;
}

int driver_irq(const void *fdt, int node, unsigned int n, u32 *irq)
{
	static struct fdt_irq_parent last;
	struct fdt_irq i;
	int err = fdt_irq(fdt, node, n, &last, &i);

	return err ? err : irq_xlate(i.controller, i.cells, i.nr, irq);
}
