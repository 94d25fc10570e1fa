/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/layout.h>

/*
 * The image runs at IMAGE_BASE wherever it is loaded, and what is loaded is the raw binary,
 * from its first byte on. Only whole pages change hands between sections, so that each can
 * have its own permissions.
 */
OUTPUT_ARCH(aarch64)
ENTRY(_start)

SECTIONS
{
	. = IMAGE_BASE;
	__image_start = .;

	.text : {
		__text_start = .;
		KEEP(*(.text.entry))
		/* Up to where the vectors can be, which are aligned to their size. */
		*boot/early.o(.text .text.*)
		*(.text.vectors)
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
		*(.rodata .rodata.*)
		/* Addresses of what may not be there (weak symbols). */
		*(.got .got.plt)
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
		*(.data .data.*)
		. = ALIGN(16);
		__data_end = .;
	}

	.bss (NOLOAD) : {
		. = ALIGN(16);
		__bss_start = .;
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
		. = ALIGN(0x1000);
		__bss_end = .;
	}
	__image_end = .;
	image_size = ABSOLUTE(__image_end - __image_start);

	/DISCARD/ : { *(.comment) *(.eh_frame*) *(.note*) }
}

ASSERT(__image_end - __image_start <= IMAGE_MAX, "the image is larger than 2 MiB")
ASSERT(arm64_idmap_end - __image_start <= 0x1000, "what switches translation on is more than a page")
