// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/paging.h>

extern char __data_start[];

static u64 level_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * level;
}

void as_create(struct address_space *as, const struct paging_mode *mode, u64 (*alloc)(void))
{
	*as = (struct address_space){ .mode = mode, .alloc = alloc, .nr_tables = 1 };
	as->root = alloc();
}

static u64 *slot(u64 table, u64 va, unsigned int level)
{
	return (u64 *)table + ((va >> level_shift(level)) & 511);
}

static void map_one(struct address_space *as, u64 va, u64 pa, u32 prot, unsigned int leaf)
{
	u64 table = as->root;
	u64 *pte;

	for (unsigned int level = as->mode->levels - 1; level > leaf; level--) {
		pte = slot(table, va, level);
		if (!arch_pte_valid(*pte)) {
			*pte = arch_pte_make_table(as->alloc());
			as->nr_tables++;
		}
		table = arch_pte_addr(*pte);
	}
	*slot(table, va, leaf) = arch_pte_make_leaf(pa, prot, leaf);
}

void as_map(struct address_space *as, u64 va, u64 pa, u64 size, u32 prot, unsigned int max_level)
{
	while (size) {
		unsigned int level = max_level;
		u64 step;

		while (level && (((va | pa) & (BIT(level_shift(level)) - 1)) ||
				 size < BIT(level_shift(level))))
			level--;
		step = min(size, (u64)BIT(level_shift(level)));
		map_one(as, va, pa, prot, level);
		va += step;
		pa += step;
		size -= step;
	}
}

void as_map_devices(struct address_space *as)
{
	if (platform.uart)
		as_map(as, platform.uart, platform.uart, PAGE_SIZE, MAP_R | MAP_W | MAP_D, 0);
	arch_map_devices(as);
}

void as_map_kernel(struct address_space *as, u64 end)
{
	u64 text = platform.ram_base & ~(u64)(MIB(2) - 1), data = (u64)__data_start;

	as_map(as, text, text, data - text, MAP_R | MAP_X, 1);
	as_map(as, data, data, end - data, MAP_R | MAP_W, 1);
	as_map_devices(as);
}

u64 *as_walk(struct address_space *as, u64 va, unsigned int *level)
{
	u64 table = as->root;
	u64 *pte;

	for (*level = as->mode->levels - 1;; (*level)--) {
		pte = slot(table, va, *level);
		if (!arch_pte_valid(*pte) || arch_pte_leaf(*pte, *level))
			return pte;
		table = arch_pte_addr(*pte);
	}
}

bool as_translate(struct address_space *as, u64 va, u32 prot, u64 *pa)
{
	unsigned int level;
	u64 pte = *as_walk(as, va, &level);

	if (!arch_pte_valid(pte) || !arch_pte_allows(pte, prot))
		return false;
	*pa = arch_pte_addr(pte) | (va & (BIT(level_shift(level)) - 1));
	return true;
}
