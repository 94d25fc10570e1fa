/* SPDX-License-Identifier: Apache-2.0 */
/* FreeRTOS on the board of a Lodge VM on aarch64: a GICv3, the virtual timer, a PL011. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ			1000000000
#define configTICK_RATE_HZ			1000
#define configTICK_TYPE_WIDTH_IN_BITS		TICK_TYPE_WIDTH_64_BITS
#define configUSE_PREEMPTION			1
#define configUSE_TIME_SLICING			1
#define configUSE_PORT_OPTIMISED_TASK_SELECTION 1
#define configMAX_PRIORITIES			8
#define configMINIMAL_STACK_SIZE		1024
#define configTOTAL_HEAP_SIZE			(256 * 1024)
#define configMAX_TASK_NAME_LEN			16
#define configUSE_IDLE_HOOK			1
#define configUSE_TICK_HOOK			1
#define configUSE_MUTEXES			1
#define configUSE_TASK_FPU_SUPPORT		1
#define configSUPPORT_DYNAMIC_ALLOCATION	1
#define INCLUDE_vTaskDelay			1
#define INCLUDE_xTaskDelayUntil			1
#define INCLUDE_vTaskDelete			1

/* A GIC has at least 16 priorities for a guest; FreeRTOS masks from the middle on. */
#define configUNIQUE_INTERRUPT_PRIORITIES     16
#define configMAX_API_CALL_INTERRUPT_PRIORITY 9
void board_tick_start(void);
void board_tick_clear(void);
#define configSETUP_TICK_INTERRUPT() board_tick_start()
#define configCLEAR_TICK_INTERRUPT() board_tick_clear()

void board_assert(const char *file, int line);
#define configASSERT(x)                                   \
	do {                                              \
		if (!(x))                                 \
			board_assert(__FILE__, __LINE__); \
	} while (0)

#endif
