/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_DEV_PL011_H
#define VIRT_DEV_PL011_H

/* What a PL011 of a guest's consists of. */
#include <lodge/vdev.h>
#include "uart.h"

#define PL011_PART     0x11
#define PL011_REVISION 1
#define STATE_VERSION  1

/**
 * struct pl011_state - the guest-visible state, as it is saved
 * @fifo:    bits of DR
 * @fr:	     follows from the rest
 * @tx_full: the console has no room
 * @overrun: something came when the FIFO was full; the next that fits in tells
 */
struct pl011_state {
	struct vdev_state_header header;
	u16 fr, cr, ibrd, imsc, ris;
	u8 rsr, ilpr, fbrd, lcr_h, ifls, dmacr;
	u8 overrun, tx_full;
	struct uart_fifo fifo;
};

/**
 * struct pl011 - one UART
 * @port:	where output goes
 * @has_input:	the console's input comes here
 * @fr_slow:	a read of FR has to do more than to return it
 * @irq_level:	what vm_irq_set() was told last
 * @loops:	what is sent is received: CR.LBE
 * @tx_told:	another character that is sent changes nothing: RIS has the transmit interrupt
 *
 * All of it is under the device's lock. @fr_slow, @loops, @tx_told and of @s fr are also read without,
 * one at a time.
 */
struct pl011 {
	struct vdev vdev;
	struct pl011_state s;
	struct console_port *port;
	bool has_input;
	bool fr_slow;
	bool irq_level;
	bool loops, tx_told;
};

#endif
