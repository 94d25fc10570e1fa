/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_PL011_REGS_H
#define LODGE_PL011_REGS_H

/* Registers of the PL011 (Arm DDI 0183 G, 3.2), for who drives one and who emulates one. */

#define UART_DR	   0x00
#define UART_RSR   0x04 /* ECR when written */
#define UART_FR	   0x18
#define UART_ILPR  0x20
#define UART_IBRD  0x24
#define UART_FBRD  0x28
#define UART_LCR_H 0x2c
#define UART_CR	   0x30
#define UART_IFLS  0x34
#define UART_IMSC  0x38
#define UART_RIS   0x3c
#define UART_MIS   0x40
#define UART_ICR   0x44
#define UART_DMACR 0x48

/* Of DR; shifted down by 8 those of RSR. */
#define DR_FE	   0x100
#define DR_PE	   0x200
#define DR_BE	   0x400
#define DR_OE	   0x800 /* something came before it when the FIFO was full */
#define RSR_OE	   (DR_OE >> 8)
#define RSR_OF_ONE ((DR_FE | DR_PE | DR_BE) >> 8) /* what belongs to one character */

#define FR_CTS	 0x001
#define FR_DSR	 0x002
#define FR_DCD	 0x004
#define FR_BUSY	 0x008
#define FR_RXFE	 0x010
#define FR_TXFF	 0x020
#define FR_RXFF	 0x040
#define FR_TXFE	 0x080
#define FR_RI	 0x100
#define FR_LINES (FR_CTS | FR_DSR | FR_DCD | FR_RI)

#define LCR_H_BRK    0x01
#define LCR_H_FEN    0x10
#define LCR_H_WLEN_8 0x60

#define CR_UARTEN 0x0001
#define CR_LBE	  0x0080
#define CR_TXE	  0x0100
#define CR_RXE	  0x0200
#define CR_DTR	  0x0400
#define CR_RTS	  0x0800
#define CR_OUT1	  0x1000
#define CR_OUT2	  0x2000
#define CR_VALID  0xff87

#define FBRD_VALID  0x3f
#define IFLS_VALID  0x3f
#define IFLS_RESET  0x12 /* half full, both ways */
#define DMACR_VALID 0x07

/* Of IMSC, RIS, MIS and ICR. */
#define INT_RI	  0x001
#define INT_CTS	  0x002
#define INT_DCD	  0x004
#define INT_DSR	  0x008
#define INT_RX	  0x010
#define INT_TX	  0x020
#define INT_RT	  0x040 /* receive timeout: something is in the FIFO for long */
#define INT_FE	  0x080
#define INT_PE	  0x100
#define INT_BE	  0x200
#define INT_OE	  0x400
#define INT_VALID 0x7ff

#endif
