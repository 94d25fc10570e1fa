// SPDX-License-Identifier: Apache-2.0
#include <guest/fdt.h>
#include <guest/paging.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * What the ISA string names can be used: what needs the hypervisor's leave above all,
 * and one instruction of some others. By number, as not every assembler knows them.
 */

#define CSR_SENVCFG	   0x10a
#define SENVCFG_CBIE_FLUSH BIT(4)
#define SENVCFG_CBCFE	   BIT(6)
#define SENVCFG_CBZE	   BIT(7)

#define PTE_A	    BIT(6)
#define PTE_D	    BIT(7)
#define PTE_N	    BIT(63)
#define PTE_PBMT_NC BIT(61)

#define VA 0x1000000000UL

static const void *fdt;
static int cpu;

static bool has(const char *ext)
{
	if (str_has_word(platform.isa, ext, "_"))
		return true;
	tap_skip("no %s", ext);
	return false;
}

/* No exception, between trap_catch() and here. */
static bool quiet(void)
{
	struct trap_record r = trap_caught();

	if (r.count)
		tap_note("%lu traps, cause %lu, tval 0x%lx", r.count, r.cause, r.tval);
	return !r.count;
}

/* An R-type instruction. */
#define INSN_R(opcode, funct3, funct7, a, b)                                                 \
	({                                                                                   \
		u64 insn_rd;                                                                 \
		__asm__ volatile(".insn r " #opcode ", " #funct3 ", " #funct7 ", %0, %1, %2" \
				 : "=r"(insn_rd)                                             \
				 : "r"((u64)(a)), "r"((u64)(b))                              \
				 : "memory");                                                \
		insn_rd;                                                                     \
	})
#define RAW(word) __asm__ volatile(".4byte " #word ::: "memory")

/* ---- cache blocks ---- */

static u8 block[4096] __aligned(4096);

/* a0: the block. Runs in user mode, too. */
void isa_cbo_zero(void);
void isa_cbo_clean(void);
void isa_cbo_flush(void);

__asm__(".pushsection .text\n"
	"isa_cbo_zero: la a0, block; .4byte 0x0045200f; ecall\n"
	"isa_cbo_clean: la a0, block; .4byte 0x0015200f; ecall\n"
	"isa_cbo_flush: la a0, block; .4byte 0x0025200f; ecall\n"
	".popsection\n");

static u8 user_stack[1024] __aligned(16);

static void on_user_ecall(struct trap_frame *f)
{
	(void)f;
	user_leave(0);
}

static struct trap_record in_user(void (*fn)(void))
{
	user_ecall = on_user_ecall;
	trap_catch();
	user_enter((u64)fn, (u64)user_stack + sizeof(user_stack));
	return trap_caught();
}

static bool zeroed(u32 size)
{
	for (u32 i = 0; i < sizeof(block); i++)
		if (block[i] != (i < size ? 0 : 0xa5))
			return false;
	return true;
}

static void zicboz(void)
{
	u32 size = fdt_cell(fdt, cpu, "riscv,cboz-block-size", 0);

	if (!has("zicboz"))
		return;
	tap_ok(size >= 16 && size < sizeof(block), "zicboz: its block size is told");
	memset(block, 0xa5, sizeof(block));
	trap_catch();
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 4" ::"r"(block) : "memory");
	tap_ok(quiet() && zeroed(size), "zicboz: cbo.zero zeroes one block");

	trap_catch();
	csr_write(CSR_SENVCFG, 0);
	tap_ok(quiet(), "zicboz: senvcfg is there");
	tap_eq(in_user(isa_cbo_zero).cause, CAUSE_ILLEGAL, "zicboz: it keeps it from user mode");
	memset(block, 0xa5, sizeof(block));
	csr_write(CSR_SENVCFG, SENVCFG_CBZE);
	tap_ok(!in_user(isa_cbo_zero).count && zeroed(size), "zicboz: and lets it have it");
	csr_write(CSR_SENVCFG, 0);
}

