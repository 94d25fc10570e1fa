/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VM_H
#define LODGE_VM_H

#include <lodge/block.h>
#include <lodge/list.h>
#include <lodge/pgtable.h>
#include <lodge/region.h>
#include <lodge/thread.h>
#include <lodge/vm_config.h>
#include <asm/vm.h> /* struct arch_vm */

struct vcpu;
struct console_port;
struct fs;

enum vm_state { VM_LOADED, VM_RUNNING, VM_STOPPED, VM_CRASHED };

/* Why a VM ended. */
enum vm_end { VM_END_NONE, VM_END_SHUTDOWN, VM_END_RESET, VM_END_CRASH, VM_END_KILLED };

struct vm {
	struct arch_vm arch;
	struct list node;
	const struct vm_config *cfg;
	enum vm_state state;
	enum vm_end end;
	u64 end_reason; /* as the guest's firmware interface gave it */

	/* Memory. @stage2 is a cache of @map. */
	struct region_map map;
	struct pgtable stage2;
	struct mem_account account;

	/* Devices. */
	unsigned int nr_devs;
	struct vdev *dev[VM_MAX_DEVS];
	struct vdev *irqchip;
	struct unclaimed_log unclaimed;
	struct console_port *console;

	/* Where the first vCPU starts, and with what. */
	gpa_t entry;
	gpa_t fdt;
	/* What reset in place loads again. */
	struct fs *fs;

	unsigned int nr_vcpus;
	struct vcpu *vcpu[VM_MAX_VCPUS];
};

/* ---- memory (virt/memory.c) ---- */

#define VM_MEM_NOZERO 1u /* the caller overwrites all of it */

/**
 * vm_memory_segs() - where a range of a guest's RAM is in the host
 * Pages that are not there yet are allocated. With VM_MEM_NOZERO, pages that lie
 * wholly within the range are not zeroed first.
 * Return: the number of @segs used, -E2BIG if @max is too few, -EFAULT if some of the
 * range is no RAM, -ENOMEM.
 */
__must_check int vm_memory_segs(struct vm *vm, gpa_t addr, u64 len, unsigned int flags,
				struct block_seg *segs, unsigned int max);

/* Copies; the range is checked overflow-safely. -EFAULT if some of it is no RAM. */
__must_check int guest_read(struct vm *vm, void *buf, gpa_t addr, size_t len);
__must_check int guest_write(struct vm *vm, gpa_t addr, const void *buf, size_t len);
#define guest_read_obj(vm, obj, addr) guest_read(vm, obj, addr, sizeof(*(obj)))

/* ---- devices (virt/bus.c) ---- */

/* Changes the level of an input line of the VM's interrupt controller. Any context. */
void vm_irq_set(struct vm *vm, u32 irq, bool level);

/* ---- power: ask, from any context; the VM's thread does it ---- */
void vm_request_shutdown(struct vm *vm, u64 reason);
void vm_request_reset(struct vm *vm, u64 reason);

#endif
