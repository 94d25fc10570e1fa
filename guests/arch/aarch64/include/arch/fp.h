/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

/* v0 to v31, two words each, FPCR and FPSR. */
#define FP_STATE    66
#define FP_CONTROLS 2

#endif
