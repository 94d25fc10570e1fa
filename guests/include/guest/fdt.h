/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_FDT_H
#define GUEST_FDT_H

#include <lodge/types.h>

/*
 * A reader of flattened device trees, as small as a guest can do with. A node is
 * the offset of its name; -1 means none.
 */

bool fdt_valid(const void *fdt);
int fdt_next_node(const void *fdt, int node); /* in tree order; -1 gives the root */
const char *fdt_node_name(const void *fdt, int node);
const void *fdt_prop(const void *fdt, int node, const char *name, int *len);
bool fdt_is_compatible(const void *fdt, int node, const char *compatible);
int fdt_find_compatible(const void *fdt, const char *compatible);
/* Cell @i of property @name, 0 if it has no such cell. */
u32 fdt_cell(const void *fdt, int node, const char *name, unsigned int i);
/* Two cells from @i on: root and soc of all boards have 64-bit addresses and sizes. */
u64 fdt_cell64(const void *fdt, int node, const char *name, unsigned int i);

#endif
