// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/user.h>

/*
 * A kernel in small: for every paging mode of the CPU an address space with the
 * kernel's pages closed to user mode, a process in it, and timer ticks under both.
 */

#define TICK_US	    2000
#define TICKS	    5
#define USER_CHECKS 3 /* what the process exits with if all is well */

enum { SYS_TICKS = 153, SYS_BOGUS = 4242 };

/* ---- the process ---- */

static const char user_hello[] __user_rodata = "  process: hello from user mode\n";
static const char user_nosys[] __user_rodata = "  process: an unknown call gives ENOSYS\n";
static const char user_closed[] __user_rodata = "  process: the kernel's memory is out of reach\n";

/* Whether all of it was. */
static long __user_text say(const char *s, long n)
{
	return syscall(SYS_WRITE, 1, (unsigned long)s, (unsigned long)n) == n;
}

/* Exits with the number of checks that went well, each of which prints a line. */
static void __user_text __noinline user_main(unsigned long kernel_addr)
{
	long good = say(user_hello, sizeof(user_hello) - 1);

	if (syscall(SYS_BOGUS, 0, 0, 0) == -ENOSYS)
		good += say(user_nosys, sizeof(user_nosys) - 1);
	if (syscall(SYS_WRITE, 1, kernel_addr, 16) == -EFAULT)
		good += say(user_closed, sizeof(user_closed) - 1);
	while (syscall(SYS_TICKS, 0, 0, 0) < TICKS)
		;
	syscall(SYS_EXIT, (unsigned long)good, 0, 0);
}

/* First in the section, so that it is what USER_TEXT holds. */
static void __section(".user.text") __used user_start(void)
{
	user_main(ARCH_KERNEL_ADDR);
}

/* ---- pages ---- */

enum use { PAGE_FREE, PAGE_KERNEL, PAGE_TABLE, PAGE_TEXT, PAGE_STACK, NR_USES };

static const char *const use_names[NR_USES] = {
	"free", "kernel", "page table", "process: text", "process: stack",
};

#define MAX_PAGES 8192 /* of RAM managed; the rest is left alone */

static u8 page_use[MAX_PAGES];
static u64 first_page, nr_pages;

static void pages_init(void)
{
	u64 kernel_end = ram_free_start();

	first_page = platform.ram_base;
	nr_pages = min(platform.ram_size / PAGE_SIZE, (u64)MAX_PAGES);
	for (u64 i = 0; i < nr_pages; i++)
		page_use[i] = first_page + i * PAGE_SIZE < kernel_end ? PAGE_KERNEL : PAGE_FREE;
}

static u64 page_alloc(enum use use)
{
	for (u64 i = 0; i < nr_pages; i++) {
		u64 pa = first_page + i * PAGE_SIZE;

		if (page_use[i] == PAGE_FREE) {
			page_use[i] = (u8)use;
			memset((void *)pa, 0, PAGE_SIZE);
			return pa;
		}
	}
	printf("pgkernel: out of memory\n");
	arch_poweroff(false);
}

static u64 table_alloc(void)
{
	return page_alloc(PAGE_TABLE);
}

static void pages_free_process(void)
{
	for (u64 i = 0; i < nr_pages; i++)
		if (page_use[i] > PAGE_KERNEL)
			page_use[i] = PAGE_FREE;
}

static void pages_print(void)
{
	u64 i, run;

	printf("  %-12s%-12s%8s  %s\n", "first", "last", "pages", "use");
	for (i = 0; i < nr_pages; i += run) {
		for (run = 1; i + run < nr_pages && page_use[i + run] == page_use[i];)
			run++;
		printf("  0x%08lx  0x%08lx  %8lu  %s\n", first_page + i * PAGE_SIZE,
		       first_page + (i + run) * PAGE_SIZE - 1, run, use_names[page_use[i]]);
	}
}

/* ---- the kernel ---- */

static struct address_space as;
static volatile unsigned long ticks;

static void map_process(void)
{
	u64 size = (u64)(__user_end - __user_start);

	for (u64 off = 0; off < size; off += PAGE_SIZE) {
		u64 pa = page_alloc(PAGE_TEXT);

		memcpy((void *)pa, __user_start + off, PAGE_SIZE);
		as_map(&as, USER_TEXT + off, pa, PAGE_SIZE, MAP_R | MAP_X | MAP_U, 0);
	}
	for (u64 va = USER_STACK_TOP - USER_STACK_SIZE; va < USER_STACK_TOP; va += PAGE_SIZE)
		as_map(&as, va, page_alloc(PAGE_STACK), PAGE_SIZE, MAP_R | MAP_W | MAP_U, 0);
}

static long on_syscall(u64 nr, u64 a, u64 b, u64 c)
{
	switch (nr) {
	case SYS_WRITE:
		return user_write(&as, a, b, c);
	case SYS_EXIT:
		arch_user_exit((long)a);
	case SYS_TICKS:
		return (long)ticks;
	}
	return -ENOSYS;
}

static void on_tick(void)
{
	ticks++;
}

/* Return: whether the process in an address space of this mode did all it should. */
static bool run_in(const struct paging_mode *mode)
{
	long status;

	as_create(&as, mode, table_alloc);
	as_map_kernel(&as, first_page + nr_pages * PAGE_SIZE);
	if (!arch_paging_on(&as)) {
		printf("pgkernel: this CPU has no %s\n", mode->name);
		pages_free_process();
		return true;
	}
	map_process();
	arch_tlb_flush();
	printf("pgkernel: %s, kernel closed to user mode, process at 0x%lx\n", mode->name,
	       USER_TEXT);

	ticks = 0;
	tick_start(TICK_US, on_tick);
	status = arch_user_run(USER_TEXT, USER_STACK_TOP, on_syscall);
	tick_stop();

	printf("  process exited with %ld after %lu timer ticks, %lu page tables\n", status, ticks,
	       as.nr_tables);
	pages_print();
	arch_paging_off();
	pages_free_process();
	return status == USER_CHECKS && ticks >= TICKS;
}

int guest_main(void)
{
	bool good = true;

	printf("\npgkernel: a kernel with paging and a process, on %s\n", arch_name);
	pages_init();
	for (unsigned int i = arch_nr_paging_modes; i--;)
		good &= run_in(&arch_paging_modes[i]);
	printf("pgkernel: %s, powering off\n", good ? "all well" : "FAILED");
	return good ? 0 : 1;
}
