// SPDX-License-Identifier: Apache-2.0
/* What this hart can do: asked of the hart where it can be, else of its tree. */
#include <lodge/arch.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/string.h>
#include <asm/cpu.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <asm/pgtable.h>
#include <asm/trap.h>

const char *riscv_isa = "";
bool riscv_has_sstc __ro_after_init;
bool riscv_has_stateen __ro_after_init;
bool riscv_has_fp __ro_after_init;
u32 riscv_shared_csrs __ro_after_init;

extern u64 early_root[];

/* Whether a CSR can be read. */
#define csr_exists(csr)                                     \
	({                                                  \
		u64 v_;                                     \
                                                            \
		try_insn("csrr %1, " __stringify(csr), v_); \
	})

bool riscv_csr_hypervisor(void)
{
	return csr_exists(CSR_HGATP);
}

/* Whether there are registers for doubles, by looking at one (fmv.x.d). */
static bool probe_fp(void)
{
	u64 v;
	bool ok;

	csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL);
	ok = try_insn(".insn r 0x53, 0, 0x71, %1, x0, x0", v);
	csr_clear(CSR_SSTATUS, SSTATUS_FS);
	return ok;
}

/* Words of @isa after the single letters are separated by '_'. */
bool riscv_isa_has(const char *ext)
{
	size_t n = strlen(ext);
	const char *p = riscv_isa;

	if (n == 1) {
		/* rv64 and then single letters up to the first '_'. */
		for (p += strnlen(p, 4); *p && *p != '_'; p++)
			if (*p == ext[0] || (*p == 'g' && strchr("imafd", ext[0])))
				return true;
		return false;
	}
	while ((p = strchr(p, '_'))) {
		p++;
		if (strncmp(p, ext, n) == 0 && (p[n] == '_' || p[n] == '\0'))
			return true;
	}
	return false;
}

int riscv_cpu_node(const void *fdt)
{
	int cpus = fdt_find_path(fdt, "/cpus");
	int node;

	if (cpus < 0)
		return cpus;
	for (node = fdt_first_child(fdt, cpus); node >= 0; node = fdt_next_sibling(fdt, node))
		if (fdt_prop_string(fdt, node, "riscv,isa"))
			break;
	return node;
}

/* Only what can be executed here counts: the firmware decides that (menvcfg.CBCFE). */
static u32 probe_cbom(const void *fdt, int node)
{
	u64 nothing;
	u32 size;

	if (node < 0 || !riscv_isa_has("zicbom") ||
	    fdt_prop_u32(fdt, node, "riscv,cbom-block-size", &size) || size < 8 ||
	    size > PAGE_SIZE || size & (size - 1) ||
	    !try_insn(".insn i 0x0f, 2, x0, %2, 2", nothing, "r"(&nothing)))
		return 0;
	return size;
}

#define PROBE(name, csr)     \
	if (csr_exists(csr)) \
		there |= BIT(name);

static u32 probe_shared_csrs(void)
{
	u32 there = 0;

	RISCV_SHARED_CSRS(PROBE)
	/* With F it is one of the FP registers, which are switched; with Zfinx it is all there is. */
	if (riscv_has_fp || !riscv_isa_has("zfinx"))
		there &= ~BIT(SHARED_FCSR);
	return there;
}

#define CLEAR_IF_THERE(csr)                \
	do {                               \
		if (csr_exists(csr))       \
			csr_write(csr, 0); \
	} while (0)

void riscv_guard_csrs(void)
{
	/* Guests have senvcfg, and nothing else of what Smstateen guards. */
	if (riscv_has_stateen) {
		csr_write(CSR_HSTATEEN0, HSTATEEN0_ENVCFG);
		/* Where firmware keeps these from Lodge, it keeps what they guard from guests. */
		CLEAR_IF_THERE(CSR_HSTATEEN1);
		CLEAR_IF_THERE(CSR_HSTATEEN2);
		CLEAR_IF_THERE(CSR_HSTATEEN3);
	}
	/* Interrupts that Lodge injects by hvip alone, in their default order. */
	CLEAR_IF_THERE(CSR_HVIEN);
	CLEAR_IF_THERE(CSR_HVICTL);
	CLEAR_IF_THERE(CSR_HVIPRIO1);
	CLEAR_IF_THERE(CSR_HVIPRIO2);
	CLEAR_IF_THERE(CSR_HCONTEXT);
}

void riscv_features_init(const void *fdt)
{
	int node = riscv_cpu_node(fdt);

	if (node >= 0)
		riscv_isa = fdt_prop_string(fdt, node, "riscv,isa");
	riscv_has_sstc = IS_ENABLED(CONFIG_RISCV64_SSTC) && csr_exists(CSR_STIMECMP);
	riscv_has_fp = probe_fp();
	riscv_has_stateen = csr_exists(CSR_HSTATEEN0);
	riscv_shared_csrs = probe_shared_csrs();
	riscv_cbom_block = probe_cbom(fdt, node);
}

/*
 * Whether satp takes @mode. A table of a deeper format with one entry, the last of its
 * root, leading to the tree in use keeps this code mapped while it is tried: every host
 * address has ones in the index bits that Sv48 and Sv57 add.
 */
static bool satp_mode_works(u64 mode, u64 *table)
{
	u64 old = csr_read(CSR_SATP);
	u64 new = mode << ATP_MODE_SHIFT | kva_to_hpa(table).v >> PAGE_SHIFT;
	bool works;

	csr_write(CSR_SATP, new);
	works = csr_read(CSR_SATP) == new;
	csr_write(CSR_SATP, old);
	__asm__ volatile("sfence.vma" ::: "memory");
	return works;
}

static u64 table_pte(const u64 *table)
{
	return kva_to_hpa(table).v >> PAGE_SHIFT << 10 | 1;
}

BOOTARG(mmu, "lodge.mmu");

const struct pgtable_format *arch_host_format(void)
{
	static u64 probe48[512] __aligned(4096), probe57[512] __aligned(4096);
	char buf[8];
	const char *most = host_bootarg("lodge.mmu", buf, sizeof(buf));

	probe48[511] = table_pte(early_root);
	probe57[511] = table_pte(probe48);
	/* "lodge.mmu=NAME" asks for no larger one. */
	if (most && strcmp(most, sv39.name) == 0)
		return &sv39;
	if ((!most || strcmp(most, sv48.name) != 0) && satp_mode_works(ATP_MODE_57, probe57))
		return &sv57;
	if (satp_mode_works(ATP_MODE_48, probe48))
		return &sv48;
	return &sv39;
}

void riscv_check_mmu(void)
{
	char buf[8];
	const char *most = host_bootarg("lodge.mmu", buf, sizeof(buf));

	if (most && strcmp(most, sv39.name) != 0 && strcmp(most, sv48.name) != 0 &&
	    strcmp(most, sv57.name) != 0)
		panic_plain("lodge.mmu=%s: use Sv39, Sv48 or Sv57", most);
}

static u64 satp_mode(const struct pgtable_format *fmt)
{
	return fmt == &sv57 ? ATP_MODE_57 : fmt == &sv48 ? ATP_MODE_48 : ATP_MODE_39;
}

u64 riscv_host_satp;
const char *riscv_host_format;

void arch_host_activate(const struct pgtable_format *fmt, hpa_t root)
{
	riscv_host_format = fmt->name;
	riscv_host_satp = satp_mode(fmt) << ATP_MODE_SHIFT | root.v >> PAGE_SHIFT;
	csr_write(CSR_SATP, riscv_host_satp);
	__asm__ volatile("sfence.vma" ::: "memory");
}
