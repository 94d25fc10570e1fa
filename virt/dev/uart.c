// SPDX-License-Identifier: Apache-2.0
/* What the UARTs that guests see have in common. */
#include "uart.h"
#include <lodge/console.h>
#include <lodge/vm.h>

unsigned int uart_fifo_fill(struct uart_fifo *f, struct console_port *port, unsigned int capacity)
{
	unsigned int n = 0;

	while (f->count < capacity) {
		int c = console_port_getc(port);

		if (c < 0)
			break;
		uart_fifo_push(f, (u8)c);
		n++;
	}
	return n;
}

/* Only one device can have it. */
bool uart_gets_input(const struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i]->ops->input)
			return false;
	return true;
}
