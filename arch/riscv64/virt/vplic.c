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
#include <lodge/bitops.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include "vplic.h"

/* ---- lines into the vCPUs ---- */

static __noinline void vplic_drive(struct vplic *p, u64 n, bool level)
{
	struct vcpu *vcpu = p->vdev.vm->vcpu[n];

	p->raised ^= (u32)1 << n;
	if (vcpu)
		riscv_set_external(vcpu, level);
}

static inline void vplic_line(struct vplic *p, u64 n, bool level)
{
	if (level != ((p->raised >> n) & 1))
		vplic_drive(p, n, level);
}

static inline bool vplic_wants(const struct vplic *p, unsigned int n)
{
	const struct source_set *notify = &p->ctx[n].notify;

	return (p->s.pending.w[0] & notify->w[0]) | (p->s.pending.w[1] & notify->w[1]);
}

void vplic_refresh(struct vplic *p)
{
	unsigned int n;

	for (n = 0; n < p->nr_ctx; n++)
		vplic_line(p, n, vplic_wants(p, n));
}

/* After context @n's enables or threshold, or a priority, have changed. */
static void vplic_recompute(struct vplic *p, unsigned int n)
{
	const struct source_set *notify = &p->above[p->s.threshold[n]];
	unsigned int w;

	for (w = 0; w < NR_WORDS; w++) {
		p->ctx[n].claimable.w[w] = p->s.enable[n].w[w] & p->above[0].w[w];
		p->ctx[n].notify.w[w] = p->s.enable[n].w[w] & notify->w[w];
	}
	vplic_line(p, n, vplic_wants(p, n));
}

static void vplic_recompute_all(struct vplic *p)
{
	unsigned int n;

	for (n = 0; n < p->nr_ctx; n++)
		vplic_recompute(p, n);
}

/* The gateway lets a request of @irq through. */
static void vplic_pend(struct vplic *p, u32 irq)
{
	unsigned int n;

	source_set_to(&p->s.pending, irq, true);
	for (n = 0; n < p->nr_ctx; n++)
		if (source_in(&p->ctx[n].notify, irq))
			vplic_line(p, n, true);
}

void vplic_set_irq(struct vdev *v, u32 irq, bool level)
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

/* One step of the search for the highest priority: 1 if anything is above @t, and then
 * only that is kept. */
static unsigned int narrow(const struct vplic *p, u64 *w0, u64 *w1, unsigned int t)
{
	u64 n0 = *w0 & p->above[t].w[0], n1 = *w1 & p->above[t].w[1];

	if (!(n0 | n1))
		return 0;
	*w0 = n0;
	*w1 = n1;
	return 1;
}

/* Context @n claims the source of highest priority, then of lowest number. The threshold
 * plays no part in that (PLIC 1.0.0, chapter 9). */
static __noinline u32 vplic_claim(struct vplic *p, unsigned int n)
{
	u64 w0 = p->s.pending.w[0] & p->ctx[n].claimable.w[0];
	u64 w1 = p->s.pending.w[1] & p->ctx[n].claimable.w[1];
	unsigned int prio;
	u32 irq;

	if (!(w0 | w1))
		return 0;
	prio = 4 * narrow(p, &w0, &w1, 3);
	prio += 2 * narrow(p, &w0, &w1, prio + 1);
	narrow(p, &w0, &w1, prio);
	irq = w0 ? ctz64(w0) : 64 + ctz64(w1);
	source_set_to(&p->s.pending, irq, false);
	source_set_to(&p->s.active, irq, true);
	vplic_refresh(p);
	return irq;
}

/* The same for the only context, by its @vcpu, where usually one source is pending. */
static u64 vplic_claim_only(struct vplic *p, struct vcpu *vcpu)
{
	const struct source_set *claimable = &p->ctx[0].claimable;
	u64 w0, w1, irq = 0;

	spin_lock(&p->vdev.lock);
	w0 = p->s.pending.w[0] & claimable->w[0];
	w1 = p->s.pending.w[1] & claimable->w[1];
	if (unlikely((w0 & (w0 - 1)) | w1)) {
		irq = vplic_claim(p, 0);
	} else if (w0) {
		irq = bit_index_table[w0 * DE_BRUIJN_64 >> 58];
		p->s.pending.w[0] ^= w0;
		p->s.active.w[0] |= w0;
		/* Nothing is left to claim, so nothing to interrupt for. */
		if (p->raised) {
			p->raised = 0;
			riscv_set_external(vcpu, false);
		}
	}
	spin_unlock(&p->vdev.lock);
	return irq;
}

/* A completion that fits nothing this context has enabled is ignored. */
static void vplic_complete(struct vplic *p, unsigned int n, u32 irq)
{
	u64 bit = source_bit(irq), *active;

	if (irq > NR_SOURCES)
		return;
	irq = (u32)index_nospec(irq, NR_SOURCES + 1);
	active = &p->s.active.w[irq >> 6];
	if (!(*active & bit & p->s.enable[n].w[irq >> 6]))
		return;
	*active ^= bit;
	if (!source_in(&p->s.level, irq))
		return;
	if (p->host[irq])
		vplic_end_host(p, irq);
	else
		vplic_pend(p, irq);
}

/* ---- registers ---- */

/* Which of @p's S-mode contexts number @context of the register map is; -1 for none. */
static int vplic_context(const struct vplic *p, u64 context)
{
	return (context & 1) && context >> 1 < p->nr_ctx
		       ? (int)index_nospec(context >> 1, p->nr_ctx)
		       : -1;
}

