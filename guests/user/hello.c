// SPDX-License-Identifier: Apache-2.0
#include "user.h"

/*
 * A process that tries what there is: its memory, its two system calls, and what they have to
 * refuse. Exits with its argument if all is as it should be, and with 1 if not.
 */

extern const char _start[];

#define INITIAL 0x6c6f646765

static volatile unsigned long initialised = INITIAL, zeroed;
static const char text[] = "hello: this line comes by write, from user mode\n";
static bool good = true;

static void expect(long got, long want)
{
	printf("%ld%s", got, got == want ? "\n" : ", which is WRONG\n");
	good &= got == want;
}

static void memory(void)
{
	unsigned long bottom = USER_STACK_TOP - USER_STACK_SIZE;
	volatile unsigned long *p = (unsigned long *)bottom;

	printf("hello: my code is at 0x%lx, my stack from 0x%lx to 0x%lx\n", (unsigned long)_start,
	       bottom, USER_STACK_TOP);
	good &= (unsigned long)_start == USER_TEXT;
	/* All of the stack: the words below what is in use are nobody's. */
	for (; (unsigned long)p < USER_STACK_TOP - KIB(4); p++) {
		good &= *p == 0;
		*p = 1;
	}
	good &= initialised == INITIAL && zeroed == 0;
	initialised = zeroed = 1;
}

static void unknown(long nr)
{
	printf("hello: system call %ld: ", nr);
	expect(syscall((unsigned long)nr, 1, (unsigned long)text, 1), -ENOSYS);
}

static void bad_pointer(const char *what, unsigned long buf, unsigned long len)
{
	printf("hello: write from %s: ", what);
	expect(sys_write(1, buf, len), -EFAULT);
}

long main(unsigned long arg)
{
	long n = sizeof(text) - 1;

	good &= sys_write(1, (unsigned long)text, (unsigned long)n) == n;
	memory();
	unknown(4242);
	unknown(0);
	unknown(-1);

	bad_pointer("0", 0, 1);
	bad_pointer("the kernel", ARCH_KERNEL_ADDR, 16);
	bad_pointer("behind the stack", USER_STACK_TOP, 1);
	bad_pointer("the stack's end on", USER_STACK_TOP - 8, 16);
	bad_pointer("below the stack", USER_STACK_TOP - USER_STACK_SIZE - 8, 8);
	bad_pointer("here to the end of all", (unsigned long)text, -(unsigned long)text);
	bad_pointer("here, more than there is", (unsigned long)text, ~0UL);
	bad_pointer("no address", (unsigned long)text | 1UL << 62, 8);
	printf("hello: write of nothing: ");
	expect(sys_write(1, (unsigned long)text, 0), 0);
	printf("hello: write to a file that is not open: ");
	expect(sys_write(7, (unsigned long)text, 1), -EBADF);
	return good ? (long)arg : 1;
}
