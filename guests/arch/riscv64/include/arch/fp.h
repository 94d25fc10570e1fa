/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

/* f0 to f31, and fcsr. */
#define FP_STATE    33
#define FP_CONTROLS 1

#endif
