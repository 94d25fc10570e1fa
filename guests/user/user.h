/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USER_USER_H
#define USER_USER_H

#include <guest/guest.h>
#include <guest/process.h>

/* What programs are linked with: start.S, printf() by way of SYS_WRITE, and functions for strings. */

/* Each has one. Return: the exit code. */
long main(unsigned long arg);

static inline long sys_write(unsigned long fd, unsigned long buf, unsigned long len)
{
	return syscall(SYS_WRITE, fd, buf, len);
}

#endif
