// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's ACPI namespace, in the byte code of ACPI 6.5, chapter 20: the CPUs, the devices
 * that no bus enumerates, and how to power off.
 */
#include <lodge/board.h>
#include <lodge/string.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "vacpi.h"

#define OP_ZERO	   0x00
#define OP_NAME	   0x08
#define OP_BYTE	   0x0a
#define OP_STRING  0x0d
#define OP_SCOPE   0x10
#define OP_BUFFER  0x11
#define OP_PACKAGE 0x12
#define OP_METHOD  0x14
#define OP_NOTIFY  0x86
#define OP_DEVICE  0x825b /* two bytes */

/* Resource descriptors (6.4). */
#define RES_IO		   0x47
#define RES_IO_DECODE16	   0x01
#define RES_MEMORY32	   0x86
#define RES_INTERRUPT	   0x89
#define RES_IRQ_LEVEL_HIGH 0x01 /* consumer; level-triggered, active high, exclusive */
#define RES_IRQ_EDGE_HIGH  0x03 /* the same, edge-triggered */
#define RES_END		   0x79

/*
 * Devices by what a description calls them: their identifiers, and names that are followed by a
 * digit. Those that are not here are in other tables, or are looked for by themselves.
 */
static const struct {
	const char *compatible, *hid, *name;
} kinds[] = {
	{ "lodge,uart", "PNP0501", "COM" },
	{ "lodge,ns16550", "PNP0501", "COM" },
	{ "lodge,cmos", "PNP0B00", "RTC" },
	{ "lodge,virtio-mmio", "LNRO0005", "VIO" },
};

/* ---- byte code ---- */

/* A length that is not known yet: two bytes, whose first has the low four bits (20.2.4). */
static size_t package_begin(struct acpi_writer *w)
{
	acpi_put(w, 0, 2);
	return w->len - 2;
}

static void package_end(struct acpi_writer *w, size_t at)
{
	size_t len = w->len - at;
	struct acpi_writer there = { w->buf, at, w->size };

	acpi_put(&there, 0x40 | (len & 0xf) | len >> 4 << 8, 2);
}

static void put_name(struct acpi_writer *w, const char *name)
{
	acpi_put(w, OP_NAME, 1);
	acpi_puts(w, name, 4);
}

static void put_string(struct acpi_writer *w, const char *s)
{
	acpi_put(w, OP_STRING, 1);
	acpi_puts(w, s, strlen(s) + 1);
}

static size_t device_begin_as(struct acpi_writer *w, const char *name, unsigned int n,
			      unsigned int uid, const char *hid)
{
	size_t at;

	acpi_put(w, OP_DEVICE, 2);
	at = package_begin(w);
	acpi_puts(w, name, 3);
	acpi_put(w, n < 10 ? '0' + n : 'A' + n - 10, 1);
	put_name(w, "_HID");
	put_string(w, hid);
	put_name(w, "_UID");
	if (uid < 2)
		acpi_put(w, uid, 1); /* the operators Zero and One */
	else
		acpi_put(w, OP_BYTE | uid << 8, 2);
	return at;
}

static size_t device_begin(struct acpi_writer *w, const char *name, unsigned int n, const char *hid)
{
	return device_begin_as(w, name, n, n, hid);
}

/* ---- resources ---- */

static void put_ports(struct acpi_writer *w, u64 first, u64 nr)
{
	acpi_put(w, RES_IO | RES_IO_DECODE16 << 8, 2);
	acpi_put(w, first, 2);
	acpi_put(w, first, 2);
	acpi_put(w, 1, 1); /* alignment */
	acpi_put(w, nr, 1);
}

static void put_memory(struct acpi_writer *w, u64 base, u64 size)
{
	acpi_put(w, RES_MEMORY32 | 9 << 8, 3);
	acpi_put(w, 1, 1); /* writable */
	acpi_put(w, base, 4);
	acpi_put(w, size, 4);
}

static void put_window(struct acpi_writer *w, const struct vdev *v)
{
	if (v->space == VDEV_PORTS)
		put_ports(w, v->base.v, v->size);
	else
		put_memory(w, v->base.v, v->size);
}

static void put_interrupt(struct acpi_writer *w, u32 irq, u8 how)
{
	acpi_put(w, RES_INTERRUPT | 6 << 8, 3);
	acpi_put(w, how, 1);
	acpi_put(w, 1, 1); /* of them */
	acpi_put(w, irq, 4);
}

/* The window of @v if @window, and its interrupt. */
static void put_descriptors(struct acpi_writer *w, const struct vdev *v, bool window, u8 how)
{
	if (window)
		put_window(w, v);
	if (v->irq)
		put_interrupt(w, v->irq, how);
}

/* The buffer's own size comes first, as a byte constant (19.6.112). */
static void put_resources(struct acpi_writer *w, const struct vdev *v, bool window, u8 how)
{
	struct acpi_writer count = { NULL, 0, 0 };
	size_t at;

	put_descriptors(&count, v, window, how);
	put_name(w, "_CRS");
	acpi_put(w, OP_BUFFER, 1);
	at = package_begin(w);
	acpi_put(w, OP_BYTE | (count.len + 2) << 8, 2);
	put_descriptors(w, v, window, how);
	acpi_put(w, RES_END, 2); /* with a sum of 0, which is none */
	package_end(w, at);
}

