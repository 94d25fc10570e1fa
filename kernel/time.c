// SPDX-License-Identifier: Apache-2.0
#include <lodge/arch.h>
#include <lodge/init.h>
#include <lodge/panic.h>
#include <lodge/sched.h>
#include <lodge/smp.h>
#include <lodge/time.h>
#include <lodge/timer_core.h>

static u64 hz __ro_after_init;

void time_init(const void *fdt)
{
	hz = arch_time_hz(fdt);
	if (hz == 0)
		panic_plain("the firmware does not report the time counter's frequency");
}

u64 time_hz(void)
{
	return hz;
}

u64 time_from_us(u64 us)
{
	return us / 1000000 * hz + us % 1000000 * hz / 1000000;
}

u64 time_from_ns(u64 ns)
{
	return ns / 1000000000 * hz + ns % 1000000000 * hz / 1000000000;
}

u64 time_to_us(u64 ticks)
{
	return ticks / hz * 1000000 + ticks % hz * 1000000 / hz;
}

static inline void program_for(struct cpu *c, u64 next)
{
	if (next != c->timer_programmed) {
		c->timer_programmed = next;
		arch_timer_set(next);
	}
}

/* The earliest of this CPU's timers and the end of the running thread's slice. */
static inline void program(struct cpu *c)
{
	u64 next = ~0ul;

	if (!list_empty(&c->timers))
		next = list_first(&c->timers, struct timer, node)->deadline;
	if (c->slice_end && c->slice_end < next)
		next = c->slice_end;
	program_for(c, next);
}

/*
 * The same, without the lock if there are none: this CPU itself adds none meanwhile, as interrupts are
 * off, and another one that does kicks this one, which looks again (tell()).
 */
static inline void reprogram(struct cpu *c) __no_thread_safety
{
	if (likely(list_empty(&c->timers))) {
		program_for(c, c->slice_end ? c->slice_end : ~0ul);
		return;
	}
	spin_lock(&c->timer_lock);
	program(c);
	spin_unlock(&c->timer_lock);
}

void timer_init_for(struct timer *t, void (*fn)(struct timer *t), struct time_account *account)
{
	list_init(&t->node);
	t->fn = fn;
	t->account = account;
	t->armed = false;
	t->moved = false;
	t->cpu = 0;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	timer_init_for(t, fn, NULL);
}

/*
 * Takes @t out of the list it is in, which may be another CPU's. Under that CPU's lock it stays there if
 * it is armed, and then @cpu says so: it is written before @armed, and when it moves both locks are held.
 */
static void remove(struct timer *t)
{
	bool removed = false;

	while (!removed && __atomic_load_n(&t->armed, __ATOMIC_ACQUIRE)) {
		struct cpu *c = cpu_get(READ_ONCE(t->cpu));

		spin_lock(&c->timer_lock);
		removed = __atomic_load_n(&t->armed, __ATOMIC_ACQUIRE) &&
			  READ_ONCE(t->cpu) == c->id;
		if (likely(removed)) {
			list_remove(&t->node);
			WRITE_ONCE(t->armed, false);
		}
		spin_unlock(&c->timer_lock);
	}
}

static void insert(struct cpu *c, struct timer *t) __must_hold(c->timer_lock)
{
	struct timer *pos;

	WRITE_ONCE(t->cpu, c->id);
	__atomic_store_n(&t->armed, true, __ATOMIC_RELEASE);
	list_for_each(pos, &c->timers, node) {
		if (pos->deadline > t->deadline)
			break;
	}
	list_insert(pos->node.prev, &t->node);
}

/*
 * The owner of @c, which is the calling CPU, is interrupted for its own VM only. It is seen here at the
 * latest when timers_leave() has been.
 */
static bool is_others(const struct cpu *c, const struct timer *t)
{
	return unlikely(READ_ONCE(c->runq.owner)) &&
	       (!t->account || c->current->account != t->account);
}

/* The first of @c's timers is another one. */
static void tell(struct cpu *c)
{
	WRITE_ONCE(c->timers_came, true);
	arch_cpu_kick(c);
}

/* @c is another CPU. */
static void start_on(struct cpu *c, struct timer *t)
{
	bool first;

	spin_lock(&c->timer_lock);
	t->moved = true;
	insert(c, t);
	first = list_first(&c->timers, struct timer, node) == t;
	spin_unlock(&c->timer_lock);
	if (first)
		tell(c);
}

void timer_start(struct timer *t, u64 deadline)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = this_cpu();
	bool here;

	remove(t);
	t->deadline = deadline;
	spin_lock(&c->timer_lock);
	here = !is_others(c, t);
	if (here) {
		insert(c, t);
		program(c);
	}
	spin_unlock(&c->timer_lock);
	if (unlikely(!here))
		start_on(cpu_get(SCHED_HOST_CPU), t);
	arch_irq_restore(flags);
}

void timers_leave(struct cpu *c) __no_thread_safety
{
	struct cpu *host = cpu_get(SCHED_HOST_CPU);
	unsigned long flags = arch_irq_save();
	struct timer *t;

	/* Two locks of a kind: the CPU with the lowest number first. */
	spin_lock(&host->timer_lock);
	spin_lock(&c->timer_lock);
	while (!list_empty(&c->timers)) {
		t = list_first(&c->timers, struct timer, node);
		list_remove(&t->node);
		t->moved = true;
		insert(host, t);
	}
	spin_unlock(&c->timer_lock);
	spin_unlock(&host->timer_lock);
	tell(host);
	arch_irq_restore(flags);
}

