/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_NOSPEC_H
#define LODGE_NOSPEC_H

/*
 * An index that a guest chose is compared with the array's size first, but a CPU may go on with it
 * before it knows the outcome, and leave a trace in the caches of what lies behind the array
 * (Spectre variant 1). So it is also masked, by what depends on the data and is not predicted.
 */
#include <lodge/types.h>
#include <asm/barrier.h>

#ifndef index_nospec
/* All ones if @index < @size, else 0; sizes are below 2^63. */
#ifndef index_mask_nospec
static __always_inline u64 index_mask_nospec(u64 index, u64 size)
{
	/* What the compiler knows of the index it would use to leave the mask out. */
	__asm__("" : "+r"(index));
	return (u64)(~(s64)(index | (size - 1 - index)) >> 63);
}
#endif

/** index_nospec() - @index where it is below @size, and 0 where it is not, speculation included. */
static __always_inline u64 index_nospec(u64 index, u64 size)
{
	return index & index_mask_nospec(index, size);
}
#endif

/**
 * index_wrap_nospec() - @index where it is below @size, a constant power of two, and else something
 * that is, speculation included
 */
#define index_wrap_nospec(index, size)                                               \
	({                                                                           \
		__typeof__(index) wrap_ = (index);                                   \
                                                                                     \
		static_assert(!((size) & ((size) - 1)), "wraps at powers of two");   \
		/* As above: after a comparison the AND would seem to do nothing. */ \
		__asm__("" : "+r"(wrap_));                                           \
		((size) - 1) & wrap_;                                                \
	})

#endif
