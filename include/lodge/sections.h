/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_SECTIONS_H
#define LODGE_SECTIONS_H

/* From the linker script. */
extern char __image_start[], __image_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __ro_after_init_start[], __ro_after_init_end[];
extern char __data_start[], __data_end[];
extern char __bss_start[], __bss_end[];
extern char boot_stack_guard[], boot_stack_top[];

#endif
