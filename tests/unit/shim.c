// SPDX-License-Identifier: Apache-2.0
/* The host's services, as far as a unit test has any. */
#include <asm/cpu.h>
#include <asm/io.h>
#include <asm/irqflags.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <shim.h>
#include <unistd.h>

jmp_buf *shim_panic_env;
char shim_panic_message[256];
struct cpu *shim_this_cpu;
const struct shim_io *shim_io;
int shim_objects;
int shim_irqs_enabled;
bool shim_quiet;

static void print(const char *prefix, const char *fmt, va_list ap)
{
	char line[256];

	if (shim_quiet) {
		vsnprintf(line, sizeof(line), fmt, ap);
		return;
	}
	fputs(prefix, stderr);
	vfprintf(stderr, fmt, ap);
}

#define DEFINE_PRINTK(name, prefix)            \
	__weak void name(const char *fmt, ...) \
	{                                      \
		va_list ap;                    \
                                               \
		va_start(ap, fmt);             \
		print(prefix, fmt, ap);        \
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

/* Of aarch64 (asm/sysreg.h). */
void shim_isb(void);

__weak void shim_isb(void)
{
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

size_t shim_filter(const char *command, const void *in, size_t len, void *out, size_t room)
{
	char path[] = "/tmp/lodge-unit-XXXXXX", line[512];
	int fd = mkstemp(path);
	size_t size;
	FILE *p;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, in, len), len);
	close(fd);
	assert_in_range(snprintf(line, sizeof(line), "F=%s; (%s) <$F", path, command), 1,
			sizeof(line) - 1);
	p = popen(line, "r");
	assert_non_null(p);
	size = fread(out, 1, room, p);
	if (pclose(p))
		size = 0;
	unlink(path);
	return size;
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
