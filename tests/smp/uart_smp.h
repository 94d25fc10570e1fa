/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SMP_UART_SMP_H
#define SMP_UART_SMP_H

/* A device that several vCPUs use at a time, as does the console, if it is a UART. */
#include "machine.h"
#include "vdev_test.h"
#include <lodge/console.h>
#include <lodge/slab.h>
#include <lodge/thread.h>
#include <sched.h>
#include <shim.h>

#define CPUS  3
#define USERS 2

static struct vdev *dev;
static void (*use)(unsigned int n);
static u64 said;
static u32 users, ready;
static bool line; /* under the device's lock */

static unsigned int uart_rounds(void)
{
	return machine_rounds(20000) + 100;
}

/* What machine.c frees are threads. */
void kfree_for(struct mem_account *acct, void *p)
{
	free(p);
}

/* ---- what a UART calls ---- */

enum console_room console_port_putc(struct console_port *p, u8 c)
{
	__atomic_fetch_add(&said, 1, __ATOMIC_RELAXED);
	return machine_random() % 16 ? CONSOLE_ROOM : CONSOLE_FULL;
}

bool console_port_room(const struct console_port *p)
{
	return machine_random() % 16;
}

int console_port_getc(struct console_port *p)
{
	return machine_random() % 8 ? -1 : 'x';
}

void vcpu_wait_output(struct vcpu *vcpu)
{
	fail_msg("the port is full");
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	line = level;
}

/* ---- who uses it ---- */

/* Exits, in which the thread stays on its CPU. */
static u64 look(u64 reg)
{
	unsigned long flags = arch_irq_save();
	u64 v = dev->ops->read(dev, test_vcpu, reg, 1);

	arch_irq_restore(flags);
	return v;
}

static void access(u64 reg, u64 val)
{
	unsigned long flags = arch_irq_save();

	dev->ops->write(dev, test_vcpu, reg, 1, val);
	arch_irq_restore(flags);
}

static __unused void wait_us(u64 us)
{
	u64 until = time_now() + time_from_us(us);

	while (time_now() < until)
		machine_relax();
}

/* All at a time, also where there are more CPUs than the machine that builds has. */
static void be_user(void *arg)
{
	unsigned int i;

	__atomic_fetch_add(&ready, 1, __ATOMIC_RELAXED);
	while (READ_ONCE(ready) < USERS)
		machine_relax();
	for (i = 0; i < uart_rounds(); i++) {
		use(machine_random());
		if (machine_random() % 32 == 0)
			sched_yield();
	}
	__atomic_fetch_sub(&users, 1, __ATOMIC_RELEASE);
}

static void be_console(void *arg)
{
	while (__atomic_load_n(&users, __ATOMIC_ACQUIRE)) {
		if (dev->ops->input)
			dev->ops->input(dev);
		thread_yield();
		machine_relax();
	}
}

static void start_users(void)
{
	unsigned int i;

	for (i = 0; i < USERS; i++)
		thread_start(thread_create("vcpu", be_user, NULL, i));
	thread_start(thread_create("console", be_console, NULL, USERS));
}

static void uart_test(const struct vdev_ops *ops, u64 size, void (*fn)(unsigned int n))
{
	use = fn;
	users = USERS;
	ready = 0;
	said = 0;
	dev = test_create(ops, 0x1000, size, 4);
	assert_true(machine_run(CPUS, start_users));
	test_destroy(dev);
}

#endif
