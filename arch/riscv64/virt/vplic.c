// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,plic": the guest's platform-level interrupt controller (RISC-V PLIC 1.0.0).
 *
 * Hart n has contexts 2n (M-mode, which no guest has: reads as zero) and 2n + 1
 * (S-mode), so that guests which know QEMU's board by heart find theirs. All sources
 * are level-sensitive. For each threshold there is a set of the sources above it, which
 * makes "what may interrupt" and "what comes first" a few ANDs of two words each.
 */
#include <lodge/arch_virt.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

#define NR_SOURCES   95 /* 1..95; 0 means none */
#define NR_WORDS     2	/* of 64 sources */
#define MAX_PRIORITY 7

#define PLIC_PRIORITY	    0x0
#define PLIC_PENDING	    0x1000
#define PLIC_ENABLE	    0x2000
#define PLIC_ENABLE_STRIDE  0x80
#define PLIC_CONTEXT	    0x200000
#define PLIC_CONTEXT_STRIDE 0x1000
#define PLIC_THRESHOLD	    0
#define PLIC_CLAIM	    4

#define IRQ_S_EXT     9
#define IRQ_NONE      0xffffffff
#define STATE_VERSION 1

struct source_set {
	u64 w[NR_WORDS];
};

struct vplic_context {
	struct source_set enable;
	u64 threshold;
};

/**
 * struct vplic_state - the guest-visible state, as it is saved
 * @level:   input lines that are up
 * @pending: requests not yet claimed
 * @active:  claimed and not completed; their gateways are shut
 */
struct vplic_state {
	struct vdev_state_header header;
	struct source_set level, pending, active;
	struct vplic_context ctx[VM_MAX_VCPUS];
	u8 priority[64 * NR_WORDS];
};

/**
 * struct vplic - the controller of one VM
 * @above:   sources whose priority is more than the index
 * @nr_ctx:  S-mode contexts in use, one for each vCPU
 * @raised:  bit n: the line into vCPU n is up
 */
struct vplic {
	struct vdev vdev;
	struct vplic_state s;
	struct source_set above[MAX_PRIORITY + 1];
	unsigned int nr_ctx;
	u32 raised;
};

static struct vplic *to_vplic(struct vdev *v)
{
	return container_of(v, struct vplic, vdev);
}

/* Number of trailing zeroes of a non-zero word, without the B extension: a multiple of
 * a de Bruijn sequence has another six top bits for each single bit. */
static inline unsigned int lowest_bit(u64 x)
{
	static const u8 position[64] = {
		0,  1,	48, 2,	57, 49, 28, 3,	61, 58, 50, 42, 38, 29, 17, 4,
		62, 55, 59, 36, 53, 51, 43, 22, 45, 39, 33, 30, 24, 18, 12, 5,
		63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21, 44, 32, 23, 11,
		46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,	13, 8,	7,  6,
	};

	return position[(x & -x) * 0x03f79d71b4cb0a89 >> 58];
}

static inline u64 source_bit(u32 irq)
{
	return (u64)1 << (irq & 63);
}

static bool source_in(const struct source_set *set, u32 irq)
{
	return set->w[irq >> 6] & source_bit(irq);
}

static void source_set_to(struct source_set *set, u32 irq, bool on)
{
	if (on)
		set->w[irq >> 6] |= source_bit(irq);
	else
		set->w[irq >> 6] &= ~source_bit(irq);
}

/* ---- lines into the vCPUs ---- */

static __noinline void vplic_drive(struct vplic *p, unsigned int n, bool level)
{
	struct vcpu *vcpu = p->vdev.vm->vcpu[n];

	p->raised ^= (u32)1 << n;
	if (vcpu)
		arch_vcpu_set_external(vcpu, level);
}

static inline void vplic_line(struct vplic *p, unsigned int n, bool level)
{
	if (level != ((p->raised >> n) & 1))
		vplic_drive(p, n, level);
}

static bool vplic_wants(const struct vplic *p, unsigned int n)
{
	const struct vplic_context *c = &p->s.ctx[n];
	const struct source_set *above = &p->above[c->threshold];

	return (p->s.pending.w[0] & c->enable.w[0] & above->w[0]) |
	       (p->s.pending.w[1] & c->enable.w[1] & above->w[1]);
}

