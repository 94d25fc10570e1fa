/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_CODE_H
#define GUEST_CODE_H

#include <lodge/types.h>

/* Machine code that a guest writes for itself. */

enum code {
	CODE_RETURN,
	CODE_RETURN_NUMBER, /* the argument of code_write(), 11 bits */
	CODE_LOAD32,	    /* of the address it is called with; returns what is there */
	CODE_UNDEFINED,	    /* and a return behind it */
};

/* A function at @at, of CODE_MAX bytes or less. No CPU needs to see it yet. */
#define CODE_MAX 16
void code_write(u64 at, enum code code, u64 number);
/* What was written is what this CPU runs. */
void code_sync(void);

/* A loop of one undefined instruction, for a vector of exceptions. */
void code_bad_vector(void);

#endif
