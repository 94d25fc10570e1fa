// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's own page tables (AMD APM vol. 2, 5.2 and 5.3): none, two levels, PAE, four
 * levels or five. They are the guest's to change at any time, so each entry is read once, and
 * A and D are set only in what is still the same.
 */
#include <lodge/errno.h>
#include <lodge/vm.h>
#include <asm/layout.h>
#include <asm/processor.h>
#include <asm/vlapic.h>
#include <asm/walk.h>

#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

#define PTE_P	 BIT(0)
#define PTE_W	 BIT(1)
#define PTE_U	 BIT(2)
#define PTE_A	 BIT(5)
#define PTE_D	 BIT(6)
#define PTE_PS	 BIT(7)
#define PTE_NX	 BIT(63)
#define PTE_ADDR GENMASK(51, 12)

#define PTE_NO_LONG   GENMASK(62, 52) /* software's, but for PAE without long mode */
#define PTE_LARGE_PAT BIT(12)

#define PTE_PSE_RSV BIT(21)

/* Bits 31 to 22 of a 4 MiB page are where they are, bits 39 to 32 in 20 to 13 (5.2.3). */
#define PTE_PSE36(pte) ((GENMASK(31, 22) & (pte)) | (GENMASK(20, 13) & (pte)) << 19)

/* How the tables of a mode are built. */
struct table_format {
	unsigned int levels;
	unsigned int bits; /* of an address for each level */
	bool pae_root;	   /* the uppermost has four entries, without permissions */
	bool wide;
};

static struct table_format format_of(const struct x86_paging *p)
{
	if (!(p->cr0 & CR0_PG))
		return (struct table_format){ 0 };
	if (!(p->cr4 & CR4_PAE))
		return (struct table_format){ .levels = 2, .bits = 10 };
	if (!(p->efer & EFER_LMA))
		return (struct table_format){ .levels = 3,
					      .bits = 9,
					      .pae_root = true,
					      .wide = true };
	return (struct table_format){ .levels = p->cr4 & CR4_LA57 ? 5 : 4,
				      .bits = 9,
				      .wide = true };
}

static int page_fault(struct x86_fault *f, const struct x86_paging *p, u64 addr, u32 access,
		      u32 why)
{
	bool tells_fetch = (p->efer & EFER_NXE && p->cr4 & CR4_PAE) || p->cr4 & CR4_SMEP;

	*f = (struct x86_fault){
		.vector = X86_PF,
		.has_error = true,
		.error = why | (access & PF_W) | (tells_fetch ? access & PF_I : 0) |
			 (p->user ? PF_U : 0),
		.addr = addr,
	};
	return EMUL_FAULT;
}

/* What the entries on the way allow together. */
struct rights {
	bool write, user, nx;
};

static bool allowed(const struct x86_paging *p, u32 access, const struct rights *r)
{
	if (p->user) {
		if (!r->user)
			return false;
	} else if (r->user) {
		if (access & PF_I ? p->cr4 & CR4_SMEP : (p->cr4 & CR4_SMAP && !p->flags_ac))
			return false;
	}
	if (access & PF_W && !r->write && (p->user || p->cr0 & CR0_WP))
		return false;
	return !(access & PF_I && r->nx);
}

/* What a read of no memory gives; A and D are set, so it is never stored to. */
static u64 ones = ~0ul;

/* Where the entry at @at is in the host. */
static int entry_find(struct vm *vm, u64 at, bool wide, u64 **entry)
{
	struct block_seg seg;
	int n = vm_memory_segs(vm, gpa(at), wide ? 8 : 4, ACCESS_R, &seg, 1);

	if (n < 0 && n != -EFAULT)
		return n;
	*entry = n == 1 ? hpa_to_kva(seg.addr) : &ones;
	return 0;
}

static u64 entry_read(const u64 *e, bool wide)
{
	return wide ? READ_ONCE(*e) : READ_ONCE(*(const u32 *)e);
}

