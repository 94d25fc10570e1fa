/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FDT_UTIL_H
#define FDT_UTIL_H

/* Trees to test with. Both libraries are in view; fdt_next_node() is Lodge's. */
#include <libfdt.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <shim.h>

int libfdt_next_node(const void *fdt, int offset, int *depth) __asm__("fdt_next_node");

struct blob {
	void *data;
	size_t size;
};

/* A copy in memory that ends where the tree does. */
struct blob blob_copy(const void *data, size_t size);
void blob_free(struct blob *b);

/* What a command prints; no data if it fails or is not there. */
struct blob blob_from_command(const char *command, const char *input);
/* What dtc makes of a source; skips the test where there is no dtc. */
struct blob blob_from_dts(const char *dts);
/* dtc reads @fdt without a warning; skips the test where there is no dtc. */
void assert_dtc_is_content(const void *fdt, size_t size);
/* What QEMU gives its own guests; skips the test where there is no QEMU. */
struct blob blob_from_qemu(const char *machine);
/* Nodes and properties at random, made by libfdt. */
struct blob blob_random(u64 *seed);

/* Calls all of the reader for all of a tree that passed fdt_check(). */
void blob_read_all(const void *fdt);

#endif
