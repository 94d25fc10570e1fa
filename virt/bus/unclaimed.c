// SPDX-License-Identifier: Apache-2.0
/* Accesses that nothing claims: counted, and each address reported once. */
#include <lodge/board.h>
#include <lodge/printk.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "bus_internal.h"

/* Whether @addr is to be reported, and with @last whether nothing will be after it. */
static bool unclaimed_is_new(struct unclaimed_log *log, u64 addr, bool *last)
{
	unsigned int i;

	*last = false;
	for (i = 0; i < log->shown; i++)
		if (log->addr[i] == addr)
			return false;
	if (log->shown < UNCLAIMED_SHOWN) {
		log->addr[log->shown++] = addr;
		return true;
	}
	*last = !log->full_reported;
	log->full_reported = true;
	return *last;
}

/* Counts it; whether there is something to say, which is said here if it is the last. */
static bool unclaimed_count(struct vm *vm, u64 key)
{
	struct unclaimed_log *log = &vm->unclaimed;
	unsigned long flags = spin_lock_irqsave(&log->lock);
	bool last, report = unclaimed_is_new(log, key, &last);

	log->count++;
	spin_unlock_irqrestore(&log->lock, flags);
	if (last)
		pr_warn("vm %s: more unclaimed addresses are counted, not shown", vm->cfg->name);
	return report && !last;
}

static bool address_is_probed(struct vcpu *vcpu, gpa_t addr)
{
	const struct guest_board *b = &arch_guest_board;
	unsigned int i;

	for (i = 0; i < b->nr_probed_memory; i++)
		if (addr.v - b->probed_memory[i].base < b->probed_memory[i].size)
			return !region_find(&vcpu->vm->map, addr);
	return false;
}

void vm_unclaimed(struct vcpu *vcpu, gpa_t addr, unsigned int width, bool write)
{
	const char *why = "nothing is at";

	if (address_is_probed(vcpu, addr) || !unclaimed_count(vcpu->vm, addr.v))
		return;
	if (region_is_memory(region_find(&vcpu->vm->map, addr)))
		why = "memory is read-only at";
	else if (vdev_at(vcpu, addr, 1))
		why = "no device emulates such an access at";
	pr_warn("vm %s: %s 0x%llx (%s of %u bytes)", vcpu->vm->cfg->name, why,
		(unsigned long long)addr.v, write ? "store" : "load", width);
}

static bool port_is_probed(u16 port)
{
	const struct guest_board *b = &arch_guest_board;
	unsigned int i;

	for (i = 0; i < b->nr_probed; i++)
		if (port >= b->probed[i].first && port <= b->probed[i].last)
			return true;
	return false;
}

/* No guest-physical address is so high. */
#define PORT_KEY ((u64)1 << 63)

void vm_port_unclaimed(struct vcpu *vcpu, u16 port, unsigned int width, bool write)
{
	if (port_is_probed(port) || !unclaimed_count(vcpu->vm, PORT_KEY | port))
		return;
	pr_warn("vm %s: %s I/O port 0x%x (%s of %u bytes)", vcpu->vm->cfg->name,
		port_find(vcpu, port, 1) ? "no device emulates such an access at" : "nothing is at",
		port, write ? "output" : "input", width);
}
