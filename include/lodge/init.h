/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_INIT_H
#define LODGE_INIT_H

#include <lodge/types.h>

/* Written while the host starts, read-only afterwards. */
#define __ro_after_init __section(".ro_after_init")

/** lodge_main() - from the architecture's boot code, with the devicetree's address. */
__noreturn void lodge_main(hpa_t fdt);

/** host_fdt() - the host's own tree, checked. */
const void *host_fdt(void);
/** host_bootarg() - value of "NAME=" in the host's bootargs, copied to @buf; NULL if absent. */
const char *host_bootarg(const char *name, char *buf, size_t size);

/* mm: find memory in the tree and hand it to the allocators; the final host tables. */
void memory_init(const void *fdt);
void hostmap_init(void);
void hostmap_seal(void); /* what is read-only after init becomes so */

/* the rest of the core, in order */
void time_init(const void *fdt);
void threads_init(void);

/* virt: what the boot thread does when the host is up; never returns. */
__noreturn void boot_vms(void);

#endif
