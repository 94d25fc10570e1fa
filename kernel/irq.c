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
	bool kept; /* it is over when irq_end() says so */
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

static bool exists(u32 irq)
{
	return chip && irq && irq < chip->nr_irqs;
}

/* With irq_lock held. An ordinary one is turned on at once; one that is @kept only gets its @trigger. */
static int request(u32 irq, irq_handler_t fn, const struct irq_action *a, enum irq_trigger trigger)
{
	int err;

	if (action[irq].fn)
		return -EBUSY;
	action[irq].arg = a->arg;
	action[irq].name = a->name;
	action[irq].kept = a->kept;
	/* A dispatch on another CPU that sees fn sees its argument too. */
	__atomic_store_n(&action[irq].fn, fn, __ATOMIC_RELEASE);
	err = a->kept ? chip->trigger(chip, irq, trigger) : chip->enable(chip, irq);
	if (err)
		action[irq].fn = NULL;
	return err;
}

int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name)
{
	const struct irq_action a = { .arg = arg, .name = name };
	unsigned long flags;
	int err;

	if (!exists(irq))
		return chip ? -EINVAL : -ENODEV;
	flags = spin_lock_irqsave(&irq_lock);
	err = request(irq, fn, &a, 0);
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

int irq_request_kept(u32 irq, enum irq_trigger trigger, irq_handler_t fn, void *arg,
		     const char *name)
{
	const struct irq_action a = { .arg = arg, .name = name, .kept = true };
	unsigned long flags;
	int err;

	if (!exists(irq))
		return chip ? -EINVAL : -ENODEV;
	if (!chip->end)
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	err = request(irq, fn, &a, trigger);
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

void irq_on(u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);
	int err;

	/* It is of an earlier life of the VM, or of another: its device was still at it. */
	if (chip->forget)
		chip->forget(chip, irq);
	err = chip->enable(chip, irq);
	BUG_ON(err); /* trigger() has looked */
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_off(u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);

	chip->disable(chip, irq);
	spin_unlock_irqrestore(&irq_lock, flags);
}

/* Without irq_lock: interrupt controllers of guests call these with their own lock held. */
void irq_end(u32 irq)
{
	chip->end(chip, irq);
}

void irq_route(u32 irq, struct cpu *cpu)
{
	if (chip->route)
		chip->route(chip, irq, cpu);
}

const char *irq_name(u32 irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);
	const char *name = exists(irq) && action[irq].fn ? action[irq].name : NULL;

	spin_unlock_irqrestore(&irq_lock, flags);
	return name;
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

bool irq_dispatch(u32 irq)
{
	const struct irq_action *a;
	irq_handler_t fn;
	bool kept;

	if (irq >= chip->nr_irqs)
		return true;
	a = &action[irq];
	fn = __atomic_load_n(&a->fn, __ATOMIC_ACQUIRE);
	if (fn) {
		/* Before the handler, which may free it. */
		kept = a->kept;
		fn(a->arg);
		return !kept;
	}
	/* Nobody asked for it: it would come back at once. */
	chip->disable(chip, irq);
	pr_warn("interrupt %u has no handler; it is off now", irq);
	return true;
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
