// SPDX-License-Identifier: Apache-2.0
/*
 * Devices of guests whose vCPUs, console and timers are on different CPUs: what is read without a
 * device's lock is one word at a time, as ThreadSanitizer sees, and a timer whose function has begun on
 * another CPU counts once, and not at all in a life of the VM that follows.
 */
/* links: virt/dev/uart.c virt/bus/fdt.c arch/x86_64/virt/pc/vpit_counter.c kernel/call.c */
/* arch: x86_64 */
#include "../../virt/dev/ns16550.c"
#undef STATE_VERSION
#include "../../arch/x86_64/virt/pc/vpower.c"
#undef STATE_VERSION
#include "../../arch/x86_64/virt/pc/vpit.c"
#include "../../arch/x86_64/virt/apic/vlapic_timer.c"
#include "vdev_test.h"
#include "uart_smp.h"
#include <lodge/thread.h>

#define PIT_IRQ 2

/* ---- 16550 ---- */

static void use_16550(unsigned int n)
{
	switch (n % 8) {
	case 0:
		access(UART_LCR, n & 8 ? LCR_DLAB : LCR_8N1);
		break;
	case 1:
		access(UART_MCR, n & 8 ? MCR_LOOP : MCR_OUT2);
		break;
	case 2:
		access(UART_IER, n >> 3 & IER_VALID);
		break;
	case 3:
		(void)look(UART_RBR);
		break;
	case 4:
		(void)look(UART_IIR);
		break;
	case 5:
		(void)look(UART_LSR);
		break;
	default:
		access(UART_RBR, n >> 3 & 0xff);
	}
}

static void a_16550_is_used_by_all(void **state)
{
	uart_test(&uart_ops, 8, use_16550);
}

static void send_by_16550(unsigned int n)
{
	while (!(look(UART_LSR) & LSR_THRE))
		machine_relax();
	access(UART_RBR, n & 0xff);
}

static void what_is_sent_to_a_16550_is_said_once(void **state)
{
	uart_test(&uart_ops, 8, send_by_16550);
	assert_int_equal(said, USERS * uart_rounds());
}

/* ---- the reset register ---- */

static u32 resets;

void vm_request_shutdown(struct vm *vm, u64 reason)
{
	fail_msg("a shutdown");
}

void vm_request_reset(struct vm *vm, u64 reason)
{
	__atomic_fetch_add(&resets, 1, __ATOMIC_RELAXED);
}

static void use_reset(unsigned int n)
{
	if (n % 2)
		access(0, n & 2 ? RESET_CPU : 0);
	else
		assert_int_equal(look(0) & ~RESET_VALID, 0);
}

static void a_reset_register_is_read_while_it_is_written(void **state)
{
	resets = 0;
	uart_test(&reset_ops, 1, use_reset);
	assert_true(resets);
}

/* ---- the PIT ---- */

static u32 pulses, pulsing, late;
static u64 lives;

/* It takes its time. */
void vioapic_pulse(struct vm *vm, u32 irq)
{
	u64 life = READ_ONCE(lives);

	assert_int_equal(irq, PIT_IRQ);
	WRITE_ONCE(pulsing, 1);
	wait_us(machine_random() % 20);
	if (READ_ONCE(lives) != life)
		__atomic_fetch_add(&late, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&pulses, 1, __ATOMIC_RELAXED);
	WRITE_ONCE(pulsing, 0);
	if (machine_random() % 4)
		dev->ops->irq_ready(dev);
}

/* What an exit does: the thread stays on its CPU. */
static void out(u64 port, u8 val)
{
	unsigned long flags = arch_irq_save();

	dev->ops->write(dev, test_vcpu, port, 1, val);
	arch_irq_restore(flags);
}

static void move(void)
{
	unsigned int cpu = machine_random() % CPUS;

	assert_int_equal(thread_set_affinity(thread_current(), BIT(cpu)), 0);
	while (this_cpu()->id != cpu)
		thread_yield();
}

/* The interrupt was taken. */
static void take(void)
{
	unsigned long flags = arch_irq_save();

	dev->ops->irq_ready(dev);
	arch_irq_restore(flags);
}

/* Until it fires, or for any time. */
static void wait_for_pit(void)
{
	u32 before = READ_ONCE(pulses);
	bool fires = machine_random() % 2;

	if (!fires)
		wait_us(machine_random() % 1000);
	while (fires && !READ_ONCE(pulsing) && READ_ONCE(pulses) == before) {
		machine_relax();
		take();
	}
}

