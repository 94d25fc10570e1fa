// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/regs.h>
#include <guest/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * KVM's EOI: a bit in memory that the guest clears instead of writing the local APIC's register, if the
 * hypervisor has set it. No interrupt may be lost or come twice, whichever way one is ended and
 * whatever comes meanwhile.
 */

#define KVM_LEAF   0x40000101
#define KVM_PV_EOI BIT(6)
#define MSR_EOI	   0x4b564d04
#define LOW	   0x51
#define HIGH	   0x61
#define ROUNDS	   300
#define UART_IER   0x3f9
#define IER_THRE   2

enum way { CLEAR, WRITE, EXIT_FIRST };

static volatile u32 word __aligned(64);
static volatile enum way way;
static volatile u8 send_next; /* the handler of HIGH sends this to its own CPU, @send_left times */
static volatile unsigned int send_left;
static volatile u64 go, done;

/* Each that came: its vector, and the bit at first. */
static struct {
	u8 vector, bit;
} seen[8];
static volatile unsigned int nr_seen;
static volatile u64 counts[256];

static bool clear_bit(void)
{
	bool was;

	__asm__ volatile("btrl $0, %1" : "=@ccc"(was), "+m"(word)::"memory");
	return was;
}

void eoi_handler(u64 vector);

/* Called by the entries below, with interrupts off. */
void eoi_handler(u64 vector)
{
	u32 r[4];

	if (way == EXIT_FIRST)
		cpuid(0, 0, r);
	if (nr_seen < ARRAY_SIZE(seen)) {
		seen[nr_seen].vector = (u8)vector;
		seen[nr_seen].bit = (u8)word;
		nr_seen++;
	}
	counts[vector]++;
	if (vector == HIGH && send_left && send_left--)
		lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | send_next);
	if (vector >= VECTOR_EXT && vector != LOW && vector != HIGH)
		outb(UART_IER, 0);
	if (way == WRITE || !clear_bit())
		lapic_write(LAPIC_EOI, 0);
}

#define ENTRY(name, vector)                                                           \
	extern const char name[];                                                     \
	__asm__(".pushsection .text\n" #name ":\n"                                    \
		"	push %rax; push %rcx; push %rdx; push %rsi; push %rdi; push %r8\n"  \
		"	push %r9; push %r10; push %r11; push %rbp\n"                        \
		"	mov %rsp, %rbp; and $-16, %rsp; cld\n"                              \
		"	mov $" #vector ", %edi; call eoi_handler\n"                   \
		"	mov %rbp, %rsp; pop %rbp; pop %r11; pop %r10; pop %r9\n"            \
		"	pop %r8; pop %rdi; pop %rsi; pop %rdx; pop %rcx; pop %rax; iretq\n" \
		".popsection\n")

ENTRY(low_entry, 0x51);
ENTRY(high_entry, 0x61);
ENTRY(device_entry, 0x70);

static void set_gate(unsigned int vector, const char *entry)
{
	struct __packed {
		u16 limit;
		u64 base;
	} p;
	u64 at = (u64)entry;
	u32 *gate;

	__asm__ volatile("sidt %0" : "=m"(p));
	gate = (u32 *)(p.base + 16 * vector);
	/* The rest is as for any other interrupt. */
	gate[0] = *(u32 *)(p.base + 16 * VECTOR_SOFT) & 0xffff0000;
	gate[1] = *(u32 *)(p.base + 16 * VECTOR_SOFT + 4) & 0xffff;
	gate[0] |= at & 0xffff;
	gate[1] |= at & 0xffff0000;
	gate[2] = at >> 32;
	gate[3] = 0;
}

static void set_gates(void)
{
	set_gate(LOW, low_entry);
	set_gate(HIGH, high_entry);
}

static void let_in(void)
{
	__asm__ volatile("sti; nop; nop; nop; cli" ::: "memory");
}

/* Sends what is not 0 to itself, and lets all of it in. */
static void take(enum way w, u8 first, u8 second)
{
	nr_seen = 0;
	way = w;
	if (first)
		lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | first);
	if (second)
		lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | second);
	let_in();
}

static bool saw(unsigned int i, u8 vector, u8 bit)
{
	return nr_seen > i && seen[i].vector == vector && seen[i].bit == bit;
}

/* Nothing is in service, nor is the bit set. */
static bool is_over(void)
{
	return !word && !(lapic_read(LAPIC_ISR + 0x10 * (LOW / 32)) >> LOW % 32 & 1) &&
	       !(lapic_read(LAPIC_ISR + 0x10 * (HIGH / 32)) >> HIGH % 32 & 1);
}

static void told(void)
{
	u32 r[4];

	cpuid(KVM_LEAF, 0, r);
	tap_ok(r[0] & KVM_PV_EOI, "CPUID tells of it");
	tap_eq(rdmsr(MSR_EOI), 0, "it is off at first");
	trap_catch();
	wrmsr(MSR_EOI, (u64)&word | 3);
	tap_ok((trap_caught().cause & 0xff) == VECTOR_GP && !rdmsr(MSR_EOI),
	       "the reserved bit is refused");
	take(CLEAR, LOW, 0);
	tap_ok(nr_seen == 1 && saw(0, LOW, 0) && is_over(), "nothing is offered then");
	wrmsr(MSR_EOI, (u64)&word | 1);
	tap_eq(rdmsr(MSR_EOI), (u64)&word | 1, "it is on");
}

/* An interrupt of the host may come at any moment, and is an exit, with which an offer ends. */
#define TRIES 100