/* ---- the namespace ---- */

static bool can_tell(const struct vdev *v)
{
	return v->space == VDEV_PORTS ? v->size <= 0xff : v->base.v + v->size <= GIB(4);
}

static void put_devices(struct acpi_writer *w, struct vm *vm)
{
	unsigned int nr[ARRAY_SIZE(kinds)] = { 0 };
	unsigned int i, k;
	size_t at;

	for (i = 0; i < vm->nr_devs; i++) {
		const struct vdev *v = vm->dev[i];

		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			if (strcmp(v->ops->compatible, kinds[k].compatible) || !can_tell(v))
				continue;
			at = device_begin(w, kinds[k].name, nr[k]++, kinds[k].hid);
			put_resources(w, v, true, RES_IRQ_LEVEL_HIGH);
			package_end(w, at);
		}
	}
}

/* ---- devices that are passed through ---- */

#define PASSED_UID 0x10 /* of the first: the board's of the same kind are below */

static void put_passed_descriptors(struct acpi_writer *w, const struct vm_config *cfg,
				   const struct acpi_device_config *d)
{
	unsigned int i;

	if (d->size)
		put_memory(w, d->base.v, d->size);
	for (i = d->first_port; i < d->first_port + d->nr_ports; i++)
		put_ports(w, cfg->port[i].first, cfg->port[i].nr);
	/* The guest's IOAPIC knows no polarity. */
	for (i = d->first_line; i < d->first_line + d->nr_lines; i++)
		put_interrupt(w, cfg->line[i].irq,
			      cfg->line[i].trigger & (IRQ_EDGE_RISING | IRQ_EDGE_FALLING)
				      ? RES_IRQ_EDGE_HIGH
				      : RES_IRQ_LEVEL_HIGH);
}

static void put_passed(struct acpi_writer *w, const struct vm_config *cfg, unsigned int n)
{
	const struct acpi_device_config *d = &cfg->acpi_dev[n];
	struct acpi_writer count = { NULL, 0, 0 };
	size_t dev = device_begin_as(w, "PAS", n, PASSED_UID + n, d->hid), at;

	put_passed_descriptors(&count, cfg, d);
	put_name(w, "_CRS");
	acpi_put(w, OP_BUFFER, 1);
	at = package_begin(w);
	acpi_put(w, OP_BYTE | (count.len + 2) << 8, 2);
	put_passed_descriptors(w, cfg, d);
	acpi_put(w, RES_END, 2);
	package_end(w, at);
	package_end(w, dev);
}

static void put_cpus(struct acpi_writer *w, const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->cfg->nr_vcpus; i++)
		package_end(w, device_begin(w, "CPU", i, "ACPI0007"));
}

/* Name (_S5, Package { SLP_TYP, 0, 0, 0 }): the type is 0. */
static void put_s5(struct acpi_writer *w)
{
	size_t at;

	put_name(w, "_S5_");
	acpi_put(w, OP_PACKAGE, 1);
	at = package_begin(w);
	acpi_put(w, 4, 1);
	acpi_put(w, OP_ZERO, 4);
	package_end(w, at);
}

/* Method (_EVT, 1) { Notify (PWR0, 0x80) }: whichever interrupt it is. */
static void put_press(struct acpi_writer *w)
{
	size_t at;

	acpi_put(w, OP_METHOD, 1);
	at = package_begin(w);
	acpi_puts(w, "_EVT", 4);
	acpi_put(w, 1, 1); /* arguments */
	acpi_put(w, OP_NOTIFY, 1);
	acpi_puts(w, "PWR0", 4);
	acpi_put(w, OP_BYTE | 0x80 << 8, 2);
	package_end(w, at);
}

/* A power button (4.8.3.1.2.1), and the generic event device that tells of it (5.6.9). */
static void put_power_button(struct acpi_writer *w, const struct vm *vm)
{
	const struct vdev *v = vm_power_button(vm);
	size_t at;

	if (!v || !v->irq)
		return;
	package_end(w, device_begin(w, "PWR", 0, "PNP0C0C"));
	at = device_begin(w, "GED", 0, "ACPI0013");
	put_resources(w, v, false, RES_IRQ_EDGE_HIGH);
	put_press(w);
	package_end(w, at);
}

static size_t scope_begin(struct acpi_writer *w)
{
	size_t at;

	acpi_put(w, OP_SCOPE, 1);
	at = package_begin(w);
	acpi_puts(w, "_SB_", 4);
	return at;
}

void vacpi_dsdt(struct acpi_writer *w, struct vm *vm)
{
	unsigned int i;
	size_t at;

	put_s5(w);
	at = scope_begin(w);
	put_cpus(w, vm);
	put_devices(w, vm);
	put_power_button(w, vm);
	package_end(w, at);
	if (!vm->cfg->nr_acpi_devs)
		return;
	/* In one of their own, so that neither is longer than two bytes can say. */
	at = scope_begin(w);
	for (i = 0; i < vm->cfg->nr_acpi_devs; i++)
		put_passed(w, vm->cfg, i);
	package_end(w, at);
}
