/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMUL_FIXTURE_H
#define EMUL_FIXTURE_H

/* What the tests of the x86 emulator share: a machine with a window of memory, and one with any. */
#include <asm/emulate.h>
#include <asm/processor.h>
#include <lodge/errno.h>
#include <shim.h>

/* ---- memory: one window, at its own address ---- */

#define WINDOW 4096

static u8 window[WINDOW] __aligned(WINDOW);
static unsigned int accesses;
static u64 fault_from; /* accesses at and above it fault; ~0 for none */

static int fault(struct emul *e, u64 addr)
{
	e->fault = (struct x86_fault){ .vector = X86_PF, .has_error = true, .addr = addr };
	return EMUL_FAULT;
}

static int touch(struct emul *e, u64 addr, unsigned int width)
{
	accesses++;
	if (addr + width > fault_from)
		return fault(e, addr);
	assert_true(addr >= (u64)window && addr + width <= (u64)window + WINDOW);
	return EMUL_DONE;
}

static int mem_check(struct emul *e, u64 addr, unsigned int width, enum emul_access why)
{
	return touch(e, addr, width);
}

static int mem_read(struct emul *e, u64 addr, unsigned int width, enum emul_access why, u64 *val)
{
	int rc = touch(e, addr, width);

	*val = 0;
	if (rc == EMUL_DONE)
		memcpy(val, (void *)addr, width);
	return rc;
}

static int mem_write(struct emul *e, u64 addr, unsigned int width, u64 val)
{
	int rc = touch(e, addr, width);

	if (rc == EMUL_DONE)
		memcpy((void *)addr, &val, width);
	return rc;
}

static u64 port_written;
static u16 port_number;

static int port_in(struct emul *e, u16 port, unsigned int width, u64 *val)
{
	port_number = port;
	*val = 0x1122334455667788 & width_mask(width);
	return EMUL_DONE;
}

static int port_out(struct emul *e, u16 port, unsigned int width, u64 val)
{
	port_number = port;
	port_written = port_written << 8 | val;
	return EMUL_DONE;
}

static u64 vectors[16][4];

static void vector_read(struct emul *e, unsigned int reg, u64 *val)
{
	memcpy(val, vectors[reg], 32);
}

static void vector_write(struct emul *e, unsigned int reg, const u64 *val, bool whole)
{
	memcpy(vectors[reg], val, whole ? 32 : 16);
}

static const struct emul_ops ops = { mem_check, mem_read,    mem_write,	  port_in,
				     port_out,	vector_read, vector_write };

struct machine {
	struct emul e;
	u64 gpr[NR_GPRS];
	struct x86_seg seg[NR_SEGS];
};

static inline void machine_init(struct machine *m, unsigned int mode)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < NR_SEGS; i++)
		m->seg[i] = (struct x86_seg){ .attrib = 0xc93, .limit = 0xffffffff };
	m->e = (struct emul){ .ops = &ops,
			      .gpr = m->gpr,
			      .seg = m->seg,
			      .rip = 0x1000,
			      .rflags = X86_FLAG_ONE,
			      .mode = mode,
			      .protected_mode = true,
			      .va_bits = 48,
			      .cr0 = CR0_PE | CR0_PG | CR0_ET,
			      .cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXSAVE,
			      .xcr0 = 7 };
	memset(window, 0, sizeof(window));
	fault_from = ~(u64)0;
	accesses = 0;
}

static inline int run(struct machine *m, const char *bytes, unsigned int n)
{
	struct insn i;

	assert_int_equal(insn_decode(&i, (const u8 *)bytes, n, m->e.mode), 0);
	return emul_execute(&m->e, &i);
}
#define RUN(m, bytes) run(m, bytes, sizeof(bytes) - 1)

/* ---- memory: everywhere, and some of it faults ---- */

static int any_check(struct emul *e, u64 addr, unsigned int width, enum emul_access why)
{
	accesses++;
	return addr % 7 ? EMUL_DONE : fault(e, addr);
}

static int any_read(struct emul *e, u64 addr, unsigned int width, enum emul_access why, u64 *val)
{
	*val = addr & width_mask(width);
	return any_check(e, addr, width, EMUL_READ);
}

static int any_write(struct emul *e, u64 addr, unsigned int width, u64 val)
{
	assert_true((val & ~width_mask(width)) == 0);
	return any_check(e, addr, width, EMUL_READ);
}

static const struct emul_ops any = { any_check, any_read,    any_write,	  port_in,
				     port_out,	vector_read, vector_write };

#endif
