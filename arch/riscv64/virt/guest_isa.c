// SPDX-License-Identifier: Apache-2.0
/* What of the hart's instruction set a guest is told of. */
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/string.h>
#include <asm/cpu.h>
#include <asm/csr.h>
#include <asm/guest_fdt.h>
#include <asm/virt.h>

/* Extensions that need nothing of the host, or for which it does what they need. */
static const char *const allowed[] = {
	"za64rs",      "zaamo",	  "zabha",  "zacas",  "zalrsc", "zama16b",  "zawrs",
	"zba",	       "zbb",	  "zbc",    "zbkb",   "zbkc",	"zbkx",	    "zbs",
	"zca",	       "zcb",	  "zcd",    "zcmop",  "zfa",	"zfbfmin",  "zfh",
	"zfhmin",      "zic64b",  "zicbom", "zicbop", "zicboz", "ziccamoa", "ziccif",
	"zicclsm",     "ziccrse", "zicntr", "zicond", "zicsr",	"zifencei", "zihintntl",
	"zihintpause", "zimop",	  "zkn",    "zknd",   "zkne",	"zknh",	    "zks",
	"zksed",       "zksh",	  "zkt",    "zmmul",  "ztso",	"svinval",  "svnapot",
	"svvptc",
};

/* Those that have no other state than the vector registers. */
static const char *const allowed_vector[] = {
	"zvbb",	    "zvbc",	"zve32f", "zve32x",  "zve64d", "zve64f", "zve64x",
	"zvfbfmin", "zvfbfwma", "zvfh",	  "zvfhmin", "zvkb",   "zvkg",	 "zvkn",
	"zvknc",    "zvkned",	"zvkng",  "zvknha",  "zvknhb", "zvks",	 "zvksc",
	"zvksed",   "zvksg",	"zvksh",  "zvkt",
};

static char isa[512];

static void append(const char *s, size_t n)
{
	size_t at = strlen(isa);

	/* What does not fit is not offered; a name is never cut. */
	if (at + n < sizeof(isa)) {
		memcpy(isa + at, s, n);
		isa[at + n] = '\0';
	}
}

/* "rv64" and single letters: what the world switch saves, and no hypervisor extension. */
static const char *single_letters(const char *p)
{
	const char *known = riscv_has_fp ? "imafdcv" : "imac";
	const char *general = riscv_has_fp ? "imafd" : "ima";

	append(p, strnlen(p, 4));
	for (p += strnlen(p, 4); *p && *p != '_'; p++)
		if (*p == 'g')
			append(general, strlen(general));
		else if (strchr(known, *p))
			append(p, 1);
	return p;
}

static bool is_word(const char *ext, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(ext, word, n) == 0;
}

static bool is_in(const char *ext, size_t n, const char *const *list, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		if (is_word(ext, n, list[i]))
			return true;
	return false;
}

static bool is_allowed(const char *ext, size_t n)
{
	if (is_word(ext, n, "sstc"))
		return riscv_has_sstc;
	/* One of the two, as the firmware has set the hart up: a guest cannot choose. */
	if (is_word(ext, n, "svadu"))
		return csr_read(CSR_HENVCFG) & HENVCFG_ADUE;
	if (is_word(ext, n, "svade"))
		return !(csr_read(CSR_HENVCFG) & HENVCFG_ADUE);
	if (is_word(ext, n, "svpbmt"))
		return csr_read(CSR_HENVCFG) & HENVCFG_PBMTE;
	if (!riscv_has_fp && (strncmp(ext, "zf", 2) == 0 || is_word(ext, n, "zcd")))
		return false;
	return is_in(ext, n, allowed, ARRAY_SIZE(allowed)) ||
	       (riscv_isa_has("v") && is_in(ext, n, allowed_vector, ARRAY_SIZE(allowed_vector)));
}

const char *arch_guest_isa(void)
{
	const char *p;

	if (isa[0])
		return isa;
	p = single_letters(riscv_isa);
	while (*p == '_') {
		const char *ext = ++p;

		while (*p && *p != '_')
			p++;
		/* With its '_', which is in front of it. */
		if (is_allowed(ext, p - ext))
			append(ext - 1, p - ext + 1);
	}
	return isa;
}

/* The same as names one after the other: behind "rv64" each letter is one. */
static u32 isa_list(char *buf, size_t size)
{
	const char *p = arch_guest_isa();
	bool letters = true;
	u32 at = 0;

	for (p += strnlen(p, 4); *p && at + 2 < size; p++) {
		if (*p == '_') {
			if (!letters)
				buf[at++] = '\0';
			letters = false;
			continue;
		}
		buf[at++] = *p;
		if (letters)
			buf[at++] = '\0';
	}
	if (!letters)
		buf[at++] = '\0';
	return at;
}

void arch_guest_fdt_isa(struct fdt_writer *w)
{
	static const char *const sizes[] = {
		"riscv,cbom-block-size",
		"riscv,cbop-block-size",
		"riscv,cboz-block-size",
	};
	const void *fdt = host_fdt();
	int node = riscv_cpu_node(fdt);
	char list[sizeof(isa) + 32];
	unsigned int i;
	u32 val;

	if (node < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (fdt_prop_u32(fdt, node, sizes[i], &val) == 0)
			fdtw_u32(w, sizes[i], val);
	/* A list is complete, while riscv,isa leaves out what was once a part of "i". */
	if (fdt_prop(fdt, node, "riscv,isa-extensions", NULL)) {
		fdtw_string(w, "riscv,isa-base", "rv64i");
		fdtw_prop(w, "riscv,isa-extensions", list, isa_list(list, sizeof(list)));
	}
}

/* Of the formats that satp takes, vsatp takes the same. */
const char *arch_guest_mmu_type(void)
{
	static const struct {
		u64 mode;
		const char *name;
	} types[] = {
		{ ATP_MODE_57, "riscv,sv57" },
		{ ATP_MODE_48, "riscv,sv48" },
	};
	unsigned long flags = arch_irq_save();
	u64 old = csr_read(CSR_VSATP);
	const char *name = "riscv,sv39";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		csr_write(CSR_VSATP, types[i].mode << ATP_MODE_SHIFT);
		if (csr_read(CSR_VSATP) >> ATP_MODE_SHIFT == types[i].mode) {
			name = types[i].name;
			break;
		}
	}
	csr_write(CSR_VSATP, old);
	arch_irq_restore(flags);
	return name;
}
