/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_UART_H
#define DRIVERS_UART_H

#include <lodge/types.h>

/**
 * uart_is_console() - whether the terminal is at @node
 *
 * As /chosen/stdout-path says; if it is absent or leads nowhere, every UART may be.
 */
bool uart_is_console(const void *fdt, int node);

#endif
