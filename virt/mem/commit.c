// SPDX-License-Identifier: Apache-2.0
/*
 * What a VM may come to use of the host's memory, and that it can have it: all of it is
 * promised before the VM runs, and stays so until nothing is to run from its description any
 * more, through resets and restarts.
 */
#include <lodge/arch_virt.h>
#include <lodge/commit.h>
#include <lodge/errno.h>
#include <lodge/image.h>
#include <lodge/kasan.h>
#include <lodge/memory_map.h>
#include <lodge/printf.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/vm.h>
#include <asm/layout.h>
#include <asm/stack.h>

/* What is given back between two looks at the time slice. */
#define UNCLAIM_PIECE MIB(4)

/* Of the host's own memory: a stack, with its shadow, for each thread; a console port. */
#define HOST_PAGES_THREAD (STACK_PAGES + IS_ENABLED(CONFIG_KASAN) + 1)
#define HOST_PAGES_VM	  (4 + (CONFIG_CONSOLE_KEPT_KIB >> (PAGE_SHIFT - 10)))

/* Of those for all VMs; stacks are never given back, so neither is the promise of them. */
static u64 host_pages, host_pages_promised;

/* All that have their memory, whether their VMs are there or to be made again. Of the boot thread. */
static struct vm_commit *all;

/* ---- how much ---- */

/* Whether its leaves are of 2 MiB, wherever 2 MiB of it are: who has no say in that. */
static bool maps_blocks(const struct region *r)
{
	return r->backing >= BACKING_IDENTICAL && IS_ALIGNED(r->hpa.v - r->gpa.v, MIB(2));
}

/* Tables of leaves of 4 KiB for a region of blocks: one at each end that is no whole block. */
static u64 end_tables(const struct region *r)
{
	return !IS_ALIGNED(r->gpa.v, MIB(2)) + !IS_ALIGNED(r->gpa.v + r->size, MIB(2));
}

/* Pages that the nested tables take at most: for lazy memory there may be no free blocks. */
static u64 table_pages(const struct region_map *map, const struct pgtable_format *fmt)
{
	u64 n = BIT(fmt->root_order), first, last, seen;
	unsigned int i, level;

	for (level = 1; level < fmt->levels; level++) {
		seen = 0; /* one past the last table that is counted */
		for (i = 0; i < map->count; i++) {
			const struct region *r = &map->r[i];

			if (r->backing == BACKING_EMULATED)
				continue;
			if (level == 1 && maps_blocks(r)) {
				n += end_tables(r);
				continue;
			}
			first = max(r->gpa.v / pgtable_level_size(level), seen);
			last = (r->gpa.v + r->size - 1) / pgtable_level_size(level);
			n += last + 1 - min(first, last + 1);
			seen = last + 1;
		}
	}
	return n;
}

static u64 region_pages(const struct region_map *map, bool lazy)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < map->count; i++)
		if (region_is_memory(&map->r[i]) && (map->r[i].backing == BACKING_LAZY) == lazy)
			n += map->r[i].size >> PAGE_SHIFT;
	return n;
}

/*
 * All but lazy memory, when the VM's own objects are there: they, other memory, tables, what
 * each vCPU's fault takes before it is clear what of that it needs, what a load takes meanwhile.
 */
static u64 fixed_pages(const struct vm *vm)
{
	const struct pgtable_format *fmt = vm->stage2.fmt;

	return vm->account->used - vm->stage2.table_pages + region_pages(&vm->map, false) +
	       table_pages(&vm->map, fmt) + vm->cfg->nr_vcpus * (1 + 2 * fmt->levels) +
	       image_load_pages(vm->cfg) + (IS_ENABLED(CONFIG_KASAN) ? KASAN_QUARANTINE_PAGES : 0);
}

/* ---- the host's part ---- */

void commit_init(void)
{
	u64 reserve = min((u64)CONFIG_HOST_RESERVE_KIB >> (PAGE_SHIFT - 10), page_left_count());

	/* It is left, so it can be had. */
	BUG_ON(!page_commit(NULL, page_host_account()->used + reserve));
}

static bool host_commit(struct vm_commit *c, u64 pages)
{
	u64 more = host_pages + pages > host_pages_promised
			   ? host_pages + pages - host_pages_promised
			   : 0;

	if (!page_commit(NULL, page_host_account()->committed + more))
		return false;
	host_pages_promised += more;
	host_pages += pages;
	c->host_pages = pages;
	return true;
}

/* ---- a VM's ---- */

static u64 mib_up(u64 pages)
{
	return ALIGN_UP(pages << PAGE_SHIFT, MIB(1)) >> 20;
}

