/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_TYPES_H
#define LODGE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <lodge/compiler.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* Addresses of different spaces must not be mixed, so each has its own type. */
typedef struct {
	u64 v;
} gpa_t; /* guest-physical address */
typedef struct {
	u64 v;
} hpa_t; /* host-physical address */

static inline gpa_t gpa(u64 v)
{
	return (gpa_t){ v };
}

static inline hpa_t hpa(u64 v)
{
	return (hpa_t){ v };
}

/* What an allocator returns when it has nothing: page 0 is never allocated. */
#define HPA_NONE ((hpa_t){ 0 })

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)

#endif
