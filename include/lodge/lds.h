/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_LDS_H
#define LODGE_LDS_H

/*
 * What the linker scripts have in common: the ends and contents of sections, each up to a page
 * boundary, so that each can have its own permissions. The names are in <lodge/sections.h>.
 */
/* clang-format off */

/* Behind the program: instructions that may fault. */
#define LDS_TEXT_END						\
	. = ALIGN(8);						\
	__ex_table_start = .;					\
	KEEP(*(.ex_table))					\
	__ex_table_end = .;					\
	. = ALIGN(0x1000);					\
	__text_end = .;

/* With the address sanitizer: what registers global objects, and the shadow of the image. */
#ifdef CONFIG_KASAN
#define LDS_CONSTRUCTORS					\
	. = ALIGN(8);						\
	__init_array_start = .;					\
	KEEP(*(SORT(.init_array.*) .init_array))		\
	__init_array_end = .;
/* The first tables map it in leaves of 2 MiB. */
#define LDS_SHADOW						\
	. = ALIGN(0x200000);					\
	kasan_image_shadow = .;					\
	. = . + KASAN_IMAGE_SPAN / 8;
#else
#define LDS_CONSTRUCTORS
#define LDS_SHADOW
#endif

/* Constants: the tables that objects add to, and the symbols that the build adds. */
#define LDS_RODATA						\
	*(.rodata .rodata.* .srodata .srodata.*)		\
	. = ALIGN(8);						\
	__drivers_start = .;					\
	KEEP(*(.drivers))					\
	__drivers_end = .;					\
	__vdevs_start = .;					\
	KEEP(*(.vdevs))						\
	__vdevs_end = .;					\
	__bootargs_start = .;					\
	KEEP(*(.bootargs))					\
	__bootargs_end = .;					\
	__cpu_inits_start = .;					\
	KEEP(*(.cpu_inits))					\
	__cpu_inits_end = .;					\
	LDS_CONSTRUCTORS					\
	KEEP(*(.symtab_lodge))					\
	. = ALIGN(8);						\
	__gcov_info_start = .;					\
	KEEP(*(.gcov_info))					\
	__gcov_info_end = .;					\
	. = ALIGN(0x1000);					\
	__rodata_end = .;

/* Written while the host starts, read-only when guests run. */
#define LDS_RO_AFTER_INIT					\
	__ro_after_init_start = .;				\
	*(.ro_after_init)					\
	. = ALIGN(0x1000);					\
	__ro_after_init_end = .;

#define LDS_DATA						\
	__data_start = .;					\
	*(.data .data.* .sdata .sdata.*)			\
	. = ALIGN(16);						\
	__data_end = .;

/* Its start and end can be cleared in steps of 16 bytes. */
#define LDS_BSS							\
	. = ALIGN(16);						\
	__bss_start = .;					\
	*(.bss.page_aligned)					\
	*(.bss .bss.* .sbss .sbss.* COMMON)			\
	LDS_SHADOW						\
	. = ALIGN(0x1000);					\
	__bss_end = .;

#endif
