/* SPDX-License-Identifier: Apache-2.0 */
#include <lodge/lds.h>
#include <asm/layout.h>

/*
 * The image runs at IMAGE_BASE plus where it is loaded, LOAD_ADDRESS; only whole pages
 * change hands between sections, so that each can have its own permissions.
 */
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = IMAGE_BASE + LOAD_ADDRESS;
	__image_start = .;

	.text : AT(ADDR(.text) - IMAGE_BASE) {
		__text_start = .;
		KEEP(*(.multiboot))
		KEEP(*(.text.entry))
		*(.text .text.*)
		LDS_TEXT_END
	} :text

	.note : AT(ADDR(.note) - IMAGE_BASE) {
		__rodata_start = .;
		KEEP(*(.note.pvh))
	} :rodata :note

	.rodata : AT(ADDR(.rodata) - IMAGE_BASE) {
		LDS_RODATA
	} :rodata

	.ro_after_init : AT(ADDR(.ro_after_init) - IMAGE_BASE) {
		LDS_RO_AFTER_INIT
	} :data

	.data : AT(ADDR(.data) - IMAGE_BASE) {
		LDS_DATA
	} :data

	.bss (NOLOAD) : AT(ADDR(.bss) - IMAGE_BASE) {
		LDS_BSS
	} :data
	__image_end = .;

	/DISCARD/ : { *(.comment) *(.eh_frame*) *(.fini_array*) *(.note.gnu*) *(.note.GNU*) }
}

/* As the frames up to here belong to the image alone. */
ASSERT(__image_end - __image_start <= IMAGE_MAX, "the image is larger than IMAGE_MAX")
