// SPDX-License-Identifier: Apache-2.0
#include "user/trespass.h"
#include <guest/code.h>
#include <guest/guest.h>
#include <guest/user.h>

/*
 * A monolithic kernel in small: one process after the other, each in an address space of its own,
 * which holds the kernel, too, but closed to it. What a process may not do ends the process.
 */

#define EXIT_CODE 42

extern const char program_hello[], program_hello_end[];
extern const char program_trespass[], program_trespass_end[];

/* ---- a process ---- */

struct process {
	struct address_space as;
	u64 entry, sp;
	bool crashed;
	long status;
	struct trap_record trap;
};

static struct process *running;

static u64 page_alloc(void)
{
	return (u64)ram_alloc(1);
}

/* What ram_alloc() never gives back is enough for all of them. */
static bool process_create(struct process *p, const char *file, const char *end, u64 arg)
{
	u64 page = 0;

	*p = (struct process){ .sp = USER_STACK_TOP - 16 };
	as_create(&p->as, &arch_paging_modes[0], page_alloc);
	as_map_kernel(&p->as, ram_free_end());
	for (u64 va = USER_STACK_TOP - USER_STACK_SIZE; va < USER_STACK_TOP; va += PAGE_SIZE) {
		page = page_alloc();
		as_map(&p->as, va, page, PAGE_SIZE, MAP_R | MAP_W | MAP_U, 0);
	}
	*(u64 *)(page + p->sp % PAGE_SIZE) = arg;
	return user_load(&p->as, file, (size_t)(end - file), &p->entry);
}

static long on_syscall(u64 nr, u64 a, u64 b, u64 c)
{
	switch (nr) {
	case SYS_WRITE:
		return user_write(&running->as, a, b, c);
	case SYS_EXIT:
		arch_user_exit((long)a);
	}
	return -ENOSYS;
}

static void on_fault(struct trap_record r)
{
	running->crashed = true;
	running->trap = r;
	user_leave(0);
}

static bool process_run(struct process *p, const char *file, const char *end, u64 arg)
{
	if (!process_create(p, file, end, arg)) {
		printf("mkernel: this is no program\n");
		return false;
	}
	running = p;
	user_fault = on_fault;
	code_sync();
	if (!arch_paging_on(&p->as)) {
		printf("mkernel: this CPU has no %s\n", p->as.mode->name);
		return false;
	}
	p->status = arch_user_run(p->entry, p->sp, on_syscall);
	arch_paging_off();
	return true;
}

/* ---- what they do, and how each is to end ---- */

static const struct {
	const char *what;
	enum trespass act;
	u64 at;
	enum trap_kind kind;
} trespasses[] = {
	{ "loads from the kernel", TRESPASS_LOAD, ARCH_KERNEL_ADDR, TRAP_LOAD_PAGE },
	{ "stores to the kernel", TRESPASS_STORE, ARCH_KERNEL_ADDR, TRAP_STORE_PAGE },
	{ "jumps to the kernel", TRESPASS_JUMP, ARCH_KERNEL_ADDR, TRAP_FETCH_PAGE },
	{ "loads from 0", TRESPASS_LOAD, 0, TRAP_LOAD_PAGE },
	{ "stores to its code", TRESPASS_STORE, USER_TEXT, TRAP_STORE_PAGE },
	{ "runs on its stack", TRESPASS_JUMP, USER_STACK_TOP - USER_STACK_SIZE, TRAP_FETCH_PAGE },
	{ "stores below its stack", TRESPASS_STORE, USER_STACK_TOP - USER_STACK_SIZE - 8,
	  TRAP_STORE_PAGE },
	{ "does what a kernel does", TRESPASS_PRIVILEGED, 0, TRAP_UNDEFINED },
};

static void print_end(const struct process *p)
{
	const struct trap_record *r = &p->trap;

	if (!p->crashed)
		printf("exited with %ld\n", p->status);
	else if (trap_is(*r, TRAP_LOAD_PAGE))
		printf("crashed at 0x%lx: it can't load from 0x%lx\n", r->epc, r->tval);
	else if (trap_is(*r, TRAP_STORE_PAGE))
		printf("crashed at 0x%lx: it can't store to 0x%lx\n", r->epc, r->tval);
	else if (trap_is(*r, TRAP_FETCH_PAGE))
		printf("crashed: it can't run at 0x%lx\n", r->tval);
	else
		printf("crashed at 0x%lx: exception 0x%lx\n", r->epc, r->cause);
}

static bool run_hello(void)
{
	struct process p;

	if (!process_run(&p, program_hello, program_hello_end, EXIT_CODE))
		return false;
	printf("mkernel: hello ");
	print_end(&p);
	return !p.crashed && p.status == EXIT_CODE;
}

static bool run_trespass(unsigned int i)
{
	u64 at = trespasses[i].at;
	struct process p;

	if (!process_run(&p, program_trespass, program_trespass_end, at | trespasses[i].act))
		return false;
	printf("mkernel: one that %s ", trespasses[i].what);
	print_end(&p);
	return p.crashed && trap_is(p.trap, trespasses[i].kind) &&
	       (trespasses[i].act == TRESPASS_PRIVILEGED || p.trap.tval == at);
}

int guest_main(void)
{
	bool good;

	printf("\nmkernel: a kernel with processes, on %s, paging %s\n", arch_name,
	       arch_paging_modes[0].name);
	good = run_hello();
	for (unsigned int i = 0; i < ARRAY_SIZE(trespasses); i++)
		good &= run_trespass(i);
	printf("mkernel: %s, powering off\n", good ? "all well" : "FAILED");
	return good ? 0 : 1;
}