void timers_kicked(void)
{
	struct cpu *c = this_cpu();

	WRITE_ONCE(c->timers_came, false);
	spin_lock(&c->timer_lock);
	program(c);
	spin_unlock(&c->timer_lock);
}

void timer_cancel(struct timer *t)
{
	unsigned long flags = arch_irq_save();

	remove(t);
	arch_irq_restore(flags);
}

/*
 * Whether its function runs on another CPU: where it was armed before it was started elsewhere, it may
 * still. On this CPU it can only be what asks.
 */
static bool runs_elsewhere(const struct timer *t, unsigned int cpus)
{
	unsigned int i;

	for (i = 0; i < cpus; i++)
		if (__atomic_load_n(&cpu_get(i)->timer_running, __ATOMIC_ACQUIRE) == t &&
		    cpu_get(i) != this_cpu())
			return true;
	return false;
}

/*
 * Whether it is armed, or its function runs on another CPU. It may start itself anew there at any time:
 * what runs when all CPUs are looked at, or has ended and armed it, is seen. What was started since
 * then is where @cpu says, and under that CPU's lock either armed or running.
 */
static bool is_busy(const struct timer *t, unsigned int cpus)
{
	struct cpu *c;
	bool busy;

	if (runs_elsewhere(t, cpus))
		return true;
	c = cpu_get(READ_ONCE(t->cpu));
	spin_lock(&c->timer_lock);
	busy = READ_ONCE(t->armed) || READ_ONCE(t->cpu) != c->id ||
	       (c->timer_running == t && c != this_cpu());
	spin_unlock(&c->timer_lock);
	return busy;
}

void timer_cancel_sync(struct timer *t)
{
	unsigned int n = cpu_count();
	bool busy;

	if (n == 1) {
		timer_cancel(t);
		return;
	}
	do {
		unsigned long flags = arch_irq_save();

		remove(t);
		busy = is_busy(t, n);
		arch_irq_restore(flags);
		if (busy)
			cpu_relax();
	} while (busy);
}

void timer_set_slice(u64 end)
{
	struct cpu *c = this_cpu();

	c->slice_end = end;
	reprogram(c);
}

/*
 * A timer of @a has taken @ticks of this CPU's time. A slice of somebody else that it
 * interrupted ends so much later, and @a owes the ticks (kernel/sched collects them). The thread
 * that it interrupted has waited for them.
 */
static void charge(struct cpu *c, struct time_account *a, u64 ticks)
{
	if (!a)
		return;
	__atomic_fetch_add(&a->used, ticks, __ATOMIC_RELAXED);
	if (!c->slice_end || c->current == c->idle || c->current->account == a)
		return;
	c->slice_end += ticks;
	c->lent += ticks;
	__atomic_fetch_add(&c->excluded, ticks, __ATOMIC_RELAXED);
	__atomic_fetch_add(&a->borrowed, ticks, __ATOMIC_RELAXED);
	__atomic_fetch_add(&a->owed, ticks, __ATOMIC_RELAXED);
	WRITE_ONCE(c->current->waited, c->current->waited + ticks);
}

void time_charge(struct time_account *account, u64 ticks)
{
	struct cpu *c = this_cpu();

	spin_lock(&c->timer_lock);
	charge(c, account, ticks);
	spin_unlock(&c->timer_lock);
}

/* Where @t started itself before it moved here, its function may not have come to its end yet. */
static __noinline void wait_for_last(const struct timer *t)
{
	while (runs_elsewhere(t, cpu_count()))
		cpu_relax();
}

/* Those that are due at @now. */
static __noinline void run_timers(struct cpu *c, u64 now)
{
	u64 since = now;

	spin_lock(&c->timer_lock);
	while (!list_empty(&c->timers)) {
		struct timer *t = list_first(&c->timers, struct timer, node);
		struct time_account *account = t->account;
		bool moved;
		u64 end;

		if (t->deadline > now)
			break;
		list_remove(&t->node);
		WRITE_ONCE(c->timer_running, t);
		/* RELEASE: who sees that it is not armed, and starts it elsewhere, sees that it runs. */
		moved = t->moved;
		t->moved = false;
		__atomic_store_n(&t->armed, false, __ATOMIC_RELEASE);
		spin_unlock(&c->timer_lock);
		if (unlikely(moved))
			wait_for_last(t);
		t->fn(t); /* which may be the end of it */
		end = time_now();
		spin_lock(&c->timer_lock);
		/* RELEASE: timer_cancel_sync() sees what the function did. */
		__atomic_store_n(&c->timer_running, NULL, __ATOMIC_RELEASE);
		charge(c, account, end - since);
		since = end;
	}
	spin_unlock(&c->timer_lock);
}

void timer_interrupt(void)
{
	struct cpu *c = this_cpu();
	u64 now = time_now();

	lock_irq_enter();
	if (!list_empty(&c->timers))
		run_timers(c, now);
	if (c->slice_end && c->slice_end <= now) {
		c->slice_end = 0;
		WRITE_ONCE(c->resched, true);
		thread_slice_over();
	}
	c->timer_programmed = 0;
	reprogram(c);
	lock_irq_exit();
}
