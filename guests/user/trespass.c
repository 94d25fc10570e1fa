// SPDX-License-Identifier: Apache-2.0
#include "trespass.h"
#include "user.h"

/* Does one thing that no process may do. If it comes back from it, it exits with 1. */
long main(unsigned long arg)
{
	unsigned long at = arg & ~7UL;

	switch ((enum trespass)(arg & 7)) {
	case TRESPASS_LOAD:
		(void)*(volatile unsigned long *)at;
		break;
	case TRESPASS_STORE:
		*(volatile unsigned long *)at = 0;
		break;
	case TRESPASS_JUMP:
		((void (*)(void))at)();
		break;
	case TRESPASS_PRIVILEGED:
		privileged_insn();
		break;
	}
	return 1;
}
