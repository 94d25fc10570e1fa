/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

/* What switch.S keeps on a stack: so many words, and which of them is the return address. */
#define SWITCH_WORDS  8
#define SWITCH_RETURN 6

#endif
