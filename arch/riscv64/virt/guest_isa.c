/* SPDX-License-Identifier: Apache-2.0 */
/* What of the hart's instruction set a guest is told of. */
#include <lodge/init.h>
#include <lodge/string.h>
#include <asm/cpu.h>
#include <asm/csr.h>
#include <asm/guest_fdt.h>
#include <asm/virt.h>

/* Extensions that need nothing of the host, or for which it does what they need. */
static const char *const allowed[] = {
	"zicsr",  "zifencei", "zihintpause", "zihintntl", "zicbom",  "zicboz",	"zicbop",  "zicntr",
	"zfh",	  "zfhmin",   "zfa",	     "zawrs",	  "zacas",   "zba",	"zbb",	   "zbc",
	"zbs",	  "zbkb",     "zbkc",	     "zbkx",	  "zkn",     "zknd",	"zkne",	   "zknh",
	"zksed",  "zksh",     "zkt",	     "zca",	  "zcb",     "zcd",	"zimop",   "zcmop",
	"zicond", "zvbb",     "zvbc",	     "zvfh",	  "zvfhmin", "svinval", "svnapot", "svpbmt",
};

static char isa[256];

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
	for (; *p && *p != '_'; p++)
		if (strchr("rv64imafdc", *p))
			append(p, 1);
	return p;
}

static bool is_allowed(const char *ext, size_t n)
{
	unsigned int i;

	if (riscv_has_sstc && n == 4 && strncmp(ext, "sstc", 4) == 0)
		return true;
	for (i = 0; i < ARRAY_SIZE(allowed); i++)
		if (strlen(allowed[i]) == n && strncmp(ext, allowed[i], n) == 0)
			return true;
	return false;
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
		if (is_allowed(ext, p - ext)) {
			append("_", 1);
			append(ext, p - ext);
		}
	}
	return isa;
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
