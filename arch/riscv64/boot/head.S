/* SPDX-License-Identifier: Apache-2.0 */
#include <asm/csr.h>
#include <asm/layout.h>
#include <asm/sbi.h>
#include <asm/stack.h>

/*
 * From the firmware to C. Entered in HS-mode with translation off, a0 = hart id and
 * a1 = devicetree (SBI, and the boot protocol that Linux shares). Until the jump to
 * high_entry the program runs at its load address: only pc-relative references.
 */
#define PTE_LEAF_RWX 0xef /* V R W X G A D */
#define PTE_LEAF_RW  0xe7 /* V R W G A D */
#define PTE_TABLE    0x01

#define VPN2(va) (((va) >> 30) & 511)

	.section .text.entry, "ax"
	.globl	_start
_start:
	csrw	sie, zero
	csrw	sip, zero
	csrw	CSR_SSCRATCH, zero
	mv	s0, a0
	mv	s1, a1

	/*
	 * One hart boots. OpenSBI 1.1 marks a hart as starting before it has noted where it is
	 * to start, so one that is awake just then comes here, too: it stops, and
	 * arch_cpu_start() starts it again.
	 */
	lla	t0, boot_taken
	li	t1, 1
	amoswap.w t1, t1, (t0)
	beqz	t1, 1f
	li	a7, SBI_EXT_HSM
	li	a6, SBI_HSM_HART_STOP
	ecall
	j	.
1:
	lla	t0, __bss_start
	lla	t1, __bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	/* The image: leaves of 2 MiB under IMAGE_BASE. */
	lla	s2, __image_start		/* physical */
	lla	t0, early_image_table
	srli	t1, s2, 12
	slli	t1, t1, 10
	ori	t1, t1, PTE_LEAF_RWX
	li	t2, 1 << (21 - 12 + 10)
	.rept	IMAGE_MAX / 0x200000
	sd	t1, 0(t0)
	add	t1, t1, t2
	addi	t0, t0, 8
	.endr

	lla	s3, early_root
	lla	t0, early_image_table
	srli	t0, t0, 12
	slli	t0, t0, 10
	ori	t0, t0, PTE_TABLE
	li	t1, VPN2(IMAGE_BASE) * 8
	add	t1, s3, t1
	sd	t0, 0(t1)

#ifdef CONFIG_KASAN
	/* The image's shadow: a leaf. Nothing else has one yet. */
	lla	t0, early_shadow_table
	lla	t1, kasan_image_shadow
	srli	t1, t1, 12
	slli	t1, t1, 10
	ori	t1, t1, PTE_LEAF_RW
	sd	t1, 0(t0)
	srli	t0, t0, 12
	slli	t0, t0, 10
	ori	t0, t0, PTE_TABLE
	li	t1, VPN2(KASAN_IMAGE_SHADOW) * 8
	add	t1, s3, t1
	sd	t0, 0(t1)
#endif

	/* The direct map: DIRECT_MAP_SIZE in leaves of 1 GiB, until C makes the real one. */
	li	t1, VPN2(DIRECT_MAP_BASE) * 8
	add	t1, s3, t1
	li	t0, PTE_LEAF_RW
	li	t2, 1 << (30 - 12 + 10)
	li	t3, DIRECT_MAP_SIZE >> 30
1:	sd	t0, 0(t1)
	add	t0, t0, t2
	addi	t1, t1, 8
	addi	t3, t3, -1
	bnez	t3, 1b

	li	t0, IMAGE_BASE
	sub	t0, t0, s2
	lla	t1, image_offset
	sd	t0, 0(t1)

	srli	a2, s3, 12
	li	t1, ATP_MODE_39 << ATP_MODE_SHIFT
	or	a2, a2, t1
	lla	a3, boot_high
	add	a3, a3, t0
	j	enable_translation
	.balign	4				/* stvec takes no other */
boot_high:
	lla	sp, boot_stack_top
	lla	tp, boot_cpu
	lla	t0, trap_entry
	csrw	CSR_STVEC, t0
	mv	a0, s0
	mv	a1, s1
	mv	s0, zero			/* ends a backtrace */
	mv	ra, zero
	call	riscv_start
	j	.

/*
 * Write a2 to satp and continue at the virtual address a3. The fetch after the write
 * faults, as the load address is not mapped, and the trap "returns" to a3 through stvec.
 */
	.balign	4
enable_translation:
	csrw	CSR_STVEC, a3
	sfence.vma
	csrw	CSR_SATP, a2
	sfence.vma
	/* Where the firmware left the image's addresses mapped this is reached. */
	jr	a3

/*
 * A started hart (SBI HSM): a0 = hart id, a1 = load address of its struct secondary_start,
 * which holds satp, the stack and tp (virtual).
 */
	.balign	4
	.globl	riscv_secondary_entry
riscv_secondary_entry:
	csrw	sie, zero
	csrw	CSR_SSCRATCH, zero
	ld	a2, 0(a1)
	ld	sp, 8(a1)
	ld	tp, 16(a1)
	ld	a3, 24(a1)
	sd	zero, 0(a1)			/* it is here */
	j	enable_translation

	.balign	4
	.globl	riscv_secondary_high
riscv_secondary_high:
	lla	t0, trap_entry
	csrw	CSR_STVEC, t0
	mv	s0, zero
	mv	ra, zero
	call	riscv_secondary_start
	j	.

	.section .bss.page_aligned, "aw", @nobits
	.balign	4096
early_root:
	.skip	4096
early_image_table:
	.skip	4096
#ifdef CONFIG_KASAN
early_shadow_table:
	.skip	4096
#endif
	.globl	early_root

	/* The first half of the slot is the boot stack's guard. */
	.section .bss.boot_stack, "aw", @nobits
	.balign	STACK_SLOT
	.globl	boot_stack_guard
boot_stack_guard:
	.skip	STACK_SLOT
boot_stack_top:
	.globl	boot_stack_top

	.section .data
	.balign	8
	.globl	image_offset
image_offset:
	.quad	0
boot_taken:
	.word	0
