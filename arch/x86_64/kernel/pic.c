// SPDX-License-Identifier: Apache-2.0
/*
 * The legacy interrupt controllers (8259A), which nothing is taken of: all interrupts come
 * through I/O APICs or as messages. Masked inputs can still raise a spurious interrupt, so
 * that they get vectors which no exception has.
 */
#include <lodge/ioport.h>
#include <asm/pic.h>
#include <asm/trap.h>

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1

#define ICW1_INIT   0x11 /* edge-triggered, cascaded, ICW4 follows */
#define ICW3_MASTER 0x04 /* the other is at input 2 */
#define ICW3_SLAVE  0x02
#define ICW4_8086   0x01
#define ALL_MASKED  0xff

void pic_silence(void)
{
	port_write8(PIC1_COMMAND, ICW1_INIT);
	port_write8(PIC2_COMMAND, ICW1_INIT);
	port_write8(PIC1_DATA, VECTOR_PIC);
	port_write8(PIC2_DATA, VECTOR_PIC + 8);
	port_write8(PIC1_DATA, ICW3_MASTER);
	port_write8(PIC2_DATA, ICW3_SLAVE);
	port_write8(PIC1_DATA, ICW4_8086);
	port_write8(PIC2_DATA, ICW4_8086);
	port_write8(PIC1_DATA, ALL_MASKED);
	port_write8(PIC2_DATA, ALL_MASKED);
	ioport_claim(PIC1_COMMAND, 2, "the 8259");
	ioport_claim(PIC2_COMMAND, 2, "the 8259");
}
