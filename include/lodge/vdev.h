/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VDEV_H
#define LODGE_VDEV_H

#include <lodge/errno.h>
#include <lodge/nospec.h>
#include <lodge/spinlock.h>
#include <lodge/string.h>
#include <lodge/types.h>
#include <lodge/vcpu.h>

/* phandles of a generated guest tree. */
#define GUEST_PHANDLE_CPU_INTC(n) ((n) + 1u) /* interrupt controller within CPU n */
#define GUEST_PHANDLE_IRQCHIP	  0x100u
#define GUEST_PHANDLE_TEST	  0x101u
#define GUEST_PHANDLE_APB_CLOCK	  0x102u
#define GUEST_PHANDLE_GPIO	  0x103u
#define GUEST_PHANDLE_HOST(node)  ((u32)(node) + 0x1000u) /* of a node copied from the host's tree */

#define GUEST_APB_HZ	     24000000u /* of that clock */
#define GUEST_APB_CLOCK_NAME "clk24mhz"

struct vm;
struct vcpu;
struct vdev;
struct fdt_writer;
struct vdev_config;

/* Registers of a device as snapshot and migration carry them. */
struct vdev_state {
	void *data;
	size_t size; /* in: room in @data; out: bytes used */
};

/**
 * struct vdev_ops - one kind of device that a guest sees
 * @compatible: what a VM description calls it ("lodge,ns16550")
 * @create:	makes one at @base of @size bytes with interrupt @irq; -errno with nothing left behind
 * @destroy:	frees it
 * @reset:	to the state after power-on
 * @vm_state:	for what counts the guest's time: the VM begins, is paused, goes on or has ended, which
 *		vm_state() tells; any thread of the host
 * @read:	a load of @width (1, 2, 4 or 8) bytes at @off, zero-extended
 * @write:	a store of the low @width bytes of @val at @off
 * @set_irq:	for interrupt controllers, which it makes one: level of input line @irq
 * @max_irq:	for interrupt controllers: the largest number of an input line
 * @irq_cells:	for interrupt controllers: the cells of an interrupts property for a
 *		level-triggered, active-high @irq, 3 at most; returns how many. NULL: one, @irq
 * @link:	for interrupt controllers that can be given interrupts of the host: input @irq is @host
 *		there; -EINVAL if there is no such input
 * @forward:	@host has come, and comes again only after irq_end(), which is called when the guest has
 *		ended @irq; interrupts are off
 * @cut:	it does not come any more, and no vCPU runs: if the guest has not ended it, it is over
 * @irq_ready:	for devices whose line pulses: another pulse may have an effect now; any context, with
 *		no lock held
 * @quiesce:	for devices that let others reach the guest's memory: takes nothing new from the guest until it is
 *		reset, and returns when nothing is under way. No vCPU runs. In the VM's thread, may sleep; may be NULL
 * @input:	for the end of the VM's console: there may be something to read; interrupt context
 * @getc:	where there is @input: the oldest byte of input that the guest has not read, or -1, as
 *		firmware that drives the device would take it; any context
 * @power_button: for what has the machine's power button: it is pressed, or released; any context,
 *		with no lock held
 * @fdt:	adds the device's node to the guest's tree; may be NULL
 * @stdout_node: what its node is called, if it is a terminal that stdout-path can name
 * @apb:	its node refers to the clock of the peripheral bus, GUEST_PHANDLE_APB_CLOCK
 * @byte_ports:	its I/O ports are 8 bits wide: a wider access is one of several, as on an ISA bus
 * @save, @restore: registers to and from a flat, versioned struct; -EINVAL if it does not fit
 *
 * A window of memory is of 8 bytes at least. @off is always within it, and @off + @width too; nothing
 * else about an access is guaranteed. read() and write() are called with interrupts
 * off, by exits. The device takes its own lock. Locks nest as device, interrupt
 * controller, vCPU; a device calls nothing of the console with its lock held but
 * console_port_getc().
 */
