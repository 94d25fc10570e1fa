/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_ARCH_VIRT_H
#define LODGE_ARCH_VIRT_H

#include <lodge/board.h>
#include <lodge/pgtable.h>
#include <lodge/types.h>
#include <lodge/vcpu.h>

/* What virt/ needs from an architecture. */

struct vm;
struct cpu;
struct fdt_writer;
struct image_loader;

/* ---- VMs ---- */

/** arch_virt_init() - once, on the boot CPU; panics if the CPU can't host guests. */
void arch_virt_init(void);
/** arch_stage2_format() - format of nested tables on this machine. */
const struct pgtable_format *arch_stage2_format(void);
/** arch_vm_init() - @vm->arch, when the nested root is there; -errno with nothing left behind. */
__must_check int arch_vm_init(struct vm *vm);
/**
 * arch_vm_set_back() - the guest's time becomes earlier by so many ticks, for all vCPUs
 * With @vm->lock; each vCPU that is to run again goes through arch_vcpu_unpark() or arch_vcpu_reset() first.
 */
void arch_vm_set_back(struct vm *vm, u64 ticks);
/**
 * arch_vm_destroy() - no vCPU runs: no CPU walks from @vm->stage2 or knows a translation of @vm
 * The tables are still there, and are unmapped and freed after it.
 */
void arch_vm_destroy(struct vm *vm);
/**
 * arch_stage2_flush() - no CPU has a cached translation of @vm's [addr, addr + size) any more
 * When it returns none of the VM's vCPUs uses one that was there before. With interrupts on or off;
 * the caller holds no lock that an exit acquires, but for formats with break_before_make.
 */
void arch_stage2_flush(struct vm *vm, u64 addr, u64 size);
/**
 * arch_stage2_added() - a translation of @addr is there that was not: this CPU does not remember that
 * A CPU that does takes another fault and comes here.
 */
void arch_stage2_added(struct vm *vm, u64 addr);

/**
 * arch_memory_clean() - what the host wrote there is where all see it, also guests that don't look
 * into caches; some KiB at a time
 */
void arch_memory_clean(hpa_t page, u64 size);

/* ---- vCPUs ---- */

/** arch_vcpu_init() - @vcpu->arch, of a zeroed vCPU; -ENOMEM. */
__must_check int arch_vcpu_init(struct vcpu *vcpu);
/**
 * arch_vcpu_destroy() - the opposite; it does not run and never will, and no CPU keeps its
 * registers.
 */
void arch_vcpu_destroy(struct vcpu *vcpu);
/** arch_vcpu_reset() - power-on state, to start at @pc with the boot protocol's @arg
 * (vm->boot_arg for the first, an opaque value for others). */
void arch_vcpu_reset(struct vcpu *vcpu, u64 pc, u64 arg);
/** arch_vcpu_load() - put @vcpu's state into this CPU's guest registers; interrupts are off. */
void arch_vcpu_load(struct vcpu *vcpu);
/** arch_vcpu_put() - and take it out again, but for FP and vector registers. */
void arch_vcpu_put(struct vcpu *vcpu);
/**
 * arch_vcpu_park() - @vcpu stays out of the guest for a pause: none of the timers that compare with its
 * time fires any more
 * In its own thread, put, interrupts off.
 */
void arch_vcpu_park(struct vcpu *vcpu);
/** arch_vcpu_unpark() - they go on, after arch_vm_set_back() if the time stood still; as arch_vcpu_park(). */
void arch_vcpu_unpark(struct vcpu *vcpu);
/** arch_vcpu_put_fp() - the FP and vector registers of this CPU, whoever's they are, as well. */
void arch_vcpu_put_fp(struct cpu *c);
/** arch_vcpu_run() - enter the guest; handles exits until one wants something else
 * than EXIT_RESUME, or requests are pending. Interrupts are off before and after. */
int arch_vcpu_run(struct vcpu *vcpu);
/** arch_vcpu_prepare_block() - arm what must wake it; false if it must not sleep: an interrupt is
 * pending. */
bool arch_vcpu_prepare_block(struct vcpu *vcpu);
/** arch_vcpu_irq_pending() - whether an interrupt that would end a wait is pending. */
bool arch_vcpu_irq_pending(struct vcpu *vcpu);
/**
 * arch_vcpu_tick_unseen() - whether its timer has expired so lately that the guest may not have seen it
 * Asked as its slice ends, if vcpu->ticked, which who emulates the timer sets as it expires. Not where a timer
 * of the host stands in for the guest's when the registers are saved: nobody sets it there.
 */
bool arch_vcpu_tick_unseen(const struct vcpu *vcpu);
/** arch_vcpu_sync() - local instruction and address-translation caches for REQ_* @req. */
void arch_vcpu_sync(struct vcpu *vcpu, u32 req);
/** arch_vcpu_note_exit() - in an exit: keep what this CPU's registers tell of it for the dump. */
void arch_vcpu_note_exit(struct vcpu *vcpu);
/**
 * arch_vcpu_dump() - registers and the last exits, for a person
 * In a thread, with interrupts on; @vcpu is not loaded, and arch_vcpu_note_exit() came before.
 */
void arch_vcpu_dump(struct vcpu *vcpu);
/**
 * arch_vcpu_stuck() - whether it is where a guest that only re-takes one trap would be
 * Called at the end of each time slice. @sure: it was so several times before, and it is worth while to
 * look closer. Else a guess that is cheap and never wrongly false will do.
 */
bool arch_vcpu_stuck(struct vcpu *vcpu, bool sure);
/** arch_exit_name() - what statistics call exit @cause (0..NR_EXIT_CAUSES-1); NULL if unused. */
const char *arch_exit_name(unsigned int cause);

/* ---- boot protocol ---- */

/** arch_guest_fdt() - root properties, /cpus and what else only the ISA knows. Only for
 * architectures whose arch_boot_data() calls image_load_fdt(). */
__must_check int arch_guest_fdt(struct vm *vm, struct fdt_writer *w);
/**
 * arch_image_load() - load the kernel that is open if it has a boot protocol of this ISA's own
 * Return: 0, with vm->entry set; -ENOEXEC if it has none; else -errno, with image_error() said.
 */
__must_check int arch_image_load(struct image_loader *l);
/**
 * arch_boot_data() - the initrd and what tells the kernel, which is loaded, of its machine;
 * sets vm->boot_arg
 */
__must_check int arch_boot_data(struct image_loader *l);

#endif
