/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_LIFE_STUBS_H
#define VM_LIFE_STUBS_H

/* What test_vm_life.c has nothing of: a VM's memory, devices and console. It is included behind what it counts with. */

/* No delay is owed for what came of an earlier start. */
u64 backoff_next(struct backoff *b, u64 ran)
{
	assert_int_equal(b->count, resets);
	b->count = ++resets;
	return 0;
}

void *kzalloc_for(struct mem_account *acct, size_t size)
{
	__atomic_fetch_add(&objects, 1, __ATOMIC_RELAXED);
	return memset(aligned_alloc(512, ALIGN_UP(size, 512)), 0, size);
}

void kfree_for(struct mem_account *acct, void *p)
{
	__atomic_fetch_sub(&objects, 1, __ATOMIC_RELAXED);
	free(p);
}

enum console_room console_port_putc(struct console_port *p, u8 c)
{
	return CONSOLE_ROOM;
}

bool console_port_room(const struct console_port *p)
{
	return true;
}

void console_stuck(void)
{
}

struct console_port *console_port_create(const char *name, void (*notify)(void *arg), void *arg)
{
	return (struct console_port *)&config;
}

void console_port_destroy(struct console_port *p)
{
}

void vm_devices_input(void *vm)
{
}

int vm_devices_create(struct vm *vm, char *err)
{
	static struct vdev button = { .ops = &button_ops, .irq = 1 };

	vm->dev[vm->nr_devs++] = &button;
	return 0;
}

void vm_devices_destroy(struct vm *vm)
{
}

int vm_memory_init(struct vm *vm, char *err)
{
	return 0;
}

void vm_memory_add_info(struct vm *vm)
{
}

int vm_memory_fill(struct vm *vm, char *err)
{
	return 0;
}

/* Its tables are memory like any other then. */
void vm_memory_destroy(struct vm *vm)
{
	assert_false(walked);
}

void vm_memory_populate(struct vcpu *vcpu)
{
}

int vm_commit(struct vm *vm, char *err)
{
	return 0;
}

int arch_vm_init(struct vm *vm)
{
	walked = true;
	return 0;
}

void arch_vm_destroy(struct vm *vm)
{
	walked = false;
}

void vcpu_steal_begin(struct vcpu *vcpu)
{
	/* Its own thread does not run it meanwhile. */
	vcpu->steal = (struct vcpu_steal){ .before = 1 };
}

void vcpu_steal_off(struct vcpu *vcpu)
{
	vcpu->steal.tell = NULL;
}

void vcpu_steal_end(struct vcpu *vcpu)
{
	vcpu->steal.seen = 1;
}

void vcpu_steal_update(struct vcpu *vcpu, bool preempted)
{
}

#endif
