// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/thread.h>
#include <guest/user.h>

/*
 * Threads that the timer preempts: a producer and a consumer hand numbers over in a queue with little
 * room, while a third never gives up the CPU by itself. Then a line from the console, by
 * interrupts. The boot argument ask-ms= says how long to wait for its first character.
 */

#define SLICE_US 1000
#define LAST	 256u /* the values are 0 to this */
#define ASK_MS	 400

/* ---- a queue ---- */

#define ROOM 8u

static struct {
	struct mutex lock;
	struct cond not_full, not_empty;
	u32 slots[ROOM];
	u32 in, out; /* how many ever were put and taken */
} queue;

static void queue_put(u32 v)
{
	mutex_lock(&queue.lock);
	while (queue.in - queue.out == ROOM)
		cond_wait(&queue.not_full, &queue.lock);
	queue.slots[queue.in++ % ROOM] = v;
	cond_signal(&queue.not_empty);
	mutex_unlock(&queue.lock);
}

static u32 queue_take(void)
{
	u32 v;

	mutex_lock(&queue.lock);
	while (queue.in == queue.out)
		cond_wait(&queue.not_empty, &queue.lock);
	v = queue.slots[queue.out++ % ROOM];
	cond_signal(&queue.not_full);
	mutex_unlock(&queue.lock);
	return v;
}

static struct thread producer, consumer, spinner;
static u32 taken, taken_sum, out_of_order;

static void produce(void *arg)
{
	(void)arg;
	for (u32 v = 0; v <= LAST; v++)
		queue_put(v);
}

static void consume(void *arg)
{
	(void)arg;
	for (; taken <= LAST; taken++) {
		u32 v = queue_take();

		taken_sum += v;
		out_of_order += v != taken;
	}
}

/* ---- one that does not wait: what it computes is wrong if a switch loses a register ---- */

static volatile bool spin_end;
static u64 spin_result;
static u32 spin_rounds, spin_wrong;

static __noinline u64 compute(void)
{
	u64 a = 1, b = 2, c = 3, d = 5, e = 7, f = 11;

	for (u64 i = 0; i < 1000; i++) {
		a = a * 6364136223846793005UL + f;
		b ^= a >> 7;
		c += b ^ i;
		d = (d << 5 | d >> 59) + c;
		e -= d ^ a;
		f += e * 3;
		barrier(); /* each time anew */
	}
	return a ^ b ^ c ^ d ^ e ^ f;
}

static void spin(void *arg)
{
	(void)arg;
	for (; !spin_end; spin_rounds++)
		spin_wrong += compute() != spin_result;
}

/* ---- interrupts: the timer, and what is typed ---- */

static volatile u64 ticks;
static u64 ask_until;
static struct thread_queue reader; /* the thread that wants a character */
static char typed[64];
static u32 typed_in, typed_out;

static void on_tick(void)
{
	ticks++;
	thread_tick();
	if (arch_time() >= ask_until)
		thread_wake(&reader);
}

/* The line is up as long as there is something to read. What there is no room for is lost. */
static void on_device(struct trap_frame *f)
{
	u32 irq = dev_irq_claim();
	int c;

	(void)f;
	while ((c = console_read()) >= 0)
		if (typed_in - typed_out < sizeof(typed))
			typed[typed_in++ % sizeof(typed)] = (char)c;
	dev_irq_complete(irq);
	thread_wake(&reader);
}

/* Return: the next character, or -1 if there is none in time. */
static int read_typed(void)
{
	int c = -1;

	irq_disable();
	while (typed_in == typed_out && arch_time() < ask_until)
		thread_wait(&reader);
	if (typed_in != typed_out)
		c = typed[typed_out++ % sizeof(typed)];
	irq_enable();
	return c;
}

/* Who has begun a line has all the time to finish it. */
static u32 read_line(char *line, u32 size)
{
	u32 n = 0;
	int c;

	while ((c = read_typed()) >= 0) {
		ask_until = ~0UL;
		if (c == '\r' || c == '\n')
			break;
		if (c < ' ' || c > '~' || n == size)
			continue;
		line[n++] = (char)c;
		printf("%c", c);
	}
	return n;
}

static void ask(u64 ms)
{
	char line[40];
	u32 n;

	printf("tkernel: type a line; it has to begin within %lu ms: ", ms);
	ask_until = arch_time() + arch_ticks_from_us(1000 * ms);
	irq_set_handler(IRQ_EXT, on_device);
	dev_irq_enable(platform.uart_irq);
	irq_unmask(IRQ_EXT);
	console_irq_enable();
	n = read_line(line, sizeof(line));
	irq_mask(IRQ_EXT);
	dev_irq_disable(platform.uart_irq);
	if (ask_until != ~0UL) {
		printf("nobody has\n");
		return;
	}
	printf("\ntkernel: that is %u characters, and backwards \"", n);
	while (n)
		printf("%c", line[--n]);
	printf("\"\n");
}

/* ---- what is to be so ---- */

static bool good = true;

static void expect(bool ok, const char *what)
{
	if (!ok)
		printf("tkernel: FAILED: %s\n", what);
	good &= ok;
}

static void run_threads(void)
{
	thread_create(&spinner, spin, NULL);
	thread_create(&producer, produce, NULL);
	thread_create(&consumer, consume, NULL);
	/* Not mapped until it is touched, by a thread that may be preempted in the middle of it. */
	expect(flash_check("tkernel"), "what the flash begins with");
	thread_join(&producer);
	thread_join(&consumer);
	spin_end = true;
	thread_join(&spinner);

	printf("tkernel: %u values taken, their sum %u, %u out of order\n", taken, taken_sum,
	       out_of_order);
	expect(taken == LAST + 1 && taken_sum == LAST * (LAST + 1) / 2 && !out_of_order,
	       "each value once, in order");
	printf("tkernel: the producer waited %lu times for room, the consumer %lu times for a value\n",
	       producer.waited, consumer.waited);
	expect(producer.waited && consumer.waited, "both wait for each other");
	printf("tkernel: a thread that never waits was preempted %lu times, %u of its %u results wrong\n",
	       spinner.preempted, spin_wrong, spin_rounds);
	expect(spinner.preempted && spin_rounds && !spin_wrong,
	       "preemption, which nothing notices");
}

int guest_main(void)
{
	u64 ask_ms = bootarg_number("ask-ms", ASK_MS), start, slices;

	printf("\ntkernel: threads on %s, %s, told by %s\n", arch_name,
	       platform.model[0] ? platform.model : "unnamed", platform.told_by);
	spin_result = compute();
	ask_until = ~0UL;
	start = arch_time();
	tick_start(SLICE_US, on_tick);
	threads_init();
	run_threads();
	if (ask_ms && platform.uart_irq)
		ask(ask_ms);
	tick_stop();

	slices = (arch_time() - start) / arch_ticks_from_us(SLICE_US);
	printf("tkernel: %lu timer interrupts in %lu ms\n", ticks, slices * SLICE_US / 1000);
	/* One more where the timer is another clock than the one that measures. */
	expect(ticks && ticks <= slices + 1, "a timer interrupt at most each millisecond");
	printf("tkernel: %s, powering off\n", good ? "all well" : "FAILED");
	return good ? 0 : 1;
}