static void vplic_refresh(struct vplic *p)
{
	unsigned int n;

	for (n = 0; n < p->nr_ctx; n++)
		vplic_line(p, n, vplic_wants(p, n));
}

/* The gateway lets a request of @irq through. */
static void vplic_pend(struct vplic *p, u32 irq)
{
	unsigned int n;

	source_set_to(&p->s.pending, irq, true);
	for (n = 0; n < p->nr_ctx; n++) {
		const struct vplic_context *c = &p->s.ctx[n];

		if (source_in(&c->enable, irq) && source_in(&p->above[c->threshold], irq))
			vplic_line(p, n, true);
	}
}

static void vplic_set_irq(struct vdev *v, u32 irq, bool level)
{
	struct vplic *p = to_vplic(v);
	unsigned long flags;

	if (!irq || irq > NR_SOURCES)
		return;
	flags = spin_lock_irqsave(&v->lock);
	source_set_to(&p->s.level, irq, level);
	/* A request stays when its line falls before the claim (PLIC 1.0.0, chapter 6). */
	if (level && !source_in(&p->s.pending, irq) && !source_in(&p->s.active, irq))
		vplic_pend(p, irq);
	spin_unlock_irqrestore(&v->lock, flags);
}

/* ---- claim and completion ---- */

/* One step of the search for the highest priority: only what is above @t, if anything is. */
#define NARROW(w0, w1, p, prio, step)                                            \
	do {                                                                     \
		const struct source_set *above = &(p)->above[(prio) + (step)-1]; \
		u64 n0 = (w0)&above->w[0], n1 = (w1)&above->w[1];                \
		if (n0 | n1) {                                                   \
			(w0) = n0;                                               \
			(w1) = n1;                                               \
			(prio) += (step);                                        \
		}                                                                \
	} while (0)

/* The source of highest priority, then lowest number. The threshold plays no part in
 * a claim (PLIC 1.0.0, chapter 9); priority 0 never interrupts. */
static u32 vplic_claim(struct vplic *p, unsigned int n)
{
	struct vplic_state *s = &p->s;
	u64 w0 = s->pending.w[0] & s->ctx[n].enable.w[0] & p->above[0].w[0];
	u64 w1 = s->pending.w[1] & s->ctx[n].enable.w[1] & p->above[0].w[1];
	unsigned int prio = 0;
	u32 irq, others;

	if (!(w0 | w1))
		return 0;
	if ((w0 & (w0 - 1)) | w1) {
		NARROW(w0, w1, p, prio, 4);
		NARROW(w0, w1, p, prio, 2);
		NARROW(w0, w1, p, prio, 1);
	}
	irq = w0 ? lowest_bit(w0) : 64 + lowest_bit(w1);
	s->pending.w[irq >> 6] &= ~source_bit(irq);
	s->active.w[irq >> 6] |= source_bit(irq);

	vplic_line(p, n, vplic_wants(p, n));
	others = p->raised & ~((u32)1 << n);
	if (unlikely(others))
		vplic_refresh(p);
	return irq;
}

/* A completion that fits nothing this context has enabled is ignored. */
static void vplic_complete(struct vplic *p, unsigned int n, u32 irq)
{
	if (!irq || irq > NR_SOURCES || !source_in(&p->s.ctx[n].enable, irq) ||
	    !source_in(&p->s.active, irq))
		return;
	source_set_to(&p->s.active, irq, false);
	if (source_in(&p->s.level, irq))
		vplic_pend(p, irq);
}

/* ---- registers ---- */

/* Which of @p's S-mode contexts number @context of the register map is; -1 for none. */
static int vplic_context(const struct vplic *p, u64 context)
{
	return (context & 1) && context >> 1 < p->nr_ctx ? (int)(context >> 1) : -1;
}

static u32 source_word(const struct source_set *set, u64 word)
{
	return word < 2 * NR_WORDS ? (u32)(set->w[word / 2] >> (word % 2 * 32)) : 0;
}

