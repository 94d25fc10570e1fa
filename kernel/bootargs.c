// SPDX-License-Identifier: Apache-2.0
/*
 * What the firmware says of the host: its devicetree, and in it the boot arguments, which are words
 * NAME=VALUE. Those that do not begin with "lodge." are for others.
 */
#include <lodge/arch.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/string.h>

/* From the linker script: the names that BOOTARG() registers. */
extern const char *const __bootargs_start[], *const __bootargs_end[];

#define OURS "lodge."

static const void *boot_fdt;

const void *host_fdt_init(hpa_t fdt)
{
	boot_fdt = hpa_to_kva(fdt);
	/* The header says how long it is; the firmware is trusted to have put it in RAM. */
	if (!fdt.v || fdt.v > DIRECT_MAP_SIZE - MIB(2) || fdt_check(boot_fdt, MIB(2)))
		panic_plain("the firmware passed no valid devicetree (at %#lx)", fdt.v);
	return boot_fdt;
}

const void *host_fdt(void)
{
	return boot_fdt;
}

static const char *first_word(void)
{
	const void *fdt = host_fdt();
	int chosen = fdt_find_path(fdt, "/chosen");

	return chosen < 0 ? NULL : fdt_prop_string(fdt, chosen, "bootargs");
}

/* The length of the word at *@args, which moves to its first character; 0 at the end. */
static size_t next_word(const char **args)
{
	size_t len = 0;

	while (*args && **args == ' ')
		++*args;
	while (*args && (*args)[len] && (*args)[len] != ' ')
		len++;
	return len;
}

static const char *copy(const char *from, size_t len, char *buf, size_t size)
{
	len = min(len, size - 1);
	memcpy(buf, from, len);
	buf[len] = '\0';
	return buf;
}

static bool has_name(const char *word, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && word[n] == '=' && !strncmp(word, name, n);
}

const char *host_bootarg(const char *name, char *buf, size_t size)
{
	const char *args = first_word();
	size_t len;

	for (; (len = next_word(&args)); args += len)
		if (has_name(args, len, name))
			return copy(args + strlen(name) + 1, len - strlen(name) - 1, buf, size);
	return NULL;
}

const char *bootarg_name(unsigned int n)
{
	return n < (size_t)(__bootargs_end - __bootargs_start) ? __bootargs_start[n] : NULL;
}

static bool is_known(const char *word, size_t len)
{
	const char *name;
	unsigned int i;

	for (i = 0; (name = bootarg_name(i)); i++)
		if (has_name(word, len, name))
			return true;
	return false;
}

const char *host_bootarg_unknown(unsigned int n, char *buf, size_t size)
{
	const char *args = first_word();
	size_t len;

	for (; (len = next_word(&args)); args += len)
		if (!strncmp(args, OURS, strlen(OURS)) && !is_known(args, len) && !n--)
			return copy(args, len, buf, size);
	return NULL;
}
