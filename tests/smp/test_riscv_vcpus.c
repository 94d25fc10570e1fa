// SPDX-License-Identifier: Apache-2.0
/*
 * vCPUs of riscv64 that move between CPUs: where their registers are, software interrupts, timers with
 * and without Sstc, fences of other harts, and nested translations that change.
 *
 * The run loop and riscv64's part of it are the real ones. A hart has CSRs and caches of its own, and
 * uses what is in a cache until it is made to forget it. A guest is a program in steps.
 */
/* links: kernel/call.c */
/* flags: -I$(root)/arch/riscv64/include */
#include "riscv_host.h"
#include "machine.h"
#include <lodge/sched_policy.h>
#include <sched.h>
#include <shim.h>

#define CPUS  3
#define VCPUS 4 /* two pairs */
#define PAGES 4
#define PC    0x1000

/* Guests' time is so far ahead that nobody waits for what mixes the two up. */
#define TIME_DELTA BIT(50)

const char *riscv_host_format = "none";
const struct pgtable_format sv39x4, sv48x4, sv57x4;

static struct vm vm;

/* What a hart remembers of a word in memory, and for which vCPU it looked. */
struct cached {
	u64 value;
	unsigned int by;
	bool valid;
};

/* Of one CPU; accessed by that one, with interrupts off. */
static struct hart {
	u64 csr[0x1000];
	u64 f;
	struct cached fetched, translated, nested;
} harts[CPUS];

/* What a guest's program knows; in its private memory. */
static struct guest {
	u64 scratch, f;
	u64 deadline; /* guest time; ~0: none */
	bool has_token;
	u64 passed, received;
	u64 stored[2]; /* what it has made visible to itself by a local fence */
} guests[VCPUS];

/* The VM's memory. */
static u64 token[VCPUS / 2];   /* written by the vCPU that has it, without any atomic access */
static u64 code, table;	       /* that guests change */
static u64 fenced[2];	       /* what all harts see, by a remote fence */
static u64 nested_entry;       /* which page */
static u64 page[PAGES][VCPUS]; /* a guest writes its own word there */
static u64 rounds;
static u32 ready, ended;
static u64 timers_fired, remote_fences, remaps;

u64 *shim_csrs(void)
{
	return harts[this_cpu()->id].csr;
}

/* ---- a hart's caches ---- */

static struct hart *this_hart(void)
{
	return &harts[this_cpu()->id];
}

/* What page tables there are is nothing to do with what runs where. */
void riscv_check_mmu(void)
{
}

void fence_i(void)
{
	this_hart()->fetched.valid = false;
}

void hfence_vvma_all(void)
{
	this_hart()->translated.valid = false;
}

void hfence_gvma_all(void)
{
	this_hart()->nested.valid = false;
}

void hfence_gvma_vmid(u64 vmid)
{
	/* There is one VM. */
	assert_int_equal(vmid, vmid_here(&vm.arch.vmid));
	this_hart()->nested.valid = false;
}

void hfence_gvma_page(u64 addr, u64 vmid)
{
	hfence_gvma_vmid(vmid);
}

void reservation_drop(u64 *nowhere)
{
}

/* ACQUIRE is for what the word points to: a hart's walk depends on it. */
static u64 look_up(struct cached *c, const u64 *word, unsigned int by)
{
	if (!c->valid)
		*c = (struct cached){ __atomic_load_n(word, __ATOMIC_ACQUIRE), by, true };
	return c->value;
}

void riscv_fp_save(struct riscv_fp_state *fp)
{
	fp->f[0] = this_hart()->f;
}

void riscv_fp_restore(const struct riscv_fp_state *fp)
{
	this_hart()->f = fp->f[0];
}

/* ---- the guest's program ---- */

static u64 guest_time(void)
{
	return time_now() + vm.arch.time_delta;
}

static void check_registers(struct vcpu *vcpu, struct guest *g)
{
	struct hart *h = this_hart();

	assert_int_equal(h->csr[CSR_VSSCRATCH], g->scratch);
	h->csr[CSR_VSSCRATCH] = ++g->scratch;
	assert_int_equal(h->f, g->f);
	if (machine_random() % 4 == 0) {
		h->f = ++g->f;
		vcpu->arch.guest.sstatus |= SSTATUS_FS;
	}
}

/* What all have fenced is read first: what this hart finds then is not older. */
static void check_caches(struct vcpu *vcpu, struct guest *g)
{
	u64 all[2] = { __atomic_load_n(&fenced[0], __ATOMIC_ACQUIRE),
		       __atomic_load_n(&fenced[1], __ATOMIC_ACQUIRE) };
	struct hart *h = this_hart();
	u64 v;

	v = look_up(&h->fetched, &code, vcpu->id);
	assert_true(v >= all[0] && v >= g->stored[0]);
	v = look_up(&h->translated, &table, vcpu->id);
	assert_true(v >= all[1] && v >= g->stored[1]);
	/* Each has tables of its own. */
	assert_int_equal(h->translated.by, vcpu->id);
	page[look_up(&h->nested, &nested_entry, vcpu->id)][vcpu->id]++;
}

