// SPDX-License-Identifier: Apache-2.0
/*
 * A hardware-reduced ACPI platform for guests (ACPI 6.5, 4.1): the registers that it has
 * are those for sleep and reset. Interrupts are local APICs and one IOAPIC.
 */
#include <lodge/errno.h>
#include <lodge/string.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <asm/vpower.h>
#include "vacpi.h"

#define RSDP_SIZE   36u
#define HEADER_SIZE 36u
#define FADT_SIZE   276u

/* Of the header of each table. */
#define AT_LENGTH   4
#define AT_CHECKSUM 9

/* Of the FADT (5.2.9). */
#define FADT_DSDT	   40
#define FADT_CENTURY	   108
#define FADT_BOOT_ARCH	   109
#define FADT_FLAGS	   112
#define FADT_RESET_REG	   116
#define FADT_RESET_VALUE   128
#define FADT_MINOR	   131
#define FADT_X_DSDT	   140
#define FADT_SLEEP_CONTROL 244
#define FADT_SLEEP_STATUS  256
#define FADT_HYPERVISOR	   268

#define CENTURY_REGISTER 0x32

#define BOOT_ARCH_NO_VGA BIT(2)

#define FLAG_WBINVD	      BIT(0)
#define FLAG_NO_POWER_BUTTON  BIT(4) /* of the fixed hardware */
#define FLAG_NO_SLEEP_BUTTON  BIT(5)
#define FLAG_RESET_REG	      BIT(10)
#define FLAG_HARDWARE_REDUCED BIT(20)

#define GAS_IO_BYTE 0x01000801u /* I/O space, 8 bits, at bit 0, accessed by bytes */

/* Of the MADT (5.2.12). */
#define MADT_LAPIC    0
#define MADT_IOAPIC   1
#define MADT_OVERRIDE 2

#define LAPIC_ENABLED 1

/* The timer's interrupt is pin 2, as on all PCs with an IOAPIC. */
#define ISA_TIMER 0
#define GSI_TIMER 2

static void checksum(struct acpi_writer *w, size_t start, size_t end, size_t at)
{
	u8 sum = 0;
	size_t i;

	if (end > w->size)
		return;
	for (i = start; i < end; i++)
		sum += w->buf[i];
	w->buf[at] = (u8)(w->buf[at] - sum);
}

/* Begins a table at a multiple of 16 bytes. Return: where. */
static size_t table_begin(struct acpi_writer *w, const char *signature, u8 revision)
{
	size_t start;

	acpi_put(w, 0, (unsigned int)(-w->len & 15));
	start = w->len;
	acpi_puts(w, signature, 4);
	acpi_put(w, 0, 4);
	acpi_put(w, revision, 1);
	acpi_put(w, 0, 1);
	acpi_puts(w, "LODGE ", 6);
	acpi_puts(w, "LODGE VM", 8);
	acpi_put(w, 1, 4);
	acpi_puts(w, "LODG", 4);
	acpi_put(w, 1, 4);
	return start;
}

static void patch(struct acpi_writer *w, size_t at, u64 val, unsigned int bytes)
{
	struct acpi_writer there = { w->buf, at, w->size };

	acpi_put(&there, val, bytes);
}

static void table_end(struct acpi_writer *w, size_t start)
{
	patch(w, start + AT_LENGTH, w->len - start, 4);
	checksum(w, start, w->len, start + AT_CHECKSUM);
}

static const struct vdev *find_device(const struct vm *vm, const char *compatible)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (!strcmp(vm->dev[i]->ops->compatible, compatible))
			return vm->dev[i];
	return NULL;
}

/* ---- tables ---- */

static size_t put_dsdt(struct acpi_writer *w, struct vm *vm)
{
	size_t start = table_begin(w, "DSDT", 2);

	vacpi_dsdt(w, vm);
	table_end(w, start);
	return start;
}

static void put_register(struct acpi_writer *w, size_t at, u16 port)
{
	patch(w, at, GAS_IO_BYTE, 4);
	patch(w, at + 4, port, 8);
}

