/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SMP_RISCV_HOST_H
#define SMP_RISCV_HOST_H

/* The run loop and riscv64's part of it, and what they call that a test of vCPUs does not look at. */
#include "../../arch/riscv64/include/asm/vcpu.h"
#include "../../arch/riscv64/include/asm/vm.h"
#include <shim.h>

/* What a hart has: of riscv64's <asm/cpu.h>. */
static bool riscv_has_sstc, riscv_has_fp = true;
static const u32 riscv_shared_csrs;
static u32 riscv_cbom_block;

bool riscv_isa_has(const char *ext)
{
	return false;
}

void riscv_cache_flush(const void *p, u64 size)
{
}

#include "../../arch/riscv64/virt/sbi/sbi_ipi.c"
#include "../../arch/riscv64/virt/timer.c"
#include "../../arch/riscv64/virt/vcpu.c"
#include "../../arch/riscv64/virt/vm.c"
#include "../../virt/vm/clock.c"
#include "../../virt/vm/request.c"
#include "../../virt/vm/vcpu.c"
#include "../../virt/vm/vmid.c"
#include "../../virt/vm/watch.c"

void vm_crash(struct vcpu *vcpu, const char *fmt, ...)
{
	fail_msg("a crash");
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

void vm_memory_populate(struct vcpu *vcpu)
{
}

void vcpu_steal_update(struct vcpu *vcpu, bool preempted)
{
}

int vm_console_getc(struct vm *v)
{
	return -1;
}

void vm_request_shutdown(struct vm *v, u64 reason)
{
}

int riscv_guest_load(struct vcpu *vcpu, u64 va, u64 *val)
{
	return -EFAULT;
}

const char *arch_exit_name(unsigned int cause)
{
	return NULL;
}

void riscv_shared_csrs_load(struct vcpu *vcpu)
{
}

void riscv_shared_csrs_put(struct vcpu *vcpu)
{
}

void riscv_vector_save(struct riscv_vector_state *v, u8 *regs)
{
}

void riscv_vector_restore(const struct riscv_vector_state *v, const u8 *regs)
{
}

int pgtable_for_each(struct pgtable *pt, u64 va, u64 size,
		     int (*fn)(void *arg, const struct pgtable_leaf *leaf), void *arg)
{
	return 0;
}

const char *host_bootarg(const char *name, char *buf, size_t size)
{
	return NULL;
}

void *kzalloc_for(struct mem_account *acct, size_t size)
{
	return memset(aligned_alloc(512, ALIGN_UP(size, 512)), 0, size);
}

void kfree_for(struct mem_account *acct, void *p)
{
	free(p);
}

#endif
