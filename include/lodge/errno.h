/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_ERRNO_H
#define LODGE_ERRNO_H

/* Linux's numbers, so that a reader's habits hold. */
#define EPERM	     1
#define ENOENT	     2
#define EIO	     5
#define ENXIO	     6
#define E2BIG	     7
#define ENOEXEC	     8
#define EAGAIN	     11
#define ENOMEM	     12
#define EACCES	     13
#define EFAULT	     14
#define EBUSY	     16
#define EEXIST	     17
#define ENODEV	     19
#define ENOTDIR	     20
#define EISDIR	     21
#define EINVAL	     22
#define ENFILE	     23
#define EFBIG	     27
#define ENOSPC	     28
#define EROFS	     30
#define ERANGE	     34
#define ENAMETOOLONG 36
#define ENOTEMPTY    39
#define EOVERFLOW    75
#define EOPNOTSUPP   95
#define ETIMEDOUT    110
#define EUCLEAN	     117 /* damaged data structure */
#define ECANCELED    125

/** errno_name() - what -@err or @err means, for a person. */
const char *errno_name(int err);

#endif
