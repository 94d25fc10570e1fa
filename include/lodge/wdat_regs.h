/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_WDAT_REGS_H
#define LODGE_WDAT_REGS_H

/*
 * The registers of a watchdog that ACPI's WDAT describes: 32 bits each, at these offsets. The table
 * leaves it to the machine which there are.
 */
#define WDAT_CONTROL 0x0 /* WDAT_RUN; its counter begins when that becomes set */
#define WDAT_TIMEOUT 0x4 /* ms until it expires, 1 to WDAT_MAX_MS; from the next restart on */
#define WDAT_COUNT   0x8 /* ms that are left; any store restarts it */
#define WDAT_STATUS  0xc /* WDAT_FIRED; a store of it clears it */
#define WDAT_SIZE    0x10

#define WDAT_RUN    1u
#define WDAT_FIRED  1u /* it has expired since that was cleared, which no reset does */
#define WDAT_MAX_MS 0xffffffu

#endif
