/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/layout.h>

/*
 * The image runs at IMAGE_BASE plus where it lies within 1 GiB of physical memory and
 * is loaded at RAM + 2 MiB; only whole pages change hands between sections, so that
 * each can have its own permissions.
 */
#define LOAD_ADDRESS 0x80200000

OUTPUT_ARCH(riscv)
ENTRY(_start)

SECTIONS
{
	. = IMAGE_BASE;
	__image_start = .;

	.text : AT(LOAD_ADDRESS) {
		__text_start = .;
		KEEP(*(.text.entry))
		*(.text .text.*)
		. = ALIGN(8);
		__ex_table_start = .;
		KEEP(*(.ex_table))
		__ex_table_end = .;
		. = ALIGN(0x1000);
		__text_end = .;
	}

	.rodata : {
		__rodata_start = .;
		*(.rodata .rodata.* .srodata .srodata.*)
		. = ALIGN(8);
		__drivers_start = .;
		KEEP(*(.drivers))
		__drivers_end = .;
		__vdevs_start = .;
		KEEP(*(.vdevs))
		__vdevs_end = .;
		KEEP(*(.symtab_lodge))
		. = ALIGN(0x1000);
		__rodata_end = .;
	}

	/* Written while the host starts, read-only when guests run. */
	.ro_after_init : {
		__ro_after_init_start = .;
		*(.ro_after_init)
		. = ALIGN(0x1000);
		__ro_after_init_end = .;
	}

	.data : {
		__data_start = .;
		*(.data .data.* .sdata .sdata.*)
		. = ALIGN(8);
		__data_end = .;
	}

	.bss (NOLOAD) : {
		. = ALIGN(8);
		__bss_start = .;
		*(.bss.page_aligned)
		*(.bss .bss.* .sbss .sbss.* COMMON)
		. = ALIGN(0x1000);
		__bss_end = .;
	}
	__image_end = .;

	/DISCARD/ : { *(.comment) *(.eh_frame*) *(.note*) *(.riscv.attributes) }
}

/* The early tables map so much of it. */
ASSERT(__image_end - __image_start <= 0x400000, "the image is larger than 4 MiB")
