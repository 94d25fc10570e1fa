// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's Watchdog Action Table (Microsoft, "Hardware Watchdog Timers Design Specification"):
 * what to read or store for each thing that a driver wants of a watchdog.
 */
#include <lodge/vdev.h>
#include <lodge/wdat_regs.h>
#include "vacpi.h"

#define NO_PCI	       0xff /* segment, bus, device and function */
#define REST_OF_HEADER 32
#define FLAG_ENABLED   1
#define PERIOD_MS      1

#define GAS_MEMORY_DWORD 0x03002000u /* 32 bits, at bit 0, accessed as such */
#define GAS_IO_DWORD	 0x03002001u

enum {
	RESET = 1,
	GET_CURRENT_COUNTDOWN = 4,
	GET_COUNTDOWN = 5,
	SET_COUNTDOWN = 6,
	GET_RUNNING_STATE = 8,
	SET_RUNNING_STATE = 9,
	GET_STOPPED_STATE = 10,
	SET_STOPPED_STATE = 11,
	GET_STATUS = 32,
	SET_STATUS = 33,
};

enum { READ_VALUE, READ_COUNTDOWN, WRITE_VALUE, WRITE_COUNTDOWN };

static const struct {
	u8 action, instruction, reg;
	u32 value, mask;
} entries[] = {
	{ RESET, WRITE_VALUE, WDAT_COUNT, 1, 1 },
	{ GET_CURRENT_COUNTDOWN, READ_COUNTDOWN, WDAT_COUNT, 0, WDAT_MAX_MS },
	{ GET_COUNTDOWN, READ_COUNTDOWN, WDAT_TIMEOUT, 0, WDAT_MAX_MS },
	{ SET_COUNTDOWN, WRITE_COUNTDOWN, WDAT_TIMEOUT, 0, WDAT_MAX_MS },
	{ GET_RUNNING_STATE, READ_VALUE, WDAT_CONTROL, WDAT_RUN, WDAT_RUN },
	{ SET_RUNNING_STATE, WRITE_VALUE, WDAT_CONTROL, WDAT_RUN, WDAT_RUN },
	{ GET_STOPPED_STATE, READ_VALUE, WDAT_CONTROL, 0, WDAT_RUN },
	{ SET_STOPPED_STATE, WRITE_VALUE, WDAT_CONTROL, 0, WDAT_RUN },
	{ GET_STATUS, READ_VALUE, WDAT_STATUS, WDAT_FIRED, WDAT_FIRED },
	{ SET_STATUS, WRITE_VALUE, WDAT_STATUS, WDAT_FIRED, WDAT_FIRED },
};

void vacpi_wdat(struct acpi_writer *w, const struct vdev *v)
{
	unsigned int i;

	acpi_put(w, REST_OF_HEADER, 4);
	acpi_put(w, NO_PCI, 2);
	acpi_put(w, NO_PCI | NO_PCI << 8 | NO_PCI << 16, 3);
	acpi_put(w, 0, 3);
	acpi_put(w, PERIOD_MS, 4);
	acpi_put(w, WDAT_MAX_MS, 4);
	acpi_put(w, 1, 4); /* the least count */
	acpi_put(w, FLAG_ENABLED, 1);
	acpi_put(w, 0, 3);
	acpi_put(w, ARRAY_SIZE(entries), 4);
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		acpi_put(w, entries[i].action, 1);
		acpi_put(w, entries[i].instruction, 1);
		acpi_put(w, 0, 2);
		acpi_put(w, v->space == VDEV_PORTS ? GAS_IO_DWORD : GAS_MEMORY_DWORD, 4);
		acpi_put(w, v->base.v + entries[i].reg, 8);
		acpi_put(w, entries[i].value, 4);
		acpi_put(w, entries[i].mask, 4);
	}
}