static void zicbom(void)
{
	u32 size = fdt_cell(fdt, cpu, "riscv,cbom-block-size", 0);

	if (!has("zicbom"))
		return;
	tap_ok(size >= 16 && size < sizeof(block), "zicbom: its block size is told");
	memset(block, 0xa5, sizeof(block));
	trap_catch();
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 1\n"
			 ".insn i 0x0f, 2, x0, %0, 2\n" ::"r"(block)
			 : "memory");
	tap_ok(quiet() && zeroed(0), "zicbom: cbo.clean and cbo.flush");
	/* The hypervisor has it flush: what was under the block is not the guest's to see. */
	trap_catch();
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 0" ::"r"(block) : "memory");
	tap_ok(quiet() && zeroed(0), "zicbom: cbo.inval loses nothing");
	csr_write(CSR_SENVCFG, SENVCFG_CBIE_FLUSH | SENVCFG_CBCFE);
	tap_ok(!in_user(isa_cbo_clean).count && !in_user(isa_cbo_flush).count,
	       "zicbom: in user mode, where senvcfg lets it");
	csr_write(CSR_SENVCFG, 0);
}

/* ---- paging ---- */

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

static bool paging_on(struct address_space *as)
{
	as_create(as, &arch_paging_modes[0], page);
	as_map(as, platform.ram_base, platform.ram_base, ram_free_end() - platform.ram_base,
	       MAP_R | MAP_W | MAP_X, 1);
	as_map(as, platform.uart, platform.uart, PAGE_SIZE, MAP_R | MAP_W, 0);
	return arch_paging_on(as);
}

/* Stores through @pte of the page at VA, with these bits @set and @clear in it. */
static struct trap_record store_through(struct address_space *as, u64 set, u64 clear)
{
	unsigned int level;
	u64 *pte = as_walk(as, VA, &level);

	*pte = (*pte | set) & ~clear;
	arch_tlb_flush();
	trap_catch();
	*(volatile u64 *)VA = 1;
	return trap_caught();
}

static void svpbmt(struct address_space *as)
{
	struct trap_record r = store_through(as, PTE_PBMT_NC, 0);

	if (str_has_word(platform.isa, "svpbmt", "_"))
		tap_ok(!r.count, "svpbmt: a page that is not cached");
	else
		tap_ok(!r.count || r.cause == CAUSE_STORE_PAGE, "no svpbmt: reserved bits");
	store_through(as, 0, PTE_PBMT_NC);
}

static void dirty_bits(struct address_space *as)
{
	struct trap_record r = store_through(as, 0, PTE_A | PTE_D);
	unsigned int level;
	bool set = (*as_walk(as, VA, &level) & (PTE_A | PTE_D)) == (PTE_A | PTE_D);

	tap_note("A and D bits: %s", r.count ? "a page fault" : "set by the hart");
	if (str_has_word(platform.isa, "svadu", "_"))
		tap_ok(!r.count && set, "svadu: the hart sets A and D");
	else if (str_has_word(platform.isa, "svade", "_"))
		tap_ok(r.cause == CAUSE_STORE_PAGE, "svade: the hart does not set A and D");
	else
		tap_ok(r.count ? r.cause == CAUSE_STORE_PAGE : set, "A and D are set, or fault");
	store_through(as, PTE_A | PTE_D, 0);
}

/* 64 KiB in one entry of the TLB: 16 equal entries with bit 3 of the page number set. */
static void svnapot(struct address_space *as)
{
	u64 pa = (u64)ram_alloc(16), va = VA + MIB(1);
	bool good = true;

	if (!has("svnapot"))
		return;
	for (u64 i = 0; i < 16; i++) {
		unsigned int level;
		u64 *pte;

		as_map(as, va + i * PAGE_SIZE, pa, PAGE_SIZE, MAP_R | MAP_W, 0);
		pte = as_walk(as, va + i * PAGE_SIZE, &level);
		*pte |= PTE_N | BIT(10 + 3);
	}
	arch_tlb_flush();
	trap_catch();
	for (u64 i = 0; i < 16; i++)
		*(volatile u64 *)(va + i * PAGE_SIZE) = i + 1;
	for (u64 i = 0; i < 16; i++)
		good &= *(volatile u64 *)(pa + i * PAGE_SIZE) == i + 1;
	tap_ok(quiet() && good, "svnapot: 64 KiB pages");
}

static void svinval(void)
{
	if (!has("svinval"))
		return;
	trap_catch();
	RAW(0x18000073); /* sfence.w.inval */
	RAW(0x16000073); /* sinval.vma zero, zero */
	RAW(0x18100073); /* sfence.inval.ir */
	tap_ok(quiet(), "svinval: its three instructions");
}

