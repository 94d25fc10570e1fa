/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VCMOS_H
#define VIRT_VCMOS_H

/* Between the clock, vcmos.c, and what a PC's firmware leaves in its memory, vcmos_memory.c. */
#include <lodge/vm_config.h>

struct vdev;

#define CMOS_SIZE 128

/** vcmos_put_memory() - note in @mem, of CMOS_SIZE bytes, how much RAM a VM has. */
void vcmos_put_memory(const struct vm_config *cfg, u8 *mem);

/** vcmos_ns() - what time it shows, in nanoseconds since 1970; with interrupts on or off. */
u64 vcmos_ns(struct vdev *v);

#endif
