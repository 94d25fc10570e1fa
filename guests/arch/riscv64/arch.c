// SPDX-License-Identifier: Apache-2.0
#include <arch/csr.h>
#include <arch/sbi.h>
#include <guest/irq.h>
#include <guest/fdt.h>
#include <guest/guest.h>

const char arch_name[] = "riscv64";
const u64 arch_flash_addr = 0x22000000;

struct sbiret sbi_call(u64 eid, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	register u64 r0 __asm__("a0") = a0;
	register u64 r1 __asm__("a1") = a1;
	register u64 r2 __asm__("a2") = a2;
	register u64 r3 __asm__("a3") = a3;
	register u64 r4 __asm__("a4") = a4;
	register u64 r5 __asm__("a5") = a5;
	register u64 r6 __asm__("a6") = fid;
	register u64 r7 __asm__("a7") = eid;

	__asm__ volatile("ecall"
			 : "+r"(r0), "+r"(r1)
			 : "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r6), "r"(r7)
			 : "memory");
	return (struct sbiret){ (long)r0, (long)r1 };
}

long sbi_legacy(u64 eid, u64 a0, u64 a1, u64 a2, u64 a3)
{
	return sbi_call(eid, 0, a0, a1, a2, a3, 0, 0).error;
}

bool sbi_has(u64 eid)
{
	struct sbiret r = sbi_call3(SBI_BASE, 3, eid, 0, 0);

	return !r.error && r.value;
}

struct sbiret sbi_set_timer(u64 when)
{
	return sbi_call3(SBI_TIME, 0, when, 0, 0);
}

void arch_console_write(const char *s, size_t n)
{
	while (n--)
		sbi_legacy(1, (u8)*s++, 0, 0, 0);
}

int arch_console_read(void)
{
	return (int)sbi_legacy(2, 0, 0, 0, 0);
}

/* Firmware tells nobody. */
void arch_console_irq_enable(void)
{
}

/* The supervisor context is the one wired to interrupt 9 of the hart's own controller. */
void arch_platform_init(struct platform *p)
{
	static const char *const compatible[] = { "sifive,plic-1.0.0", "riscv,plic0" };
	int node = -1;

	for (size_t i = 0; node < 0 && i < ARRAY_SIZE(compatible); i++)
		node = fdt_find_compatible(p->fdt, compatible[i]);
	if (node < 0)
		return;
	p->intc = fdt_cell64(p->fdt, node, "reg", 0);
	for (u32 i = 0; i < 64; i++) {
		if (fdt_cell(p->fdt, node, "interrupts-extended", 2 * i + 1) == IRQ_EXT) {
			p->intc_context = i;
			return;
		}
	}
}

u32 arch_fdt_irq(const void *fdt, int node)
{
	return fdt_cell(fdt, node, "interrupts", 0);
}

bool arch_firmware_call(void)
{
	struct sbiret r = sbi_call3(SBI_BASE, 0, 0, 0, 0);

	return !r.error && r.value >> 24;
}

u64 arch_time(void)
{
	return csr_read(time);
}

void arch_reset(void)
{
	sbi_call3(SBI_SRST, 0, 1, 0, 0);
}

void __noreturn arch_poweroff(bool clean)
{
	irq_disable();
	sbi_call3(SBI_SRST, 0, 0, clean ? 0 : 1, 0);
	sbi_legacy(8, 0, 0, 0, 0);
	for (;;)
		wfi();
}
