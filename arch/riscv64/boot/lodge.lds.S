/* SPDX-License-Identifier: Apache-2.0 */
#include <lodge/lds.h>
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
		LDS_TEXT_END
	}

	.rodata : {
		__rodata_start = .;
		LDS_RODATA
	}

	.ro_after_init : {
		LDS_RO_AFTER_INIT
	}

	.data : {
		LDS_DATA
	}

	.bss (NOLOAD) : {
		LDS_BSS
	}
	__image_end = .;

	/DISCARD/ : { *(.comment) *(.eh_frame*) *(.fini_array*) *(.note*) *(.riscv.attributes) }
}

/* The early tables map so much of it. */
ASSERT(__image_end - __image_start <= IMAGE_MAX, "the image is larger than IMAGE_MAX")