static void set_timer(struct vcpu *vcpu, struct guest *g, u64 deadline)
{
	g->deadline = deadline;
	riscv_vtimer_set(vcpu, deadline);
	/* The old one does not come any more. */
	if (csr_read(CSR_HVIP) & VSTIP)
		assert_true(guest_time() >= deadline);
}

static void soft_interrupt(struct vcpu *vcpu, struct guest *g)
{
	if (machine_random() % 2)
		csr_clear(CSR_HVIP, VSSIP); /* the guest's sip */
	else
		riscv_clear_ipi(vcpu);
	assert_false(g->has_token);
	g->has_token = true;
	/* It is from the other of the pair, which has written this before. */
	assert_int_equal(token[vcpu->id / 2] % 2, vcpu->id % 2);
	g->received++;
}

static bool is_timer_pending(void)
{
	return riscv_has_sstc ? csr_read(CSR_VSTIMECMP) <= guest_time()
			      : csr_read(CSR_HVIP) & VSTIP;
}

static bool is_interrupted(void)
{
	return csr_read(CSR_HVIP) & VSSIP || is_timer_pending();
}

static void take_interrupts(struct vcpu *vcpu, struct guest *g)
{
	if (csr_read(CSR_HVIP) & VSSIP)
		soft_interrupt(vcpu, g);
	if (is_timer_pending()) {
		assert_true(guest_time() >= g->deadline);
		set_timer(vcpu, g, ~0ul);
		__atomic_fetch_add(&timers_fired, 1, __ATOMIC_RELAXED);
	}
}

static void call(struct vcpu *vcpu, int (*fn)(struct vcpu *vcpu, u64 fid), u64 fid, u64 harts_mask)
{
	vcpu->arch.guest.gpr[10] = harts_mask;
	vcpu->arch.guest.gpr[11] = 0;
	assert_int_equal(fn(vcpu, fid), EXIT_RESUME);
	assert_int_equal(vcpu->arch.guest.gpr[10], SBI_SUCCESS);
}

static void pass_token(struct vcpu *vcpu, struct guest *g)
{
	g->has_token = false;
	g->passed++;
	token[vcpu->id / 2]++;
	call(vcpu, sbi_ipi, 0, BIT(vcpu->id ^ 1));
}

