// SPDX-License-Identifier: Apache-2.0
#include <guest/code.h>
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/trap.h>

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

bool trap_is(struct trap_record r, enum trap_kind kind)
{
	static const u8 causes[] = {
		[TRAP_UNDEFINED] = CAUSE_ILLEGAL,	  [TRAP_BREAKPOINT] = CAUSE_BREAKPOINT,
		[TRAP_SYSCALL] = CAUSE_ECALL_U,		  [TRAP_FETCH_PAGE] = CAUSE_FETCH_PAGE,
		[TRAP_LOAD_PAGE] = CAUSE_LOAD_PAGE,	  [TRAP_STORE_PAGE] = CAUSE_STORE_PAGE,
		[TRAP_FETCH_ACCESS] = CAUSE_FETCH_ACCESS, [TRAP_LOAD_ACCESS] = CAUSE_LOAD_ACCESS,
		[TRAP_NO_ADDRESS] = CAUSE_LOAD_PAGE,	  [TRAP_STORE_ACCESS] = CAUSE_STORE_ACCESS,
		[TRAP_MISALIGNED] = CAUSE_LOAD_MISALIGN,
	};

	if (kind == TRAP_MISALIGNED && r.cause == CAUSE_STORE_MISALIGN)
		return r.count == 1;
	return r.count == 1 && r.cause == causes[kind];
}

void trap_provoke(void)
{
	__asm__ volatile("ebreak" ::: "memory");
}

void trap_undefined_register(void)
{
	(void)csr_read(0x600); /* hstatus */
}

void trap_vector_set(u64 vector)
{
	csr_write(stvec, vector);
}

void __noreturn trap_with_stack(u64 sp)
{
	__asm__ volatile("mv sp, %0; ebreak" ::"r"(sp));
	for (;;)
		;
}

static void __noreturn trap_fatal(const struct trap_frame *f)
{
	catching = false;
	printf("\nBail out! trap: scause 0x%lx sepc 0x%lx stval 0x%lx sstatus 0x%lx\n", f->scause,
	       f->sepc, f->stval, f->sstatus);
	for (int i = 1; i < 32; i++)
		printf("# x%-2d 0x%016lx%s", i, f->x[i], i % 4 && i < 31 ? "  " : "\n");
	arch_poweroff(false);
}

static u64 insn_len(u64 pc)
{
	return (*(const volatile u16 *)pc & 3) == 3 ? 4 : 2;
}

/* Whether the instruction at @pc is memory that can be looked at. */
static bool is_code(u64 pc)
{
	return pc - platform.ram_base < platform.ram_size;
}

static struct trap_record record_of(const struct trap_frame *f, u64 count)
{
	return (struct trap_record){ count, f->scause, f->stval, f->sepc };
}

static void trap_record(struct trap_frame *f)
{
	caught = record_of(f, caught.count + 1);
	if (f->scause == CAUSE_FETCH_ACCESS || f->scause == CAUSE_FETCH_PAGE ||
	    f->scause == CAUSE_FETCH_MISALIGN || !is_code(f->sepc))
		f->sepc = f->x[1];
	else
		f->sepc += insn_len(f->sepc);
}

void trap_dispatch(struct trap_frame *f)
{
	if (f->scause & CAUSE_INTERRUPT) {
		if (!irq_dispatch(f))
			trap_fatal(f);
	} else if (f->scause == CAUSE_ECALL_U && user_ecall) {
		user_ecall(f);
	} else if (!(f->sstatus & SSTATUS_SPP) && user_fault) {
		user_fault(record_of(f, 1));
	} else if (catching) {
		trap_record(f);
	} else {
		trap_fatal(f);
	}
}

__asm__(".pushsection .text\n"
	"	.balign 4\n"
	"	.globl code_bad_vector\n"
	"code_bad_vector:\n"
	"	.4byte 0\n"
	".popsection\n");

void code_write(u64 at, enum code code, u64 number)
{
	volatile u32 *insn = (u32 *)at;

	switch (code) {
	case CODE_RETURN:
		break;
	case CODE_RETURN_NUMBER:
		*insn++ = (u32)number << 20 | 0x513; /* li a0, number */
		break;
	case CODE_LOAD32:
		*insn++ = 0x00052503; /* lw a0, (a0) */
		break;
	case CODE_UNDEFINED:
		*insn++ = 0xffffffff;
		break;
	}
	*insn = 0x00008067; /* ret */
}

void code_sync(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}
