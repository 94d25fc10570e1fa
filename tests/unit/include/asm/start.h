/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_START_H
#define SHIM_START_H

/* x86_64's own: struct arch_vm has one, whatever a source is compiled for. */
#include "../../../../arch/x86_64/include/asm/start.h"

#endif