struct vdev_ops {
	const char *compatible;
	int (*create)(struct vm *vm, const struct vdev_config *cfg, struct vdev **out);
	void (*destroy)(struct vdev *v);
	void (*reset)(struct vdev *v);
	void (*vm_state)(struct vdev *v);
	u64 (*read)(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width);
	void (*write)(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val);
	void (*set_irq)(struct vdev *v, u32 irq, bool level);
	u32 max_irq;
	unsigned int (*irq_cells)(struct vdev *v, u32 irq, u32 *cells);
	int (*link)(struct vdev *v, u32 irq, u32 host);
	void (*forward)(struct vdev *v, u32 irq);
	void (*cut)(struct vdev *v, u32 irq);
	void (*irq_ready)(struct vdev *v);
	void (*quiesce)(struct vdev *v);
	void (*input)(struct vdev *v);
	int (*getc)(struct vdev *v);
	void (*power_button)(struct vdev *v, bool pressed);
	int (*fdt)(struct vdev *v, struct fdt_writer *w);
	const char *stdout_node;
	bool apb, byte_ports;
	int (*save)(struct vdev *v, struct vdev_state *s);
	int (*restore)(struct vdev *v, const struct vdev_state *s);
};

/* Where a device's window is: among guest-physical addresses, or among the I/O ports of a
 * machine that has some. */
enum vdev_space { VDEV_MEMORY, VDEV_PORTS };

/* The generic part of every device; embedded in the device's own struct. */
struct vdev {
	const struct vdev_ops *ops;
	struct vm *vm;
	char name[24];
	gpa_t base; /* or the first port */
	u64 size;
	u32 irq; /* input of the VM's interrupt controller, 0 for none */
	enum vdev_space space;
	struct spinlock lock;
};

/* What create() is given: from the board's table, overridden by the description. */
struct vdev_config {
	char name[24];
	const char *compatible;
	gpa_t base;
	u64 size;
	u32 irq;
	enum vdev_space space;
};

/** vdev_init() - the generic part of @v, from what create() was given. */
static inline void vdev_init(struct vdev *v, const struct vdev_ops *ops, struct vm *vm,
			     const struct vdev_config *cfg)
{
	v->ops = ops;
	v->vm = vm;
	memcpy(v->name, cfg->name, sizeof(v->name));
	v->base = cfg->base;
	v->size = cfg->size;
	v->irq = cfg->irq;
	v->space = cfg->space;
	/* A device's lock, then that of the interrupt controller: of two kinds. */
	spin_lock_init(&v->lock, ops->compatible);
}

/* Registered objects are collected by the linker between __vdevs_start and __vdevs_end. */
#define VDEV_REGISTER(ops) \
	static const struct vdev_ops *const __vdev_##ops __used __section(".vdevs") = &ops

/** vdev_find_ops() - the ops registered for @compatible, or NULL. */
const struct vdev_ops *vdev_find_ops(const char *compatible);

/** vdev_fdt_node() - opens @v's node "@name@base" with reg and, if it has one, its interrupt. */
void vdev_fdt_node(struct vdev *v, struct fdt_writer *w, const char *name);

/* A saved state starts with this. */
struct vdev_state_header {
	u32 version;
	u32 size; /* of the whole, with this */
};

/**
 * vdev_state_put() - for save(): copies the @size bytes at @state out, under @v's lock
 * Return: 0, or -EINVAL without room for them.
 */
static inline int vdev_state_put(struct vdev *v, struct vdev_state *s, const void *state,
				 size_t size)
{
	unsigned long flags;

	if (s->size < size)
		return -EINVAL;
	flags = spin_lock_irqsave(&v->lock);
	memcpy(s->data, state, size);
	spin_unlock_irqrestore(&v->lock, flags);
	s->size = size;
	return 0;
}

/** vdev_state_get() - for restore(): copies exactly @size bytes of @version in, or -EINVAL. */
static inline int vdev_state_get(const struct vdev_state *s, void *state, size_t size, u32 version)
{
	struct vdev_state_header h;

	if (s->size != size || size < sizeof(h))
		return -EINVAL;
	memcpy(&h, s->data, sizeof(h));
	if (h.version != version || h.size != size)
		return -EINVAL;
	memcpy(state, s->data, size);
	return 0;
}

/* ---- all devices of a VM (virt/bus/) ---- */

#define UNCLAIMED_SHOWN 16

/* Accesses that nothing claimed; each address is reported once while there is room. */
struct unclaimed_log {
	struct spinlock lock;
	u64 count;
	unsigned int shown;
	u64 addr[UNCLAIMED_SHOWN];
	bool full_reported;
};

/**
 * vm_devices_create() - make what vm->cfg->dev[] lists and put it into vm->map
 * Needs vm->console. Return: 0, or -errno with nothing left behind and @err, VM_ERROR_MAX
 * bytes, set to one line for a person.
 */
