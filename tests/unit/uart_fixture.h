/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UART_FIXTURE_H
#define UART_FIXTURE_H

/* What the tests of the guest's UARTs share: one, with a console and an interrupt line. */
#include "../../virt/dev/uart.h"
#include "vdev_test.h"
#include <lodge/console.h>
#include <lodge/vcpu.h>

static struct vdev *dev;
static char output[64];
static unsigned int output_len;
static u8 input[64];
static unsigned int input_head, input_tail;
static bool line;
static unsigned int line_changes;

/* What the console says about room; its port is held off from this byte of output on. */
static enum console_room room;
static unsigned int room_ends, waits;

enum console_room console_port_putc(struct console_port *p, u8 c)
{
	assert_ptr_equal(p, test_vm.console);
	assert_int_equal(dev->lock.locked, 0);
	output[output_len++ % sizeof(output)] = (char)c;
	if (output_len == room_ends)
		room = CONSOLE_FULL;
	return room;
}

bool console_port_room(const struct console_port *p)
{
	assert_ptr_equal(p, test_vm.console);
	return room == CONSOLE_ROOM;
}

void vcpu_wait_output(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, test_vcpu);
	waits++;
}

/* The console has sent what it had. */
static void drain(void)
{
	room = CONSOLE_ROOM;
	dev->ops->input(dev);
}

int console_port_getc(struct console_port *p)
{
	assert_ptr_equal(p, test_vm.console);
	return input_tail == input_head ? -1 : input[input_tail++ % sizeof(input)];
}

void vm_irq_set(struct vm *vm, u32 irq, bool level)
{
	assert_ptr_equal(vm, &test_vm);
	assert_int_equal(irq, dev->irq);
	assert_true(level != line);
	line = level;
	line_changes++;
}

/* Bytes arrive at the console, which tells the device. */
static void type(unsigned int n)
{
	while (n--)
		input[input_head % sizeof(input)] = (u8)(0x40 + input_head), input_head++;
	dev->ops->input(dev);
}

/* By @r something happens at the console, or nothing: false. */
static __unused bool console_step(u64 r)
{
	if ((r >> 16) % 8 == 0 && input_head - input_tail < 40)
		type((r >> 24) % 4);
	else if ((r >> 16) % 64 == 1)
		room_ends = output_len + 1 + (r >> 24) % 4;
	else if ((r >> 16) % 64 == 2)
		drain();
	else
		return false;
	return true;
}

static int setup_uart(const struct vdev_ops *ops, u64 base, u64 size, u32 irq)
{
	output_len = input_head = input_tail = line_changes = 0;
	line = false;
	room = CONSOLE_ROOM;
	room_ends = waits = 0;
	memset(output, 0, sizeof(output));
	test_vm.console = (struct console_port *)&test_cfg;
	dev = test_create(ops, base, size, irq);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
