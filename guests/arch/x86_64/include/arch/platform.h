/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_PLATFORM_H
#define ARCH_PLATFORM_H

#include <guest/guest.h>

/* Fills @p from PVH start information and ACPI's tables, and measures the clocks. */
void x86_platform_init(struct platform *p, const void *info);

#endif
