/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_MEMORY_MAP_H
#define LODGE_MEMORY_MAP_H

#include <lodge/types.h>

typedef void (*memory_range_fn)(void *arg, u64 start, u64 end);

/** memory_map_for_each() - every range of RAM that the host may map. */
void memory_map_for_each(memory_range_fn fn, void *arg);

/** memory_map_is_ram() - whether all of [start, start + size) is in one range of RAM. */
bool memory_map_is_ram(u64 start, u64 size);

/** memory_map_overlaps() - whether any of [start, start + size) is RAM. */
bool memory_map_overlaps(u64 start, u64 size);

/** memory_report() - one line: what there is and what the host took. */
void memory_report(void);

#endif