static u32 source_word(const struct source_set *set, u64 word)
{
	return word < 2 * NR_WORDS
		       ? (u32)(set->w[index_wrap_nospec(word / 2, NR_WORDS)] >> (word % 2 * 32))
		       : 0;
}

static u32 vplic_read_locked(struct vplic *p, u64 off)
{
	int n;

	if (off >= PLIC_CONTEXT) {
		n = vplic_context(p, (off - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE);
		if (n < 0)
			return 0;
		return off % PLIC_CONTEXT_STRIDE == PLIC_CLAIM ? vplic_claim(p, (unsigned int)n)
		       : off % PLIC_CONTEXT_STRIDE == PLIC_THRESHOLD ? p->s.threshold[n]
								     : 0;
	}
	if (off >= PLIC_ENABLE) {
		n = vplic_context(p, (off - PLIC_ENABLE) / PLIC_ENABLE_STRIDE);
		if (n < 0)
			return 0;
		return source_word(&p->s.enable[n], off % PLIC_ENABLE_STRIDE / 4);
	}
	if (off >= PLIC_PENDING)
		return source_word(&p->s.pending, (off - PLIC_PENDING) / 4);
	return off / 4 <= NR_SOURCES ? p->s.priority[index_wrap_nospec(off / 4, 64 * NR_WORDS)] : 0;
}

static __noinline u64 vplic_read_slow(struct vplic *p, u64 off, unsigned int width)
{
	u32 val;

	if (width != 4 || off % 4)
		return 0;
	spin_lock(&p->vdev.lock);
	val = vplic_read_locked(p, off);
	spin_unlock(&p->vdev.lock);
	return val;
}

static u64 vplic_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	struct vplic *p = to_vplic(v);

	if (likely(off == p->quick_claim && width == 4))
		return vplic_claim_only(p, vcpu);
	return vplic_read_slow(p, off, width);
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
	irq = index_wrap_nospec(irq, 64 * NR_WORDS);
	vplic_set_priority(p, (u32)irq, val & MAX_PRIORITY);
	vplic_recompute_all(p);
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
	w = &p->s.enable[n].w[index_wrap_nospec(word / 2, NR_WORDS)];
	val &= valid_sources(word);
	if (word % 2)
		*w = (u32)*w | (u64)val << 32;
	else
		*w = (*w & ~(u64)0xffffffff) | val;
	vplic_recompute(p, n);
}

static void vplic_write_context(struct vplic *p, unsigned int n, u64 reg, u32 val)
{
	if (reg == PLIC_CLAIM) {
		vplic_complete(p, n, val);
	} else if (reg == PLIC_THRESHOLD) {
		p->s.threshold[n] = val & MAX_PRIORITY;
		vplic_recompute(p, n);
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
	if (width != 4 || off % 4)
		return;
	spin_lock(&v->lock);
	vplic_write_locked(to_vplic(v), off, (u32)val);
	spin_unlock(&v->lock);
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
	vplic_recompute_all(p);
	spin_unlock_irqrestore(&v->lock, flags);
}

static const struct vdev_ops vplic_ops;

static int vplic_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	unsigned int nr_ctx = vm->cfg->nr_vcpus;
	struct vplic *p;

	if (nr_ctx > VM_MAX_VCPUS || cfg->size < PLIC_CONTEXT + 2 * nr_ctx * PLIC_CONTEXT_STRIDE)
		return -EINVAL;
	p = kzalloc_for(vm->account, sizeof(*p));
	if (!p)
		return -ENOMEM;
	vdev_init(&p->vdev, &vplic_ops, vm, cfg);
	p->nr_ctx = nr_ctx;
	p->quick_claim = nr_ctx == 1 ? CLAIM_FIRST : ~(u64)0;
	vplic_reset(&p->vdev);
	*out = &p->vdev;
	return 0;
}

static void vplic_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, to_vplic(v));
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
	return vdev_state_put(v, out, &to_vplic(v)->s, sizeof(struct vplic_state));
}

/* Whatever was saved, only sources and contexts that there are come back. */
static int vplic_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vplic *p = to_vplic(v);
	struct vplic_state s;
	unsigned long flags;
	unsigned int n, w;
	u32 irq;
	int rc = vdev_state_get(in, &s, sizeof(s), STATE_VERSION);

	if (rc)
		return rc;
	for (w = 0; w < NR_WORDS; w++) {
		u64 valid = valid_sources(2 * w) | (u64)valid_sources(2 * w + 1) << 32;

		s.level.w[w] &= valid;
		s.active.w[w] &= valid;
		s.pending.w[w] &= valid & ~s.active.w[w];
		for (n = 0; n < VM_MAX_VCPUS; n++)
			s.enable[n].w[w] &= n < p->nr_ctx ? valid : 0;
	}
	for (n = 0; n < VM_MAX_VCPUS; n++)
		s.threshold[n] &= MAX_PRIORITY;
	flags = spin_lock_irqsave(&v->lock);
	vplic_restore_host(p, &s);
	p->s = s;
	for (irq = 1; irq <= NR_SOURCES; irq++)
		vplic_set_priority(p, irq, s.priority[irq] & MAX_PRIORITY);
	vplic_recompute_all(p);
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
	.link = vplic_link,
	.forward = vplic_forward,
	.cut = vplic_cut,
	.fdt = vplic_fdt,
	.save = vplic_save,
	.restore = vplic_restore,
};
VDEV_REGISTER(vplic_ops);
