// SPDX-License-Identifier: Apache-2.0
/* FreeRTOS tells how late its ticks are, and a periodic task, beside one that computes for 100 us of each ms. */
#include <FreeRTOS.h>
#include <task.h>
#include <queue.h>
#include <stdarg.h>
#include "board.h"

#define TICKS 2000

struct late {
	uint64_t most, sum, n, over[4];
};

static struct late ticks, loops;
static volatile uint64_t work;
static QueueHandle_t queue;

void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	for (; *fmt; fmt++) {
		if (fmt[0] == '%' && fmt[1] == 's') {
			for (const char *s = va_arg(args, const char *); *s; s++)
				board_put(*s);
			fmt++;
		} else if (fmt[0] == '%' && fmt[1] == 'l') {
			char digits[20];
			int i = 0;
			unsigned long v = va_arg(args, unsigned long);

			do
				digits[i++] = (char)('0' + v % 10);
			while (v /= 10);
			while (i)
				board_put(digits[--i]);
			fmt += 2;
		} else {
			board_put(*fmt);
		}
	}
	va_end(args);
}

static const unsigned long bound_us[4] = { 20, 50, 100, 1000 };

static void count(struct late *l, uint64_t late)
{
	uint64_t ns = late * 1000000000 / board_hz();

	l->n++;
	l->sum += ns;
	l->most = ns > l->most ? ns : l->most;
	for (int i = 0; i < 4; i++)
		l->over[i] += ns > bound_us[i] * 1000;
}

/* In the tick's interrupt, which has set the next one already. */
void vApplicationTickHook(void)
{
	count(&ticks, board_now() - (board_tick_due() - board_hz() / 1000));
}

static void periodic(void *unused)
{
	TickType_t last = xTaskGetTickCount();
	uint64_t sent = 0, due;

	(void)unused;
	while (loops.n < TICKS) {
		xTaskDelayUntil(&last, 1);
		/* The next tick may move the due time: read it first, so that no time is negative. */
		due = board_tick_due() - board_hz() / 1000;
		count(&loops, board_now() - due);
		sent++;
		xQueueSend(queue, &sent, portMAX_DELAY);
	}
	vTaskDelete(NULL);
}

/* A tenth of the CPU. */
static void busy(void *unused)
{
	(void)unused;
	for (;;) {
		uint64_t end = board_now() + board_hz() / 10000;

		while (board_now() < end)
			work++;
		vTaskDelay(1);
	}
}

static void tell(const char *what, const struct late *l)
{
	print("%s: %lu, late by %lu ns in the mean, %lu ns at most;", what, l->n, l->sum / l->n,
	      l->most);
	for (int i = 0; i < 4; i++)
		print(" %lu over %lu us%s", l->over[i], bound_us[i], i < 3 ? "," : "\n");
}

static void report(void *unused)
{
	uint64_t got, expected = 0, wrong = 0;

	(void)unused;
	print("FreeRTOS %s: %lu Hz counter, %lu ticks a second\n", tskKERNEL_VERSION_NUMBER,
	      board_hz(), (unsigned long)configTICK_RATE_HZ);
	while (expected < TICKS) {
		xQueueReceive(queue, &got, portMAX_DELAY);
		wrong += got != ++expected;
	}
	tell("ticks", &ticks);
	tell("1 ms loops", &loops);
	print("%lu messages out of order; the task that computes got to %s\n", wrong,
	      work ? "run" : "nothing");
	board_off();
}

int main(void)
{
	queue = xQueueCreate(64, sizeof(uint64_t));
	xTaskCreate(periodic, "periodic", 4096, NULL, 6, NULL);
	xTaskCreate(report, "report", 4096, NULL, 5, NULL);
	xTaskCreate(busy, "busy", 4096, NULL, 1, NULL);
	vTaskStartScheduler();
	return 0;
}