/* How many of 3 interrupts that were offered, and ended @w, were over then; each of the others must be. */
static unsigned int offers(enum way w)
{
	unsigned int i, n = 0;

	for (i = 0; n < 3 && i < TRIES; i++) {
		take(w, LOW, 0);
		if (nr_seen != 1 || !is_over())
			break;
		n += saw(0, LOW, 1);
	}
	return n;
}

static void one(void)
{
	unsigned int i, n;

	tap_eq(offers(CLEAR), 3, "a bit ends an interrupt, so that the next comes");
	tap_eq(offers(WRITE), 3, "who writes EOI all the same ends it, too");
	for (i = n = 0; i < 3; i++) {
		take(EXIT_FIRST, LOW, 0);
		n += nr_seen == 1 && saw(0, LOW, 0) && is_over();
	}
	tap_eq(n, 3, "after an exit only that does");
}

static void two(void)
{
	unsigned int i;
	bool ok = false;

	for (i = 0; !ok && i < TRIES; i++) {
		take(CLEAR, LOW, HIGH);
		if (nr_seen != 2 || !saw(0, HIGH, 0) || !is_over())
			break;
		ok = saw(1, LOW, 1);
	}
	tap_ok(ok, "while another is pending, none is offered");
	for (i = 0, ok = false; !ok && i < TRIES; i++) {
		send_next = LOW;
		send_left = 1;
		take(CLEAR, HIGH, 0);
		let_in();
		if (nr_seen != 2 || !is_over())
			break;
		ok = saw(0, HIGH, 1) && saw(1, LOW, 1);
	}
	tap_ok(ok, "one that comes in the handler comes after it");
	send_next = HIGH;
	send_left = 4;
	counts[HIGH] = 0;
	nr_seen = 0;
	way = CLEAR;
	lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | HIGH);
	__asm__ volatile("sti" ::: "memory");
	__asm__ volatile("nop; cli" ::: "memory");
	tap_ok(counts[HIGH] == 5 && is_over(), "also the same again");
}

/* The UART's line is level-triggered: its end is the I/O APIC's business. */
static void level(void)
{
	u32 irq = platform.uart_irq;

	set_gate(VECTOR_EXT + irq, device_entry);
	lapic_write(LAPIC_TPR, 0);
	nr_seen = 0;
	way = CLEAR;
	dev_irq_enable(irq);
	outb(UART_IER, IER_THRE);
	let_in();
	tap_ok(nr_seen == 1 && !seen[0].bit, "one that is level-triggered is not offered");
	outb(UART_IER, IER_THRE);
	let_in();
	tap_ok(nr_seen == 2 && !seen[1].bit, "and comes again");
	dev_irq_disable(irq);
}

static void elsewhere(void)
{
	u64 end = platform.ram_base + platform.ram_size;
	const u64 bad[] = { end, LAPIC_BASE + LAPIC_TPR, 0xfec00000, 1ul << 51, ~3ul };
	u32 tpr = lapic_read(LAPIC_TPR);
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wrmsr(MSR_EOI, bad[i] | 1);
		take(CLEAR, LOW, 0);
		n += nr_seen == 1 && saw(0, LOW, 0) && is_over();
	}
	tap_eq(n, ARRAY_SIZE(bad), "where there is no RAM nothing is offered");
	tap_eq(lapic_read(LAPIC_TPR), tpr, "nor is a device written");
	word = 0x5554;
	wrmsr(MSR_EOI, (u64)&word | 1);
	for (i = 0; i < TRIES && !saw(0, LOW, 0x55); i++)
		take(CLEAR, LOW, 0);
	tap_ok(saw(0, LOW, 0x55) && word == 0x5554, "of the word, one bit is the hypervisor's");
	word = 0;
	wrmsr(MSR_EOI, (u64)&word);
	take(CLEAR, LOW, 0);
	tap_ok(saw(0, LOW, 0) && is_over(), "it can be switched off");
}

/* ---- from another CPU ---- */

static volatile u64 other_msr;

/* One of each at a time: the next comes when both have been taken. */
static void sender(struct cpu *c)
{
	(void)c;
	other_msr = rdmsr(MSR_EOI);
	while (!go)
		;
	for (u64 i = 0; i < ROUNDS; i++) {
		lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | (i & 1 ? HIGH : LOW));
		lapic_send(platform.boot_cpu, LAPIC_ICR_ASSERT | (i & 1 ? LOW : HIGH));
		while (counts[LOW] <= i || counts[HIGH] <= i)
			__asm__ volatile("pause");
	}
	done = 1;
}

static void from_another(void)
{
	wrmsr(MSR_EOI, (u64)&word | 1);
	counts[LOW] = counts[HIGH] = 0;
	way = CLEAR;
	tap_ok(!cpu_start(!platform.boot_cpu, sender), "another CPU sends two at a time");
	/* The library has set up all gates for it. */
	set_gates();
	go = 1;
	__asm__ volatile("sti" ::: "memory");
	while (!done)
		;
	__asm__ volatile("cli" ::: "memory");
	tap_eq(counts[LOW], ROUNDS, "all of the one come, once");
	tap_eq(counts[HIGH], ROUNDS, "and of the other");
	tap_ok(cpu_wait_status(!platform.boot_cpu, CPU_STOPPED) && is_over(),
	       "and nothing is left");
	tap_eq(other_msr, 0, "the other CPU has its own MSR");
}

int guest_main(void)
{
	set_gates();
	told();
	one();
	two();
	level();
	elsewhere();
	from_another();
	return tap_done();
}
