/* SPDX-License-Identifier: Apache-2.0 */
#include <lodge/lds.h>
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
	image_size = ABSOLUTE(__image_end - __image_start);

	/DISCARD/ : { *(.comment) *(.eh_frame*) *(.fini_array*) *(.note*) }
}

ASSERT(__image_end - __image_start <= IMAGE_MAX, "the image is larger than IMAGE_MAX")
ASSERT(arm64_idmap_end - __image_start <= 0x1000, "what switches translation on is more than a page")
