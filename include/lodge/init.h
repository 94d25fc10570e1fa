/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_INIT_H
#define LODGE_INIT_H

#include <lodge/types.h>

/* Written while the host starts, read-only afterwards. */
#define __ro_after_init __section(".ro_after_init")

/** lodge_main() - from the architecture's boot code, with the devicetree's address. */
__noreturn void lodge_main(hpa_t fdt);

/** host_fdt_init() - check the devicetree at @fdt, which becomes the host's. Return: it. */
const void *host_fdt_init(hpa_t fdt);
/** host_fdt() - the host's own tree, checked. */
const void *host_fdt(void);

/* Registers the name of a boot argument that is read here, such as "lodge.run". */
#define BOOTARG(id, name) \
	static const char *const __bootarg_##id __used __section(".bootargs") = name

/**
 * host_bootarg() - value of "NAME=" in the host's bootargs
 * @name: registered by BOOTARG()
 * Return: @buf with the value, cut to @size bytes; NULL if it is absent.
 */
const char *host_bootarg(const char *name, char *buf, size_t size);
/** bootarg_name() - the @n-th registered name; NULL after the last. */
const char *bootarg_name(unsigned int n);
/**
 * host_bootarg_unknown() - the @n-th of the host's bootargs that begins with "lodge." and
 * has no registered name
 * Return: @buf with the whole word, cut to @size bytes; NULL if there are no more.
 */
const char *host_bootarg_unknown(unsigned int n, char *buf, size_t size);

/* mm, in order */

/** memory_init() - find memory in @fdt and give it to the page allocator. */
void memory_init(const void *fdt);
/** hostmap_init() - make the final host page tables and switch to them. */
void hostmap_init(void);
/** hostmap_seal() - what is __ro_after_init becomes read-only. */
void hostmap_seal(void);

/* the rest of the core, in order */

/** time_init() - learn the counter's frequency. */
void time_init(const void *fdt);
/** threads_init() - what runs now becomes the idle thread of the boot CPU. */
void threads_init(void);

/** sanitizer_test() - commit the fault that the boot arguments ask for, if they do. */
void sanitizer_test(void);
/** lock_test() - misuse locks in the way that the boot arguments ask for, if they do. */
void lock_test(void);
/** call_test() - have all CPUs call each other, if the boot arguments ask for it. */
void call_test(void);

#endif
