/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_KSYMS_H
#define LODGE_KSYMS_H

#include <lodge/types.h>

/** ksym_is_text() - whether @addr is in the host's program text. */
bool ksym_is_text(u64 addr);

/** ksym_print() - "address name+offset" of @addr on the console. */
void ksym_print(u64 addr);

#endif
