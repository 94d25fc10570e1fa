/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VACPI_H
#define VIRT_VACPI_H

#include <lodge/types.h>

/*
 * The ACPI tables of a guest (ACPI 6.5): vacpi.c has the fixed ones, vacpi_dsdt.c the
 * namespace with the VM's devices, vacpi_wdat.c what the watchdog takes.
 */

struct vdev;
struct vm;

/* Room for all of them, whatever a VM has. */
#define VACPI_SIZE KIB(8)

/**
 * vacpi_build() - all tables of @vm
 * @addr: where the guest finds them: the RSDP comes first
 * @buf:  of VACPI_SIZE bytes
 * Return: bytes used, or -ENOSPC.
 */
__must_check s64 vacpi_build(struct vm *vm, u64 addr, u8 *buf);

/* ---- between the two ---- */

/* Bytes that are appended; beyond @size they are only counted. */
struct acpi_writer {
	u8 *buf;
	size_t len, size;
};

static inline void acpi_put(struct acpi_writer *w, u64 val, unsigned int bytes)
{
	for (; bytes; bytes--, val >>= 8, w->len++)
		if (w->len < w->size)
			w->buf[w->len] = (u8)val;
}

static inline void acpi_puts(struct acpi_writer *w, const char *s, size_t n)
{
	for (; n; n--)
		acpi_put(w, (u8)*s++, 1);
}

/* The definition block of the DSDT, behind its header. */
void vacpi_dsdt(struct acpi_writer *w, struct vm *vm);
/* What the WDAT has behind its header, of watchdog @v. */
void vacpi_wdat(struct acpi_writer *w, const struct vdev *v);

#endif
