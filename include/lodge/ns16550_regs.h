/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_NS16550_REGS_H
#define LODGE_NS16550_REGS_H

/* Registers of the 16550A, by number, for who drives one and who emulates one. */

#define UART_RBR 0 /* read: received byte */
#define UART_THR 0 /* write: byte to send */
#define UART_DLL 0 /* with LCR_DLAB: divisor */
#define UART_DLM 1 /* with LCR_DLAB */
#define UART_IER 1
#define UART_IIR 2 /* read */
#define UART_FCR 2 /* write */
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define UART_MSR 6
#define UART_SCR 7

#define IER_RDI	  0x01 /* received data */
#define IER_THRI  0x02 /* THR empty */
#define IER_RLSI  0x04 /* receiver line status */
#define IER_MSI	  0x08 /* modem status */
#define IER_VALID 0x0f

#define IIR_MSI	  0x00
#define IIR_NONE  0x01
#define IIR_THRI  0x02
#define IIR_RDI	  0x04
#define IIR_RLSI  0x06
#define IIR_CTI	  0x0c /* character timeout */
#define IIR_ID	  0x0f
#define IIR_FIFOS 0xc0 /* the FIFOs are on, and work */

#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define FCR_TRIGGER  0xc0
#define FCR_KEPT     (FCR_ENABLE | FCR_TRIGGER)

#define LCR_8N1	 0x03
#define LCR_DLAB 0x80

#define MCR_DTR	  0x01
#define MCR_RTS	  0x02
#define MCR_OUT1  0x04
#define MCR_OUT2  0x08
#define MCR_LOOP  0x10
#define MCR_VALID 0x1f

#define LSR_DR	  0x01
#define LSR_OE	  0x02
#define LSR_THRE  0x20 /* THR is empty, and the FIFO with it */
#define LSR_TEMT  0x40 /* all has been sent */
#define LSR_EMPTY (LSR_THRE | LSR_TEMT)

#define MSR_DCTS  0x01
#define MSR_DDSR  0x02
#define MSR_TERI  0x04
#define MSR_DDCD  0x08
#define MSR_CTS	  0x10
#define MSR_DSR	  0x20
#define MSR_RI	  0x40
#define MSR_DCD	  0x80
#define MSR_DELTA 0x0f

#endif