static void live_with_pit(void *arg)
{
	unsigned int i;

	for (i = 0; i < machine_rounds(1000) + 20; i++) {
		move();
		out(PIT_CONTROL, 0x34); /* counter 0, rate */
		out(0, (u8)machine_random());
		out(0, (u8)(machine_random() % 4));
		move();
		if (machine_random() % 2)
			take();
		wait_for_pit();
		/* No vCPU runs, and the VM's thread resets its devices. */
		dev->ops->reset(dev);
		WRITE_ONCE(lives, lives + 1);
	}
}

static void start_pit(void)
{
	dev = test_create(&vpit_ops, 0x40, PIT_NR_PORTS, PIT_IRQ);
	thread_start(thread_create_any("vm", live_with_pit, NULL));
}

static void no_pulse_comes_into_a_new_life(void **state)
{
	pulses = lives = 0;
	assert_true(machine_run(CPUS, start_pit));
	assert_true(pulses && lives);
	assert_int_equal(late, 0);
	test_destroy(dev);
}

/* ---- the local APIC's timer ---- */

static struct vlapic apic;
static u32 pended;
static u64 settled;

void vlapic_pend(struct vlapic *l, u8 vector, bool level)
{
	__atomic_fetch_add(&pended, 1, __ATOMIC_RELAXED);
}

bool vlapic_is_pending(const struct vlapic *l, u8 vector)
{
	return false;
}

void vlapic_watch(struct vlapic *l, u8 vector)
{
}

void vlapic_error(struct vlapic *l, u32 bit)
{
	fail_msg("an error");
}

static void set_lvt(u32 lvt)
{
	unsigned long flags = spin_lock_irqsave(&apic.lock);

	vlapic_timer_set_lvt(&apic, lvt);
	spin_unlock_irqrestore(&apic.lock, flags);
}

/* Return: when it is over, in host time. */
static u64 set_count(u32 count)
{
	unsigned long flags = spin_lock_irqsave(&apic.lock);
	u64 due;

	vlapic_timer_set_count(&apic, count);
	due = apic.start + timer_length(&apic);
	spin_unlock_irqrestore(&apic.lock, flags);
	return due;
}

static u32 pended_now(void)
{
	return __atomic_load_n(&pended, __ATOMIC_RELAXED);
}

/* Interrupted once, whatever is done with it at that moment. */
static void count_down(void)
{
	u64 due, until;

	move();
	due = set_count((u32)(time_from_us(2 + machine_random() % 20) / 2));
	move();
	until = due - time_from_us(1) + machine_random() % time_from_us(2);
	while (time_now() < until)
		machine_relax();
	if (machine_random() % 2) {
		bool is_due = time_now() >= due;

		set_lvt(apic.s.lvt[LVT_TIMER] ^ 1); /* another vector */
		if (is_due) {
			assert_int_equal(pended_now(), 1);
			settled++;
		}
	}
	while (!pended_now())
		machine_relax();
	wait_us(machine_random() % 4);
	assert_int_equal(pended_now(), 1);
	__atomic_store_n(&pended, 0, __ATOMIC_RELAXED);
}

/* What is counted anew while it is due has interrupted before. */
static void count_again(void)
{
	u64 due;
	bool is_due;

	move();
	due = set_count((u32)(time_from_us(2) / 2));
	move();
	while (time_now() < due - time_from_us(1) / 2)
		machine_relax();
	is_due = time_now() >= due;
	(void)set_count(0);
	if (is_due)
		assert_int_equal(pended_now(), 1);
	wait_us(machine_random() % 4);
	assert_in_range(pended_now(), is_due, 1);
	__atomic_store_n(&pended, 0, __ATOMIC_RELAXED);
}

static void live_with_apic(void *arg)
{
	unsigned int i;

	set_lvt(0x30);
	for (i = 0; i < machine_rounds(SMP_ROUNDS) / 100 + 20; i++)
		if (machine_random() % 2)
			count_down();
		else
			count_again();
}

static void start_apic(void)
{
	thread_start(thread_create_any("vcpu", live_with_apic, NULL));
}

static void a_count_interrupts_once(void **state)
{
	memset(&apic, 0, sizeof(apic));
	test_vcpu[0].vm = &test_vm;
	apic.vcpu = &test_vcpu[0];
	apic.s.timer_div = 0; /* by two */
	spin_lock_init(&apic.lock, "vlapic->lock");
	pended = 0;
	settled = 0;
	vlapic_timer_init(&apic);
	assert_true(machine_run(CPUS, start_apic));
	assert_true(settled || !machine_is_parallel());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_16550_is_used_by_all),
		cmocka_unit_test(what_is_sent_to_a_16550_is_said_once),
		cmocka_unit_test(a_reset_register_is_read_while_it_is_written),
		cmocka_unit_test(no_pulse_comes_into_a_new_life),
		cmocka_unit_test(a_count_interrupts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