static size_t put_fadt(struct acpi_writer *w, const struct vm *vm, u64 dsdt)
{
	size_t start = table_begin(w, "FACP", 6);
	u32 flags = FLAG_WBINVD | FLAG_NO_POWER_BUTTON | FLAG_NO_SLEEP_BUTTON |
		    FLAG_HARDWARE_REDUCED;

	acpi_put(w, 0, FADT_SIZE - HEADER_SIZE);
	patch(w, start + FADT_DSDT, dsdt, 4);
	patch(w, start + FADT_X_DSDT, dsdt, 8);
	patch(w, start + FADT_CENTURY, CENTURY_REGISTER, 1);
	patch(w, start + FADT_BOOT_ARCH, BOOT_ARCH_NO_VGA, 2);
	patch(w, start + FADT_MINOR, 5, 1);
	patch(w, start + FADT_HYPERVISOR, *(const u64 *)"LODGE\0\0", 8);
	if (find_device(vm, "lodge,acpi-power")) {
		put_register(w, start + FADT_SLEEP_CONTROL, ACPI_SLEEP_CONTROL);
		put_register(w, start + FADT_SLEEP_STATUS, ACPI_SLEEP_STATUS);
	}
	if (find_device(vm, "lodge,reset-control")) {
		flags |= FLAG_RESET_REG;
		put_register(w, start + FADT_RESET_REG, RESET_CONTROL);
		patch(w, start + FADT_RESET_VALUE, RESET_CONTROL_VALUE, 1);
	}
	patch(w, start + FADT_FLAGS, flags, 4);
	table_end(w, start);
	return start;
}

static size_t put_madt(struct acpi_writer *w, const struct vm *vm)
{
	const struct vdev *lapic = find_device(vm, "lodge,lapic");
	const struct vdev *ioapic = find_device(vm, "lodge,ioapic");
	size_t start = table_begin(w, "APIC", 5);
	unsigned int i;

	acpi_put(w, lapic ? lapic->base.v : 0, 4);
	acpi_put(w, 0, 4); /* no 8259 */
	for (i = 0; i < vm->cfg->nr_vcpus; i++) {
		acpi_put(w, MADT_LAPIC | 8 << 8, 2);
		acpi_put(w, i, 1); /* _UID */
		acpi_put(w, i, 1); /* APIC ID */
		acpi_put(w, LAPIC_ENABLED, 4);
	}
	if (ioapic) {
		acpi_put(w, MADT_IOAPIC | 12 << 8, 2);
		acpi_put(w, 0, 2);
		acpi_put(w, ioapic->base.v, 4);
		acpi_put(w, 0, 4); /* first interrupt */
		acpi_put(w, MADT_OVERRIDE | 10 << 8, 2);
		acpi_put(w, ISA_TIMER << 8, 2);
		acpi_put(w, GSI_TIMER, 4);
		acpi_put(w, 0, 2); /* polarity and trigger as on ISA */
	}
	table_end(w, start);
	return start;
}

static size_t put_wdat(struct acpi_writer *w, const struct vdev *watchdog)
{
	size_t start = table_begin(w, "WDAT", 1);

	vacpi_wdat(w, watchdog);
	table_end(w, start);
	return start;
}

/* @wdat: 0 if there is none. */
static size_t put_xsdt(struct acpi_writer *w, u64 fadt, u64 madt, u64 wdat)
{
	size_t start = table_begin(w, "XSDT", 1);

	acpi_put(w, fadt, 8);
	acpi_put(w, madt, 8);
	if (wdat)
		acpi_put(w, wdat, 8);
	table_end(w, start);
	return start;
}

/* 5.2.5.3: the first sum is of what ACPI 1.0 had. */
static void put_rsdp(struct acpi_writer *w, u64 xsdt)
{
	acpi_puts(w, "RSD PTR ", 8);
	acpi_put(w, 0, 1);
	acpi_puts(w, "LODGE ", 6);
	acpi_put(w, 2, 1);
	acpi_put(w, 0, 4); /* no RSDT */
	acpi_put(w, RSDP_SIZE, 4);
	acpi_put(w, xsdt, 8);
	acpi_put(w, 0, 4);
	checksum(w, 0, 20, 8);
	checksum(w, 0, RSDP_SIZE, 32);
}

s64 vacpi_build(struct vm *vm, u64 addr, u8 *buf)
{
	struct acpi_writer w = { buf, RSDP_SIZE, VACPI_SIZE };
	struct acpi_writer rsdp = { buf, 0, RSDP_SIZE };
	const struct vdev *watchdog = find_device(vm, "lodge,wdat");
	size_t dsdt, fadt, madt, xsdt;
	u64 wdat;

	memset(buf, 0, VACPI_SIZE);
	dsdt = put_dsdt(&w, vm);
	fadt = put_fadt(&w, vm, addr + dsdt);
	madt = put_madt(&w, vm);
	wdat = watchdog ? addr + put_wdat(&w, watchdog) : 0;
	xsdt = put_xsdt(&w, addr + fadt, addr + madt, wdat);
	put_rsdp(&rsdp, addr + xsdt);
	return w.len <= VACPI_SIZE ? (s64)w.len : -ENOSPC;
}
