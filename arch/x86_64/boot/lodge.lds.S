/* SPDX-License-Identifier: Apache-2.0 */
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
		. = ALIGN(8);
		__ex_table_start = .;
		KEEP(*(.ex_table))
		__ex_table_end = .;
		. = ALIGN(0x1000);
		__text_end = .;
	} :text

	.note : AT(ADDR(.note) - IMAGE_BASE) {
		__rodata_start = .;
		KEEP(*(.note.pvh))
	} :rodata :note

	.rodata : AT(ADDR(.rodata) - IMAGE_BASE) {
		*(.rodata .rodata.*)
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
	} :rodata

	/* Written while the host starts, read-only when guests run. */
	.ro_after_init : AT(ADDR(.ro_after_init) - IMAGE_BASE) {
		__ro_after_init_start = .;
		*(.ro_after_init)
		. = ALIGN(0x1000);
		__ro_after_init_end = .;
	} :data

	.data : AT(ADDR(.data) - IMAGE_BASE) {
		__data_start = .;
		*(.data .data.*)
		. = ALIGN(8);
		__data_end = .;
	} :data

	.bss (NOLOAD) : AT(ADDR(.bss) - IMAGE_BASE) {
		. = ALIGN(8);
		__bss_start = .;
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
		. = ALIGN(0x1000);
		__bss_end = .;
	} :data
	__image_end = .;

	/DISCARD/ : { *(.comment) *(.eh_frame*) *(.note.gnu*) *(.note.GNU*) }
}

/* As the frames up to here belong to the image alone. */
ASSERT(__image_end - __image_start <= 0x400000, "the image is larger than 4 MiB")