/* @fenced grows, whoever is first. */
static void publish(u64 *word, u64 value)
{
	u64 old = __atomic_load_n(word, __ATOMIC_RELAXED);

	while (old < value && !__atomic_compare_exchange_n(word, &old, value, false,
							   __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

static void fence_everywhere(struct vcpu *vcpu, unsigned int kind)
{
	u64 value = __atomic_add_fetch(kind ? &table : &code, 1, __ATOMIC_RELEASE);

	call(vcpu, sbi_rfence, kind ? SBI_RFENCE_SFENCE_VMA : SBI_RFENCE_FENCE_I,
	     BIT(vm.nr_vcpus) - 1);
	publish(&fenced[kind], value);
	__atomic_fetch_add(&remote_fences, 1, __ATOMIC_RELAXED);
}

static void fence_here(struct guest *g, unsigned int kind)
{
	g->stored[kind] = __atomic_add_fetch(kind ? &table : &code, 1, __ATOMIC_RELEASE);
	if (kind)
		hfence_vvma_all();
	else
		fence_i();
}

/* It has passed the token for the last time, and had it for the last time. */
static bool is_done(const struct guest *g)
{
	return g->passed == rounds && g->received + (g == &guests[0] || g == &guests[2]) >= rounds;
}

/* Instructions that are no exits: those that are seldom, and a wait for an interrupt without WFI. */
static void run_freely(struct vcpu *vcpu, struct guest *g)
{
	bool polls = machine_random() % 4 == 0 && (!g->has_token || g->deadline != ~0ul);

	do {
		check_registers(vcpu, g);
		check_caches(vcpu, g);
		if (!machine_is_parallel())
			sched_yield();
	} while (polls && !is_interrupted() && !machine_is_interrupted());
}

/* One that is an exit, or none. */
static int act(struct vcpu *vcpu, struct guest *g)
{
	unsigned int r = machine_random() % 64;

	if (is_done(g)) {
		vcpu_request(vcpu, REQ_OFF);
		return EXIT_STOP;
	}
	if (r < 2)
		fence_everywhere(vcpu, r);
	else if (r < 12)
		fence_here(g, r % 2);
	else if (r < 16)
		set_timer(vcpu, g, guest_time() + machine_random() % 20000);
	else if (r < 18)
		return EXIT_YIELD;
	else if (r < 40 && (!g->has_token || g->deadline != ~0ul))
		return EXIT_BLOCK;
	else if (r < 32 && g->has_token)
		pass_token(vcpu, g);
	return EXIT_RESUME;
}

/* Interrupts of the host end a run before the guest's next instruction. Only exits look at requests. */
int riscv_vcpu_enter(struct vcpu *vcpu)
{
	struct guest *g = &guests[vcpu->id];
	int action = EXIT_RESUME;

	do {
		if (machine_is_interrupted()) {
			arch_irq_enable();
			arch_irq_disable();
			continue;
		}
		take_interrupts(vcpu, g);
		run_freely(vcpu, g);
		action = machine_is_interrupted() ? EXIT_RESUME : act(vcpu, g);
	} while (action == EXIT_RESUME && !READ_ONCE(vcpu->requests));
	return action;
}

/* ---- their host ---- */

static bool are_all_ready(void *arg)
{
	(void)arg;
	return __atomic_load_n(&ready, __ATOMIC_ACQUIRE) == vm.nr_vcpus;
}

static struct waitq all_ready;

static void live(void *arg)
{
	struct vcpu *vcpu = arg;

	arch_vcpu_reset(vcpu, PC, 0);
	vcpu->arch.guest.vsie = (VSSIP | VSTIP) >> 1;
	WRITE_ONCE(vcpu->in_loop, true);
	__atomic_fetch_add(&ready, 1, __ATOMIC_ACQ_REL);
	waitq_wake(&all_ready);
	(void)waitq_wait(&all_ready, are_all_ready, NULL, 0);
	vcpu_run_loop(vcpu);
	assert_ptr_equal(vcpu->cpu, NULL);
	WRITE_ONCE(vcpu->in_loop, false);
	__atomic_fetch_add(&ended, 1, __ATOMIC_ACQ_REL);
}

/* The guests' page is another one; the one before is the host's when the flush returns. */
static void remap(void)
{
	u64 old = nested_entry, value, i;

	__atomic_store_n(&nested_entry, (old + 1) % PAGES, __ATOMIC_RELEASE);
	/* Which guests may have executed. */
	value = __atomic_add_fetch(&code, 1, __ATOMIC_RELEASE);
	arch_stage2_flush(&vm, 0, PAGE_SIZE);
	publish(&fenced[0], value);
	for (i = 0; i < VCPUS; i++)
		page[old][i] = 0;
	remaps++;
}

static void disturb(void)
{
	struct vcpu *any = vm.vcpu[machine_random() % vm.nr_vcpus];

	if (machine_random() % 2)
		remap();
	if (machine_random() % 4 == 0)
		assert_int_equal(thread_set_affinity(any->thread,
						     1 + machine_random() % (BIT(CPUS) - 1)),
				 0);
	thread_sleep_us(machine_random() % 100);
}

static void start_vm(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < vm.nr_vcpus; i++)
		vm.vcpu[i]->thread = thread_create_any("vcpu", live, vm.vcpu[i]);
	for (i = 0; i < vm.nr_vcpus; i++)
		thread_start(vm.vcpu[i]->thread);
	while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < vm.nr_vcpus)
		vm.nr_vcpus == 2 ? thread_sleep_us(20000) : disturb();
	for (i = 0; i < vm.nr_vcpus; i++)
		thread_join(vm.vcpu[i]->thread);
}

static void start(void)
{
	thread_start(thread_create("start", start_vm, NULL, 0));
}

/* @vcpus of them; one pair is left alone on as many CPUs, so that only its own kicks end its runs. */
static void run_vm(unsigned int vcpus)
{
	unsigned int i;

	memset(harts, 0, sizeof(harts));
	memset(guests, 0, sizeof(guests));
	memset(&vm, 0, sizeof(vm));
	memset(token, 0, sizeof(token));
	code = table = fenced[0] = fenced[1] = nested_entry = 0;
	ready = ended = 0;
	timers_fired = remote_fences = remaps = 0;
	waitq_init(&all_ready);
	spin_lock_init(&vm.lock, "vm");
	vm.arch.time_delta = TIME_DELTA;
	vm.nr_vcpus = vcpus;
	vmid_init(1);
	for (i = 0; i < vm.nr_vcpus; i++) {
		vm.vcpu[i] = vcpu_create(&vm, i);
		vm.vcpu[i]->state = VCPU_RUNNING;
		guests[i].deadline = ~0ul;
		guests[i].has_token = i % 2 == 0;
	}
	rounds = machine_rounds(SMP_ROUNDS) / 2000 + 200;
	assert_true(machine_run(CPUS, start));
	for (i = 0; i < vm.nr_vcpus; i++)
		vcpu_destroy(vm.vcpu[i]);
	assert_true(timers_fired && remote_fences && (remaps || vcpus == 2));
}

static void each_state_is_where_it_is_needed(void **state)
{
	riscv_has_sstc = true;
	run_vm(VCPUS);
	run_vm(2);
}

static void without_sstc_too(void **state)
{
	riscv_has_sstc = false;
	run_vm(VCPUS);
	run_vm(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_is_where_it_is_needed),
		cmocka_unit_test(without_sstc_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
