/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_COMPILER_H
#define LODGE_COMPILER_H

#define __must_check __attribute__((warn_unused_result))
#define __packed     __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __section(s) __attribute__((section(s)))
#define __noreturn   __attribute__((noreturn))
#define __used	     __attribute__((used))
#define __weak	     __attribute__((weak))
#define __noinline   __attribute__((noinline))
#undef __always_inline /* a hosted C library may have its own */
#define __always_inline	 inline __attribute__((always_inline))
#define __cold		 __attribute__((cold))
#define __unused	 __attribute__((unused))
#define __printf(fmt, a) __attribute__((format(printf, fmt, a)))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier()   __asm__ volatile("" ::: "memory")

/* One access, neither torn nor repeated by the compiler. */
#ifdef __SANITIZE_THREAD__ /* which takes volatile accesses for ordinary ones */
#define READ_ONCE(x)	 __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#else
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#endif

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1UL << (n))
#define GENMASK(hi, lo) ((~0UL << (lo)) & (~0UL >> (63 - (hi))))

/* clang-format off */
#define ALIGN_UP(x, a)	 (((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
/* clang-format on */

#define min(a, b)                              \
	({                                     \
		__typeof__(a) min_a = (a);     \
		__typeof__(b) min_b = (b);     \
		min_a < min_b ? min_a : min_b; \
	})
#define max(a, b)                              \
	({                                     \
		__typeof__(a) max_a = (a);     \
		__typeof__(b) max_b = (b);     \
		max_a > max_b ? max_a : max_b; \
	})

/* clang-format off */
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

#define static_assert _Static_assert

/* IS_ENABLED(CONFIG_X) is 1 when X is y and 0 when it is not set. */
#define lodge_is_set_1		0,
#define lodge_second(a, b, ...) b
#define lodge_is_enabled3(arg)	lodge_second(arg 1, 0, 0)
#define lodge_is_enabled2(v)	lodge_is_enabled3(lodge_is_set_##v)
#define lodge_is_enabled1(v)	lodge_is_enabled2(v)
#define IS_ENABLED(option)	lodge_is_enabled1(option)

#define __stringify_1(x) #x
#define __stringify(x)	 __stringify_1(x)

/* clang's thread-safety analysis; nothing to gcc. */
#if defined(__clang__)
#define __capability(name) __attribute__((capability(name)))
#define __acquires(lock)   __attribute__((acquire_capability(lock)))
#define __releases(lock)   __attribute__((release_capability(lock)))
#define __must_hold(lock)  __attribute__((requires_capability(lock)))
#define __guarded_by(lock) __attribute__((guarded_by(lock)))
#define __no_thread_safety __attribute__((no_thread_safety_analysis))
#else
#define __capability(name)
#define __acquires(lock)
#define __releases(lock)
#define __must_hold(lock)
#define __guarded_by(lock)
#define __no_thread_safety
#endif

#endif
