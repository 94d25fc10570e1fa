// SPDX-License-Identifier: Apache-2.0
#include <lodge/errno.h>
#include <lodge/irq.h>
#include <lodge/printk.h>
#include <lodge/slab.h>
#include <lodge/spinlock.h>

struct irq_action {
	irq_handler_t fn;
	void *arg;
	const char *name;
};

static struct irqchip *chip;
static struct irq_action *action; /* of each of the chip's interrupts */
static struct spinlock irq_lock = SPINLOCK_INIT;

int irqchip_register(struct irqchip *c)
{
	if (chip) {
		pr_warn("a second interrupt controller, %s, is not used", c->name);
		return -ENODEV;
	}
	action = kzalloc(c->nr_irqs * sizeof(*action));
	if (!action)
		return -ENOMEM;
	chip = c;
	return 0;
}

int irq_xlate(u32 phandle, const u32 *cells, unsigned int n, u32 *irq)
{
	/* The same number at another controller is another interrupt. */
	if (!chip || (chip->phandle && chip->phandle != phandle))
		return -ENODEV;
	if (chip->xlate)
		return chip->xlate(chip, cells, n, irq);
	if (n < 1 || n > 2)
		return -EINVAL;
	*irq = cells[0];
	return 0;
}

int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name)
{
	unsigned long flags;
	int err = 0;

	if (!chip)
		return -ENODEV;
	if (irq == 0 || irq >= chip->nr_irqs)
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	if (action[irq].fn) {
		err = -EBUSY;
	} else {
		action[irq].arg = arg;
		action[irq].name = name;
		/* A dispatch on another CPU that sees fn sees its argument too. */
		__atomic_store_n(&action[irq].fn, fn, __ATOMIC_RELEASE);
		err = chip->enable(chip, irq);
		if (err)
			action[irq].fn = NULL;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

int irq_msi_alloc(u32 *irq, struct msi_message *msg)
{
	return chip && chip->msi_alloc ? chip->msi_alloc(chip, irq, msg) : -ENODEV;
}

void irq_free(u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);

	if (chip && irq < chip->nr_irqs && action[irq].fn) {
		chip->disable(chip, irq);
		action[irq].fn = NULL;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_dispatch(u32 irq)
{
	irq_handler_t fn;

	if (irq >= chip->nr_irqs)
		return;
	fn = __atomic_load_n(&action[irq].fn, __ATOMIC_ACQUIRE);
	if (fn) {
		fn(action[irq].arg);
	} else {
		/* Nobody asked for it: it would come back at once. */
		chip->disable(chip, irq);
		pr_warn("interrupt %u has no handler; it is off now", irq);
	}
}

void irq_handle_external(void)
{
	lock_irq_enter();
	if (chip)
		chip->handle(chip);
	lock_irq_exit();
}

void irq_cpu_init(void)
{
	if (chip)
		chip->cpu_init(chip);
}

void irq_kick(struct cpu *c)
{
	if (chip && chip->kick)
		chip->kick(chip, c);
}
