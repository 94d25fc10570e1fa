/* SPDX-License-Identifier: Apache-2.0 */
#include <arch/thread.h>

	.text
	.globl	thread_switch
thread_switch:
	addi	sp, sp, -8 * SWITCH_WORDS
	sd	ra, 8 * SWITCH_RETURN(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, (8 * \n + 8)(sp)
	.endr
	sd	sp, (a0)
	mv	sp, a1
	ld	ra, 8 * SWITCH_RETURN(sp)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, (8 * \n + 8)(sp)
	.endr
	addi	sp, sp, 8 * SWITCH_WORDS
	ret