/* Sets @bits unless the entry has changed; in a ROM nothing changes, as with any store. */
static bool entry_mark(struct vm *vm, u64 at, u64 *e, u64 old, u64 bits, bool wide)
{
	u32 old32 = (u32)old;

	if ((old & bits) == bits || vm_memory_check(vm, gpa(at), wide ? 8 : 4, ACCESS_W))
		return true;
	if (wide)
		return __atomic_compare_exchange_n(e, &old, old | bits, false, __ATOMIC_RELAXED,
						   __ATOMIC_RELAXED);
	return __atomic_compare_exchange_n((u32 *)e, &old32, old32 | (u32)bits, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static bool is_leaf(const struct x86_paging *p, const struct table_format *t, unsigned int level,
		    u64 pte)
{
	if (level == 0)
		return true;
	if (!(pte & PTE_PS))
		return false;
	if (t->bits == 10)
		return p->cr4 & CR4_PSE;
	return level == 1 || (level == 2 && !t->pae_root);
}

/*
 * Bits of an entry of eight bytes that must be 0 (5.3, 5.4), as far as all processors agree on
 * them: of an address those that there are not, and those within a large page but for PAT.
 */
static u64 reserved_bits(const struct x86_paging *p, const struct table_format *t,
			 unsigned int level, bool leaf)
{
	u64 bits = PTE_ADDR & ~(BIT(x86_phys_bits()) - 1);

	if (t->pae_root)
		bits |= PTE_NO_LONG;
	if (!(p->efer & EFER_NXE) || (t->pae_root && level == 2))
		bits |= PTE_NX;
	if (level >= 3)
		bits |= PTE_PS;
	else if (leaf && level)
		bits |= (BIT(PAGE_SHIFT + level * t->bits) - 1) & PTE_ADDR & ~PTE_LARGE_PAT;
	return bits;
}

/* Of ones there always are some. */
static bool reserved(const struct x86_paging *p, const struct table_format *t, unsigned int level,
		     u64 pte)
{
	if (!t->wide)
		return level && p->cr4 & CR4_PSE && pte & PTE_PS && pte & PTE_PSE_RSV;
	return pte == ~0ul || pte & reserved_bits(p, t, level, is_leaf(p, t, level, pte));
}

static u64 leaf_address(const struct table_format *t, unsigned int level, u64 pte, u64 addr)
{
	u64 size = (u64)1 << (PAGE_SHIFT + level * t->bits);
	u64 base = !t->wide && level ? PTE_PSE36(pte) : pte & PTE_ADDR & ~(size - 1);

	return base | (addr & (size - 1));
}

/* Accessed in each entry, dirty in the last (5.4.2). The root of PAE has neither. */
static int mark(struct vm *vm, const struct x86_walk *w, const struct table_format *t, u32 access)
{
	unsigned int i;

	for (i = t->pae_root ? 1 : 0; i < w->levels; i++) {
		u64 bits = i == w->levels - 1 && access & PF_W ? PTE_A | PTE_D : PTE_A;

		if (!entry_mark(vm, w->at[i], w->entry[i], w->value[i], bits, t->wide))
			return EMUL_AGAIN;
	}
	return EMUL_DONE;
}

static u64 root_of(const struct x86_paging *p, const struct table_format *t)
{
	if (t->pae_root)
		return p->cr3 & GENMASK(31, 5);
	return p->cr3 & (t->wide ? PTE_ADDR : GENMASK(31, 12));
}

int x86_translate(struct vm *vm, const struct x86_paging *p, u64 addr, u32 access, u64 *gpa_out,
		  struct x86_fault *fault, struct x86_walk *walk)
{
	struct table_format t = format_of(p);
	struct rights r = { .write = true, .user = true };
	u64 table = root_of(p, &t), pte = 0;
	struct x86_walk own, *w = walk ? walk : &own;
	unsigned int level = t.levels;
	int rc;

	w->levels = 0;
	w->wide = t.wide;
	if (!t.levels) {
		*gpa_out = addr;
		return EMUL_DONE;
	}
	do {
		u64 index, at, *e;

		level--;
		index = addr >> (PAGE_SHIFT + level * t.bits) &
			(t.pae_root && level == 2 ? 3 : BIT(t.bits) - 1);
		at = table + index * (t.wide ? 8 : 4);
		rc = entry_find(vm, at, t.wide, &e);
		if (rc)
			return rc;
		pte = entry_read(e, t.wide);
		w->at[w->levels] = at;
		w->entry[w->levels] = e;
		w->value[w->levels++] = pte;
		if (!(pte & PTE_P))
			return page_fault(fault, p, addr, access, 0);
		if (reserved(p, &t, level, pte))
			return page_fault(fault, p, addr, access, PF_P | PF_RSV);
		if (!t.pae_root || level != 2) {
			r.write &= (pte & PTE_W) != 0;
			r.user &= (pte & PTE_U) != 0;
			r.nx |= t.wide && pte & PTE_NX;
		}
		table = pte & (t.wide ? PTE_ADDR : GENMASK(31, 12));
	} while (!is_leaf(p, &t, level, pte));
	if (!allowed(p, access, &r))
		return page_fault(fault, p, addr, access, PF_P);
	*gpa_out = leaf_address(&t, level, pte, addr);
	return mark(vm, w, &t, access);
}
