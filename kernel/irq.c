// SPDX-License-Identifier: Apache-2.0
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/printk.h>
#include <lodge/spinlock.h>

#define MAX_IRQS 256

struct irq_action {
	irq_handler_t fn;
	void *arg;
	const char *name;
};

static struct irqchip *chip;
static struct irq_action action[MAX_IRQS];
static struct spinlock irq_lock = SPINLOCK_INIT;

void irqchip_register(struct irqchip *c)
{
	if (chip)
		pr_warn("a second interrupt controller, %s, is not used", c->name);
	else
		chip = c;
}

bool irqchip_is_other(u32 phandle)
{
	return chip && chip->phandle && chip->phandle != phandle;
}

int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name)
{
	unsigned long flags;
	int err = 0;

	if (!chip)
		return -ENODEV;
	if (irq == 0 || irq >= MAX_IRQS || irq >= chip->nr_irqs)
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	if (action[irq].fn) {
		err = -EBUSY;
	} else {
		action[irq].arg = arg;
		action[irq].name = name;
		/* A dispatch on another CPU that sees fn sees its argument too. */
		__atomic_store_n(&action[irq].fn, fn, __ATOMIC_RELEASE);
		chip->enable(chip, irq);
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

void irq_free(u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);

	if (irq < MAX_IRQS && action[irq].fn) {
		chip->disable(chip, irq);
		action[irq].fn = NULL;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_dispatch(u32 irq)
{
	irq_handler_t fn = NULL;

	if (irq < MAX_IRQS)
		fn = __atomic_load_n(&action[irq].fn, __ATOMIC_ACQUIRE);
	if (fn) {
		fn(action[irq].arg);
	} else if (irq < MAX_IRQS) {
		/* Nobody asked for it: it would come back at once. */
		chip->disable(chip, irq);
		pr_warn("interrupt %u has no handler; it is off now", irq);
	}
}

void irq_handle_external(void)
{
	if (chip)
		chip->handle(chip);
}

void irq_cpu_init(void)
{
	if (chip)
		chip->cpu_init(chip);
}
