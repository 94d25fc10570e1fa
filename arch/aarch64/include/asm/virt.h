/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VIRT_H
#define ASM_VIRT_H

void arm64_guest_cpu_init(void);

#endif