static u64 pages_of(const struct vm_commit *c)
{
	return c->account.committed + c->host_pages;
}

/* Whose memory is missing most, or NULL. */
static const struct vm_commit *largest(void)
{
	const struct vm_commit *c, *most = all;

	for (c = all; c; c = c->next)
		if (pages_of(c) > pages_of(most))
			most = c;
	return most;
}

static int refuse(const struct vm *vm, u64 wanted, u64 left, char *err)
{
	bool lazy = region_pages(&vm->map, true) && !vm->cfg->overcommit;
	const struct vm_commit *other = largest();
	int n;

	n = scnprintf(err, VM_ERROR_MAX,
		      "%s: the VM may use up to %llu MiB, page tables and state included, and the "
		      "host has %llu MiB left",
		      vm->cfg->file, (unsigned long long)mib_up(wanted),
		      (unsigned long long)left >> (20 - PAGE_SHIFT));
	if (other)
		n += scnprintf(err + n, (size_t)(VM_ERROR_MAX - n), " beside %llu MiB of %s",
			       (unsigned long long)mib_up(pages_of(other)), other->cfg->file);
	scnprintf(err + n, (size_t)(VM_ERROR_MAX - n), ": make the VM smaller%s%s",
		  other ? lazy ? ", end another," : " or end another" : "",
		  lazy ? " or say \"overcommit\"" : "");
	return -ENOMEM;
}

static void forget(const struct vm_commit *c)
{
	struct vm_commit **at;

	for (at = &all; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			return;
		}
}

static int claim(const struct vm_config *cfg, struct vm_commit *c, char *err)
{
	for (; c->claimed < cfg->memory.count; c->claimed++) {
		const struct region *r = &cfg->memory.r[c->claimed];

		if (r->backing != BACKING_RESERVED && r->backing != BACKING_IDENTICAL)
			continue;
		if (memory_map_is_ram(r->hpa.v, r->size) &&
		    page_claim(r->hpa, r->size, &c->account))
			continue;
		scnprintf(
			err, VM_ERROR_MAX,
			"%s: /memory@%llx: host memory %#llx + %#llx is not free; choose another range",
			cfg->file, (unsigned long long)r->gpa.v, (unsigned long long)r->hpa.v,
			(unsigned long long)r->size);
		return -EBUSY;
	}
	return 0;
}

int vm_commit(struct vm *vm, char *err)
{
	struct vm_commit *c = vm->commit;
	u64 left = page_left_count() + vm->account->used;
	u64 lazy = region_pages(&vm->map, true), pages, host;

	/* One that is made again has all that it had. */
	if (c->account.limit)
		return 0;
	pages = fixed_pages(vm);
	host = HOST_PAGES_VM + (vm->cfg->nr_vcpus + 1) * HOST_PAGES_THREAD;
	if (!page_commit(&c->account, vm->cfg->overcommit ? pages : pages + lazy) ||
	    !host_commit(c, host))
		return refuse(vm, pages + host + (vm->cfg->overcommit ? 0 : lazy), left, err);
	c->account.limit = pages + lazy;
	c->cfg = vm->cfg;
	c->next = all;
	all = c;
	return claim(vm->cfg, c, err);
}

u64 vm_pages_besides_ram(const struct vm *vm)
{
	const struct region_map *map = &vm->map;
	u64 ram = READ_ONCE(vm->ram_pages);
	unsigned int i;

	for (i = 0; i < map->count; i++)
		if (map->r[i].backing == BACKING_RESERVED || map->r[i].backing == BACKING_IDENTICAL)
			ram += map->r[i].size >> PAGE_SHIFT;
	return vm->account->used - ram + vm->commit->host_pages;
}

/* How much there is, the description says: others have their turn in between. */
static void unclaim(const struct region *r, struct vm_commit *c)
{
	u64 at, n;

	for (at = 0; at < r->size; at += n) {
		n = min(r->size - at, (u64)UNCLAIM_PIECE);
		page_unclaim(hpa(r->hpa.v + at), n, &c->account);
		thread_make_room();
	}
}

void vm_commit_release(const struct vm_config *cfg, struct vm_commit *c)
{
	while (c->claimed) {
		const struct region *r = &cfg->memory.r[--c->claimed];

		if (r->backing == BACKING_RESERVED || r->backing == BACKING_IDENTICAL)
			unclaim(r, c);
	}
	slab_drain(&c->account);
	/* All of the VM is gone: nothing of its memory may be anywhere. */
	BUG_ON(c->account.used);
	BUG_ON(!page_commit(&c->account, 0));
	host_pages -= c->host_pages;
	forget(c);
	*c = (struct vm_commit){ .account.name = cfg->name };
}
