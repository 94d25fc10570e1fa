/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_FIXTURE_H
#define BOOT_FIXTURE_H

/* What the tests of the boot protocols of x86_64 share. */
#define RAM	      0ul
#define RAM_SIZE      MIB(32)
#define KERNEL_OFFSET 0x10000
#define ELF_MACHINE   62
#include "image_fixture.h"
#include "../../arch/x86_64/virt/boot/boot.h"
#include "../../arch/x86_64/virt/acpi/vacpi.h"

#define KERNEL "\"kernel\": /k "

u64 time_hz(void)
{
	return 2500000000;
}

static bool seeded;

bool random_bytes(void *buf, size_t size)
{
	memset(buf, 0x5e, size);
	return seeded;
}

s64 vacpi_build(struct vm *v, u64 addr, u8 *buf)
{
	memset(buf, 'A', 100);
	return 100;
}

static inline u64 get(u64 addr, unsigned int bytes)
{
	u64 v = 0;

	memcpy(&v, at(addr), bytes);
	return v;
}

static inline const struct x86_start *start(void)
{
	return &vm.arch.start;
}

static inline const char *text(u64 addr)
{
	return (const char *)at(addr);
}

/* What a kernel is told is in the firmware's area, and begins with the ACPI tables. */
static inline void check_area(u64 addr)
{
	assert_in_range(addr, BOOT_AREA, BOOT_AREA + BOOT_AREA_SIZE - 1);
	assert_int_equal(*at(BOOT_AREA), 'A');
	assert_int_equal(get(RESET_VECTOR, 4), 0x300cf9ba);
}

static inline void check_gdt(bool long_mode)
{
	u64 gdt = start()->gdt;

	check_area(gdt);
	assert_int_equal(start()->gdt_limit, 31);
	assert_int_equal(get(gdt, 8), 0);
	assert_true(get(gdt + X86_START_CS, 8) ==
		    (long_mode ? 0x00af9b000000fffful : 0x00cf9b000000fffful));
	assert_true(get(gdt + X86_START_DS, 8) == 0x00cf93000000fffful);
}

/* Walks the tables as the CPU does. */
static inline u64 translate(u64 va)
{
	u64 e = get(start()->cr3 + (va >> 39) * 8, 8);

	assert_int_equal(e & 3, 3);
	e = get((e & ~0xffful) + (va >> 30 & 511) * 8, 8);
	assert_int_equal(e & 3, 3);
	e = get((e & ~0xffful) + (va >> 21 & 511) * 8, 8);
	assert_int_equal(e & 0x83, 0x83);
	return (e & ~0x1ffffful) | (va & 0x1fffff);
}

static inline void check_long(void)
{
	u64 va;

	assert_int_equal(start()->mode, X86_START_LONG);
	check_gdt(true);
	for (va = 0x1234; va < GIB(4); va += MIB(2))
		assert_int_equal(translate(va), va);
}

#endif
