// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <lodge/time.h>
#include <asm/barrier.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <asm/sbi.h>
#include <asm/setup.h>
#include <asm/stack.h>

#define START_TIMEOUT_US 500000
#define START_TRIES	 3

extern const char riscv_secondary_entry[], riscv_secondary_high[], riscv_thread_start[];

int arch_cpu_node_hwid(const void *fdt, int node, u64 *hwid)
{
	const char *type = fdt_prop_string(fdt, node, "device_type");

	if (!type || strcmp(type, "cpu") != 0 || !fdt_node_enabled(fdt, node))
		return -ENODEV;
	return fdt_prop_u64(fdt, node, "reg", hwid);
}

/* Return: false if the hart has stopped again without having come to its entry, see head.S. */
static bool hart_arrives(u64 hart, const struct secondary_start *s)
{
	u64 deadline = time_now() + time_from_us(START_TIMEOUT_US);

	while (READ_ONCE(s->satp) && time_now() < deadline)
		if (sbi_call(SBI_EXT_HSM, SBI_HSM_HART_GET_STATUS, hart, 0, 0, 0).value ==
		    SBI_HSM_STOPPED)
			return false;
	return true;
}

int arch_cpu_start(struct cpu *c, void *stack)
{
	/* Its own for good: a hart that starts late must not find another's. */
	struct secondary_start *s = &c->arch.start;
	struct sbiret r;

	s->satp = riscv_host_satp;
	s->sp = (u64)stack;
	s->tp = (u64)c;
	s->pc = (u64)riscv_secondary_high;
	/* The hart reads it with translation off, after the firmware's own handshake. */
	smp_wmb();
	for (int i = 0; i < START_TRIES; i++) {
		r = sbi_call(SBI_EXT_HSM, SBI_HSM_HART_START, c->self_hwid,
			     kva_to_hpa(riscv_secondary_entry).v, kva_to_hpa(s).v, 0);
		if (r.error != SBI_SUCCESS)
			return -EIO;
		if (hart_arrives(c->self_hwid, s))
			return 0;
	}
	return -EIO;
}

void riscv_secondary_start(void)
{
	smp_secondary_main();
}

void arch_cpu_kick(struct cpu *c)
{
	mb(); /* what @c is to see, before the interrupt: a store to memory, and one to a device */
	sbi_call(SBI_EXT_IPI, 0, 1, c->self_hwid, 0, 0);
}

void arch_cpu_wait(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

void arch_cpu_halt(void)
{
	arch_irq_disable();
	csr_write(CSR_SIE, 0);
	for (;;)
		arch_cpu_wait();
}

void arch_context_init(struct arch_context *ctx, void *stack, void (*fn)(void))
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->ra = (u64)riscv_thread_start;
	ctx->s[1] = (u64)fn;
	ctx->sp = (u64)stack;
}

void arch_tlb_flush_host(u64 va, u64 size)
{
	__asm__ volatile("sfence.vma" ::: "memory");
	if (cpu_count() > 1)
		sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_SFENCE_VMA, 0, ~0ul, va, size);
}
