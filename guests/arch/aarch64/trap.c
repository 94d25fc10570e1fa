// SPDX-License-Identifier: Apache-2.0
#include <guest/code.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/trap.h>

extern char trap_vectors[];

static bool catching;
static struct trap_record caught;

void (*user_ecall)(struct trap_frame *f);
void (*user_fault)(struct trap_record r);

void trap_catch(void)
{
	caught = (struct trap_record){ 0 };
	catching = true;
	barrier();
}

struct trap_record trap_caught(void)
{
	barrier();
	catching = false;
	return caught;
}

/* Of an abort's fault status: what the guest's own tables can make of an address. */
static bool is_page_fault(u64 esr)
{
	u64 fsc = ESR_FSC(esr) & ~3UL;

	return fsc == FSC_TRANS || fsc == FSC_FLAG || fsc == FSC_PERM || fsc == FSC_ADDRESS;
}

static bool is_external(u64 esr)
{
	return ESR_FSC(esr) == FSC_EXTERNAL || (ESR_FSC(esr) & ~3UL) == FSC_EXT_WALK;
}

bool trap_is(struct trap_record r, enum trap_kind kind)
{
	u64 ec = ESR_EC(r.cause);
	bool fetch = ec == EC_IABT || ec == EC_IABT_LOW;
	bool data = ec == EC_DABT || ec == EC_DABT_LOW;
	bool store = r.cause & ESR_WNR;

	if (r.count != 1)
		return false;
	switch (kind) {
	case TRAP_UNDEFINED:
		return ec == EC_UNKNOWN;
	case TRAP_BREAKPOINT:
		return ec == EC_BRK64;
	case TRAP_SYSCALL:
		return ec == EC_SVC64;
	case TRAP_FETCH_PAGE:
		return fetch && is_page_fault(r.cause);
	case TRAP_NO_ADDRESS:
	case TRAP_LOAD_PAGE:
		return data && !store && is_page_fault(r.cause);
	case TRAP_STORE_PAGE:
		return data && store && is_page_fault(r.cause);
	case TRAP_FETCH_ACCESS:
		return fetch && is_external(r.cause);
	case TRAP_LOAD_ACCESS:
		return data && !store && is_external(r.cause);
	case TRAP_STORE_ACCESS:
		return data && store && is_external(r.cause);
	case TRAP_MISALIGNED:
		return ec == EC_PC_ALIGN || ec == EC_SP_ALIGN ||
		       (data && ESR_FSC(r.cause) == FSC_ALIGNMENT);
	}
	return false;
}

void trap_provoke(void)
{
	__asm__ volatile("brk #0" ::: "memory");
}

void trap_undefined_register(void)
{
	(void)sysreg_read(S3_0_C15_C0_0); /* nobody's own */
}

void trap_vector_set(u64 vector)
{
	sysreg_write(vbar_el1, vector ? vector : (u64)trap_vectors);
	isb();
}

void __noreturn trap_with_stack(u64 sp)
{
	__asm__ volatile("mov sp, %0; brk #0" ::"r"(sp));
	for (;;)
		;
}

static void __noreturn trap_fatal(const struct trap_frame *f)
{
	catching = false;
	printf("\nBail out! trap: vector %lu esr 0x%lx elr 0x%lx far 0x%lx spsr 0x%lx\n", f->vector,
	       f->esr, f->elr, f->far, f->spsr);
	for (int i = 0; i < 31; i++)
		printf("# x%-2d 0x%016lx%s", i, f->x[i], (i + 1) % 4 && i < 30 ? "  " : "\n");
	arch_poweroff(false);
}

/* Whether the instruction at @pc can be stepped over. */
static bool is_code(u64 pc)
{
	return pc - platform.ram_base < platform.ram_size;
}

static struct trap_record record_of(const struct trap_frame *f, u64 count)
{
	return (struct trap_record){ count, f->esr, f->far, f->elr };
}

static void trap_record(struct trap_frame *f)
{
	u64 ec = ESR_EC(f->esr);

	caught = record_of(f, caught.count + 1);
	if (ec == EC_IABT || ec == EC_IABT_LOW || ec == EC_PC_ALIGN || !is_code(f->elr))
		f->elr = f->x[30];
	else if (ec != EC_SVC64) /* which is behind it already */
		f->elr += 4;
}

/* Four kinds from each of four places: sync, IRQ, FIQ, SError. */
void trap_dispatch(struct trap_frame *f)
{
	if (f->vector % 4 == 1)
		irq_dispatch(f);
	else if (f->vector % 4)
		trap_fatal(f);
	else if ((ESR_EC(f->esr) == EC_SVC64 || ESR_EC(f->esr) == EC_SVC32) && user_ecall)
		user_ecall(f);
	else if (!(f->spsr & PSTATE_M) && user_fault)
		user_fault(record_of(f, 1));
	else if (catching)
		trap_record(f);
	else
		trap_fatal(f);
}

void code_write(u64 at, enum code code, u64 number)
{
	volatile u32 *insn = (u32 *)at;

	switch (code) {
	case CODE_RETURN:
		break;
	case CODE_RETURN_NUMBER:
		*insn++ = 0xd2800000 | (u32)number << 5; /* mov x0, #number */
		break;
	case CODE_LOAD32:
		*insn++ = 0xb9400000; /* ldr w0, [x0] */
		break;
	case CODE_UNDEFINED:
		*insn++ = 0;
		break;
	}
	*insn = 0xd65f03c0; /* ret */
}

/* What was written is in no data cache by now, as long as the MMU was off for it. */
void code_sync(void)
{
	__asm__ volatile("dsb ish; ic iallu; dsb ish; isb" ::: "memory");
}