static void paging(void)
{
	struct address_space as;

	if (!paging_on(&as))
		return;
	as_map(&as, VA, page(), PAGE_SIZE, MAP_R | MAP_W, 0);
	svpbmt(&as);
	dirty_bits(&as);
	svnapot(&as);
	svinval();
	arch_paging_off();
}

/* ---- instructions ---- */

static u64 word = 5;

static void zacas(void)
{
	u64 old = 5;

	if (!has("zacas"))
		return;
	trap_catch();
	__asm__ volatile(".insn r 0x2f, 3, 0x14, %0, %1, %2"
			 : "+r"(old)
			 : "r"(&word), "r"(9UL)
			 : "memory");
	tap_ok(quiet() && old == 5 && word == 9, "zacas: amocas.d");
}

static void zabha(void)
{
	word = 0x1ff;
	if (!has("zabha"))
		return;
	trap_catch();
	tap_ok(INSN_R(0x2f, 0, 0, &word, 1) == ~0UL && quiet() && word == 0x100, "zabha: amoadd.b");
}

static void zawrs(void)
{
	if (!has("zawrs"))
		return;
	trap_catch();
	for (int i = 0; i < 100; i++) {
		__asm__ volatile("lr.d zero, (%0)" ::"r"(&word) : "memory");
		RAW(0x00d00073); /* wrs.nto */
		__asm__ volatile("lr.d zero, (%0)" ::"r"(&word) : "memory");
		RAW(0x01d00073); /* wrs.sto */
	}
	tap_ok(quiet(), "zawrs: wrs.nto and wrs.sto end");
}

#define WORKS(ext, want, ...)                                           \
	do {                                                            \
		if (has(ext)) {                                         \
			u64 got;                                        \
			trap_catch();                                   \
			got = __VA_ARGS__;                              \
			tap_ok(quiet() && got == (want), ext " works"); \
		}                                                       \
	} while (0)

static void arithmetic(void)
{
	WORKS("zba", 13, INSN_R(0x33, 2, 0x10, 5, 3));		 /* sh1add */
	WORKS("zbb", 4, INSN_R(0x33, 7, 0x20, 6, 3));		 /* andn */
	WORKS("zbc", 15, INSN_R(0x33, 1, 0x05, 5, 3));		 /* clmul */
	WORKS("zbs", 13, INSN_R(0x33, 1, 0x14, 5, 3));		 /* bset */
	WORKS("zbkb", 0x300000005, INSN_R(0x33, 4, 0x04, 5, 3)); /* pack */
	WORKS("zicond", 5, INSN_R(0x33, 5, 0x07, 5, 3));	 /* czero.eqz */
	WORKS("zimop", 0, INSN_R(0x73, 4, 0x41, 5, 3));		 /* mop.rr.0 */
}

/* ---- the list ---- */

/* riscv,isa-extensions has what riscv,isa has, name by name. */
static void list(void)
{
	int len = 0, n = 0;
	const char *names = fdt_prop(fdt, cpu, "riscv,isa-extensions", &len);
	bool good = true;

	if (!names) {
		tap_skip("no riscv,isa-extensions");
		return;
	}
	for (const char *s = names; s < names + len; s += strlen(s) + 1, n++) {
		if (strlen(s) > 1)
			good &= str_has_word(platform.isa, s, "_");
		else
			good &= platform.isa[4 + n] == s[0];
	}
	tap_ok(good && n > 5, "riscv,isa-extensions is as riscv,isa");
	for (const char *p = platform.isa; *p; p++)
		n -= *p == '_';
	for (const char *p = platform.isa + 4; *p && *p != '_'; p++)
		n--;
	tap_eq((u64)n, 0, "and has all of it");
}

int guest_main(void)
{
	fdt = platform.fdt;
	cpu = -1;
	while ((cpu = fdt_next_node(fdt, cpu)) >= 0)
		if (!strcmp(fdt_node_name(fdt, cpu), "cpu@0"))
			break;
	tap_note("isa %s", platform.isa);
	list();
	zicboz();
	zicbom();
	paging();
	zacas();
	zabha();
	zawrs();
	arithmetic();
	return tap_done();
}