__must_check int vm_devices_create(struct vm *vm, char *err);
/** vm_devices_destroy() - the opposite; no vCPU runs, and the console is gone already. */
void vm_devices_destroy(struct vm *vm);
/**
 * vm_devices_quiesce() - nothing that was asked of them is under way, in whatever takes it on: no memory of
 * the guest is written or read any more. No vCPU runs. May sleep.
 */
void vm_devices_quiesce(struct vm *vm);
/** vm_devices_reset() - all of them, the interrupt controller last. */
void vm_devices_reset(struct vm *vm);
/** vm_devices_state() - the VM has begun, been paused, gone on or ended. Threads, with no lock held. */
void vm_devices_state(struct vm *vm);
/** vm_devices_fdt() - the nodes of all devices, where @w stands (two cells of address and size). */
__must_check int vm_devices_fdt(struct vm *vm, struct fdt_writer *w);
/** vm_power_button() - the device that has @vm's power button: the first that can; NULL if none can. */
struct vdev *vm_power_button(const struct vm *vm);
/**
 * vm_lines_create() - request the interrupts of the host that vm->cfg->line[] lists, for the VM's
 * interrupt controller; they are off
 * Return: 0, or -errno with nothing left behind and @err set, as vm_devices_create(), which calls it.
 */
__must_check int vm_lines_create(struct vm *vm, char *err);
/** vm_lines_destroy() - the opposite; no handler uses @vm any more. A thread, holding no lock. */
void vm_lines_destroy(struct vm *vm);
/** vm_lines_on() - the VM is about to run. */
void vm_lines_on(struct vm *vm);
/**
 * vm_lines_off() - its vCPUs have left the guest for good: its devices interrupt nobody, and what
 * has come is forgotten. A thread, holding no lock.
 */
void vm_lines_off(struct vm *vm);
/** vm_devices_input() - the notify function of a VM's console port; @vm is the struct vm. */
void vm_devices_input(void *vm);

/**
 * vm_console_getc() - the next byte of input for a guest that asks its firmware for it, or -1
 * What the VM's UART has received already comes first. Any vCPU of @vm's, interrupts off.
 */
int vm_console_getc(struct vm *vm);

/** vdev_quick() - the device of the page of @addr, if @vcpu remembers it and any access fits. */
static __always_inline struct vdev *vdev_quick(struct vcpu *vcpu, gpa_t addr)
{
	struct vdev *v = *vdev_cache_slot(vcpu, addr.v);

	return likely(v) && likely(addr.v - v->base.v < v->size - 7) ? v : NULL;
}

/** vdev_offset() - where in @v the address or port @at is, which is in it; never beyond it. */
static __always_inline u64 vdev_offset(const struct vdev *v, u64 at)
{
	return index_nospec(at - v->base.v, v->size);
}

/** vdev_at() - the device that has all of an access, which @vcpu remembers; NULL if none has. */
struct vdev *vdev_at(struct vcpu *vcpu, gpa_t addr, unsigned int width);
/**
 * vm_mmio_read() - a load of @width (1, 2, 4, 8) bytes by @vcpu from a device
 * @val: the value, zero-extended
 * Return: false, with all ones in @val, if no device is at all of @addr..@addr + @width - 1;
 * the caller then decides what it is, and tells vm_unclaimed() if it is nothing.
 */
bool vm_mmio_read(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 *val);
/** vm_mmio_write() - a store, of which the low @width bytes of @val count; else as above. */
bool vm_mmio_write(struct vcpu *vcpu, gpa_t addr, unsigned int width, u64 val);
/** vm_unclaimed() - count an access that nothing claims, and report its address once, unless the
 * board's software is known to look for devices there. */
void vm_unclaimed(struct vcpu *vcpu, gpa_t addr, unsigned int width, bool write);

/** vm_port_read() - an input of @width (1, 2, 4) bytes from I/O ports; as vm_mmio_read(). */
bool vm_port_read(struct vcpu *vcpu, u16 port, unsigned int width, u64 *val);
/** vm_port_write() - an output, of which the low @width bytes of @val count; else as above. */
bool vm_port_write(struct vcpu *vcpu, u16 port, unsigned int width, u64 val);
/** vm_port_unclaimed() - as vm_unclaimed(), but ports that the board's software is known to
 * look for devices at are not reported. */
void vm_port_unclaimed(struct vcpu *vcpu, u16 port, unsigned int width, bool write);

#endif
