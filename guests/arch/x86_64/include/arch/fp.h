/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

/* xmm0 to xmm15, two words each, and MXCSR. */
#define FP_STATE    33
#define FP_CONTROLS 1

#endif
