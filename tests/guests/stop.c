// SPDX-License-Identifier: Apache-2.0
#include "stop.h"
#include <guest/irq.h>
#include <guest/tap.h>

/* A guest with a power button. What it does with it, the boot argument "do=" says. */

enum {
	CHECK,	/* only look at the device */
	OFF,	/* power off when it has been pressed */
	IGNORE, /* say that it has been, and go on */
	RESET,	/* restart; in the next life it goes on */
};

static volatile u64 presses;

static void on_external(struct trap_frame *f)
{
	u32 irq = dev_irq_claim();

	(void)f;
	if (irq == button_irq)
		presses += button_take();
	dev_irq_complete(irq);
}

/* Until it has been pressed once more than @n times. */
static void await_press(u64 n)
{
	while (presses == n)
		barrier();
}

int guest_main(void)
{
	u64 deed = bootarg_number("do", CHECK);

	if (!button_find())
		return tap_done();
	if (deed == CHECK) {
		button_check();
		return tap_done();
	}
	irq_set_handler(IRQ_EXT, on_external);
	button_listen();
	irq_unmask(IRQ_EXT);
	irq_enable();
	tap_note("listens");
	for (u64 n = 0;; n++) {
		await_press(n);
		tap_note("pressed %lu times", presses);
		if (deed == OFF)
			return 0;
		if (deed == RESET)
			arch_reset();
	}
}
