// SPDX-License-Identifier: Apache-2.0
/* The host's services, as far as a unit test has any. */
#include <asm/cpu.h>
#include <asm/io.h>
#include <asm/irqflags.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <shim.h>

jmp_buf *shim_panic_env;
char shim_panic_message[256];
struct cpu *shim_this_cpu;
const struct shim_io *shim_io;
int shim_objects;
int shim_irqs_enabled;

#define DEFINE_PRINTK(name, prefix)            \
	__weak void name(const char *fmt, ...) \
	{                                      \
		va_list ap;                    \
                                               \
		fputs(prefix, stderr);         \
		va_start(ap, fmt);             \
		vfprintf(stderr, fmt, ap);     \
		va_end(ap);                    \
	}

DEFINE_PRINTK(printk, "")
DEFINE_PRINTK(pr_err, "lodge: error: ")
DEFINE_PRINTK(pr_warn, "lodge: warning: ")
DEFINE_PRINTK(pr_info, "lodge: ")
DEFINE_PRINTK(pr_debug, "lodge: debug: ")

__weak void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(shim_panic_message, sizeof(shim_panic_message), fmt, ap);
	va_end(ap);
	if (shim_panic_env)
		longjmp(*shim_panic_env, 1);
	fprintf(stderr, "panic: %s\n", shim_panic_message);
	abort();
}

__weak void *kmalloc(size_t size)
{
	shim_objects++;
	return malloc(size);
}

__weak void *kzalloc(size_t size)
{
	shim_objects++;
	return calloc(1, size);
}

__weak void kfree(void *p)
{
	shim_objects -= p != NULL;
	free(p);
}

/* Whoever it is charged to. */
__weak void *kmalloc_for(struct mem_account *acct, size_t size)
{
	return kmalloc(size);
}

__weak void *kzalloc_for(struct mem_account *acct, size_t size)
{
	return kzalloc(size);
}

__weak void kfree_for(struct mem_account *acct, void *p)
{
	kfree(p);
}

/* So that one test out of a program can be run. */
__attribute__((constructor)) static void set_filter(void)
{
	const char *pattern = getenv("TEST_FILTER");

	if (pattern && *pattern)
		cmocka_set_test_filter(pattern);
}

__weak void thread_make_room(void)
{
}