static __noinline u32 vplic_read_slow(struct vplic *p, u64 off)
{
	int n;

	if (off >= PLIC_CONTEXT) {
		n = vplic_context(p, (off - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE);
		if (n < 0 || off % PLIC_CONTEXT_STRIDE != PLIC_THRESHOLD)
			return 0;
		return (u32)p->s.ctx[n].threshold;
	}
	if (off >= PLIC_ENABLE) {
		n = vplic_context(p, (off - PLIC_ENABLE) / PLIC_ENABLE_STRIDE);
		if (n < 0)
			return 0;
		return source_word(&p->s.ctx[n].enable, off % PLIC_ENABLE_STRIDE / 4);
	}
	if (off >= PLIC_PENDING)
		return source_word(&p->s.pending, (off - PLIC_PENDING) / 4);
	return off / 4 <= NR_SOURCES ? p->s.priority[off / 4] : 0;
}

static u64 vplic_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct vplic *p = to_vplic(v);
	u64 context = (off - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE;
	unsigned long flags;
	u32 val;

	if (unlikely(width != 4 || off % 4))
		return 0;
	flags = spin_lock_irqsave(&v->lock);
	if (likely(off % PLIC_CONTEXT_STRIDE == PLIC_CLAIM && (context & 1) &&
		   context >> 1 < p->nr_ctx))
		val = vplic_claim(p, (unsigned int)(context >> 1));
	else
		val = vplic_read_slow(p, off);
	spin_unlock_irqrestore(&v->lock, flags);
	return val;
}

static void vplic_set_priority(struct vplic *p, u32 irq, u8 priority)
{
	unsigned int t;

	p->s.priority[irq] = priority;
	for (t = 0; t <= MAX_PRIORITY; t++)
		source_set_to(&p->above[t], irq, priority > t);
}

static void vplic_write_priority(struct vplic *p, u64 irq, u32 val)
{
	if (!irq || irq > NR_SOURCES)
		return;
	vplic_set_priority(p, (u32)irq, val & MAX_PRIORITY);
	vplic_refresh(p);
}

/* The sources that there are, of word @word of 32. */
static u32 valid_sources(u64 word)
{
	u32 mask = ~(u32)0;

	if (word == 0)
		mask &= ~(u32)1;
	if (word == NR_SOURCES / 32)
		mask &= mask >> (31 - NR_SOURCES % 32);
	return word <= NR_SOURCES / 32 ? mask : 0;
}

static void vplic_write_enable(struct vplic *p, unsigned int n, u64 word, u32 val)
{
	u64 *w;

	if (word >= 2 * NR_WORDS)
		return;
	w = &p->s.ctx[n].enable.w[word / 2];
	val &= valid_sources(word);
	if (word % 2)
		*w = (u32)*w | (u64)val << 32;
	else
		*w = (*w & ~(u64)0xffffffff) | val;
	vplic_line(p, n, vplic_wants(p, n));
}

static void vplic_write_context(struct vplic *p, unsigned int n, u64 reg, u32 val)
{
	if (reg == PLIC_CLAIM) {
		vplic_complete(p, n, val);
	} else if (reg == PLIC_THRESHOLD) {
		p->s.ctx[n].threshold = val & MAX_PRIORITY;
		vplic_line(p, n, vplic_wants(p, n));
	}
}

static void vplic_write_locked(struct vplic *p, u64 off, u32 val)
{
	int n;

	if (off >= PLIC_CONTEXT) {
		n = vplic_context(p, (off - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE);
		if (n >= 0)
			vplic_write_context(p, (unsigned int)n, off % PLIC_CONTEXT_STRIDE, val);
	} else if (off >= PLIC_ENABLE) {
		n = vplic_context(p, (off - PLIC_ENABLE) / PLIC_ENABLE_STRIDE);
		if (n >= 0)
			vplic_write_enable(p, (unsigned int)n, off % PLIC_ENABLE_STRIDE / 4, val);
	} else if (off < PLIC_PENDING) {
		vplic_write_priority(p, off / 4, val);
	}
}

static void vplic_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	unsigned long flags;

	if (unlikely(width != 4 || off % 4))
		return;
	flags = spin_lock_irqsave(&v->lock);
	vplic_write_locked(to_vplic(v), off, (u32)val);
	spin_unlock_irqrestore(&v->lock, flags);
}

/* ---- life ---- */

static void vplic_reset(struct vdev *v)
{
	struct vplic *p = to_vplic(v);
	unsigned long flags = spin_lock_irqsave(&v->lock);
	struct source_set level = p->s.level;

	/* The lines are the devices'; those that are up ask again. */
	p->s = (struct vplic_state){
		.header = { STATE_VERSION, sizeof(p->s) },
		.level = level,
		.pending = level,
	};
	memset(p->above, 0, sizeof(p->above));
	vplic_refresh(p);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops vplic_ops;

static int vplic_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	unsigned int nr_ctx = vm->cfg->nr_vcpus;
	struct vplic *p;

	if (nr_ctx > VM_MAX_VCPUS || cfg->size < PLIC_CONTEXT + 2 * nr_ctx * PLIC_CONTEXT_STRIDE)
		return -EINVAL;
	p = kzalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	vdev_init(&p->vdev, &vplic_ops, vm, cfg);
	p->nr_ctx = nr_ctx;
	vplic_reset(&p->vdev);
	*out = &p->vdev;
	return 0;
}

static void vplic_destroy(struct vdev *v)
{
	kfree(to_vplic(v));
}

static int vplic_fdt(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";
	struct vplic *p = to_vplic(v);
	u32 cells[4 * VM_MAX_VCPUS];
	unsigned int n;

	for (n = 0; n < p->nr_ctx; n++) {
		cells[4 * n] = cells[4 * n + 2] = GUEST_PHANDLE_CPU_INTC(n);
		cells[4 * n + 1] = IRQ_NONE;
		cells[4 * n + 3] = IRQ_S_EXT;
	}
	vdev_fdt_node(v, w, "plic");
	fdtw_prop(w, "compatible", compatible, sizeof(compatible));
	fdtw_u32(w, "phandle", GUEST_PHANDLE_IRQCHIP);
	fdtw_empty(w, "interrupt-controller");
	fdtw_u32(w, "#interrupt-cells", 1);
	fdtw_u32(w, "#address-cells", 0);
	fdtw_cells(w, "interrupts-extended", cells, 4 * p->nr_ctx);
	fdtw_u32(w, "riscv,ndev", NR_SOURCES);
	fdtw_end_node(w);
	return 0;
}

static int vplic_save(struct vdev *v, struct vdev_state *out)
{
	unsigned long flags = spin_lock_irqsave(&v->lock);
	int rc = vdev_state_put(out, &to_vplic(v)->s, sizeof(struct vplic_state));

	spin_unlock_irqrestore(&v->lock, flags);
	return rc;
}

/* Whether @s is what a controller with @nr_ctx contexts can be in. */
static bool vplic_state_valid(const struct vplic_state *s, unsigned int nr_ctx)
{
	unsigned int i, w;

	for (w = 0; w < NR_WORDS; w++) {
		u64 valid = valid_sources(2 * w) | (u64)valid_sources(2 * w + 1) << 32;
		u64 used = s->level.w[w] | s->pending.w[w] | s->active.w[w];

		for (i = 0; i < VM_MAX_VCPUS; i++) {
			if (i >= nr_ctx && s->ctx[i].enable.w[w])
				return false;
			used |= s->ctx[i].enable.w[w];
		}
		if ((used & ~valid) || (s->pending.w[w] & s->active.w[w]))
			return false;
	}
	for (i = 0; i < VM_MAX_VCPUS; i++)
		if (s->ctx[i].threshold > MAX_PRIORITY)
			return false;
	for (i = 0; i < ARRAY_SIZE(s->priority); i++)
		if (s->priority[i] > (i && i <= NR_SOURCES ? MAX_PRIORITY : 0))
			return false;
	return true;
}

static int vplic_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vplic *p = to_vplic(v);
	struct vplic_state s;
	unsigned long flags;
	u32 irq;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	if (!vplic_state_valid(&s, p->nr_ctx))
		return -EINVAL;
	flags = spin_lock_irqsave(&v->lock);
	p->s = s;
	for (irq = 1; irq <= NR_SOURCES; irq++)
		vplic_set_priority(p, irq, s.priority[irq]);
	vplic_refresh(p);
	spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static const struct vdev_ops vplic_ops = {
	.compatible = "lodge,plic",
	.create = vplic_create,
	.destroy = vplic_destroy,
	.reset = vplic_reset,
	.read = vplic_read,
	.write = vplic_write,
	.set_irq = vplic_set_irq,
	.max_irq = NR_SOURCES,
	.fdt = vplic_fdt,
	.save = vplic_save,
	.restore = vplic_restore,
};
VDEV_REGISTER(vplic_ops);
