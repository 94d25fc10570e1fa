/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libfdt has a function of the same name and another shape. A test that uses both
 * includes <libfdt.h> first; fdt_next_node() is Lodge's from here on.
 */
#define fdt_next_node lodge_fdt_next_node
#include_next <lodge/fdt.h>
