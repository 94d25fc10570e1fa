// SPDX-License-Identifier: Apache-2.0
/* The board of a Lodge VM: console, interrupt controller, tick, power-off. */
#include <stddef.h>
#include <stdint.h>
#include "board.h"

#define UART   0x09000000ul
#define GICD   0x08000000ul
#define GICR   0x080a0000ul /* of the only CPU */
#define SGI    (GICR + 0x10000)
#define VTIMER 27   /* PPI 11: the virtual timer */
#define LOWEST 0xe0 /* of 16 priorities the lowest that FreeRTOS allows for its tick */

static volatile uint32_t *reg(uintptr_t addr)
{
	return (volatile uint32_t *)addr;
}

void board_put(char c)
{
	*reg(UART) = (uint32_t)c;
}

uint64_t board_now(void)
{
	uint64_t now;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(now)::"memory");
	return now;
}

uint64_t board_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

static uint64_t next;

uint64_t board_tick_due(void)
{
	return next;
}

static void set_timer(void)
{
	__asm__ volatile("msr cntv_cval_el0, %0; isb" ::"r"(next));
}

void board_tick_start(void)
{
	*reg(GICD) = 0x12;	  /* GICD_CTLR: ARE, EnableGrp1 */
	*reg(GICR + 0x14) &= ~2u; /* GICR_WAKER.ProcessorSleep */
	while (*reg(GICR + 0x14) & 4)
		;
	*reg(SGI + 0x80) |= 1u << VTIMER;			    /* GICR_IGROUPR0 */
	*(volatile uint8_t *)(SGI + 0x400 + VTIMER) = LOWEST;	    /* GICR_IPRIORITYR */
	*reg(SGI + 0x100) = 1u << VTIMER;			    /* GICR_ISENABLER0 */
	__asm__ volatile("msr s3_0_c12_c12_5, %0; isb" ::"r"(7ul)); /* ICC_SRE_EL1 */
	__asm__ volatile("msr s3_0_c12_c12_7, %0; isb" ::"r"(1ul)); /* ICC_IGRPEN1_EL1 */
	next = board_now() + board_hz() / 1000;
	set_timer();
	__asm__ volatile("msr cntv_ctl_el0, %0; isb" ::"r"(1ul));
}

void board_tick_clear(void)
{
	next += board_hz() / 1000;
	set_timer();
}

void FreeRTOS_Tick_Handler(void);

void vApplicationIRQHandler(uint32_t id)
{
	if ((id & 0xffffff) == VTIMER)
		FreeRTOS_Tick_Handler();
}

void vApplicationIdleHook(void)
{
	__asm__ volatile("wfi");
}

void board_off(void)
{
	register uint64_t x0 __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */

	__asm__ volatile("hvc #0" : "+r"(x0)::"memory");
}

void board_assert(const char *file, int line)
{
	print("assert: %s:%lu\n", file, (unsigned long)line);
	board_off();
	for (;;)
		;
}

/* ---- what FreeRTOS and the compiler take from a C library ---- */

void *memset(void *to, int c, size_t n)
{
	for (char *p = to; n--; p++)
		*p = (char)c;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	char *p = to;

	for (const char *q = from; n--;)
		*p++ = *q++;
	return to;
}
