/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_VPOWER_H
#define ASM_VPOWER_H

/* I/O ports by which a guest ends or restarts itself: on the board, in its ACPI tables, and in
 * the devices that act on them. */

#define ACPI_POWER_PORTS    0x604
#define ACPI_POWER_NR_PORTS 4
#define ACPI_SLEEP_CONTROL  0x605
#define ACPI_SLEEP_STATUS   0x606

#define RESET_CONTROL	    0xcf9
#define RESET_CONTROL_VALUE 0x06

#endif
