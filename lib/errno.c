// SPDX-License-Identifier: Apache-2.0
#include <lodge/errno.h>
#include <lodge/types.h>

const char *errno_name(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EPERM, "not allowed" },
		{ ENOENT, "not found" },
		{ EIO, "input or output failed" },
		{ ENXIO, "no such device or address" },
		{ E2BIG, "too long" },
		{ ENOEXEC, "not an executable" },
		{ EAGAIN, "try again" },
		{ ENOMEM, "out of memory" },
		{ EACCES, "access denied" },
		{ EFAULT, "bad address" },
		{ EBUSY, "busy" },
		{ EEXIST, "exists already" },
		{ ENODEV, "no such device" },
		{ ENOTDIR, "not a directory" },
		{ EISDIR, "is a directory" },
		{ EINVAL, "invalid" },
		{ ENFILE, "too many open" },
		{ EFBIG, "too large" },
		{ ENOSPC, "no space left" },
		{ EROFS, "read-only" },
		{ ERANGE, "out of range" },
		{ ENAMETOOLONG, "name too long" },
		{ ENOTEMPTY, "not empty" },
		{ EOVERFLOW, "overflow" },
		{ EOPNOTSUPP, "not supported" },
		{ ETIMEDOUT, "timed out" },
		{ EUCLEAN, "the file system is damaged" },
		{ ECANCELED, "cancelled" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == err || names[i].err == -err)
			return names[i].name;
	return "unknown error";
}
