/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VGIC_FIXTURE_H
#define VGIC_FIXTURE_H

/* What the tests of the virtual GIC share: its device, the host around, and what a guest does with both. */
#include "../../arch/aarch64/virt/vgic/vgic.c"
#include "../../arch/aarch64/virt/vgic/vgic_cpu.c" /* here, for its configuration */
#include "../../arch/aarch64/virt/vgic/vgic_hw.h"
#include "vdev_test.h"
#include <lodge/irq.h>
#include <lodge/panic.h>
#include <lodge/smp.h>

const struct shim_sysreg *shim_sysreg;

/* A device's interrupt of the host, and what the guest has it as. */
#define HOST_IRQ 77u
#define GIVEN	 42u

static struct cpu host_cpu;

#include "vgic_cpu_model.h"

/* ---- the host around ---- */

void gic_forward(u32 irq)
{
	assert_int_equal(irq, VGIC_IRQ_VTIMER);
}

void gic_deactivate(u32 irq)
{
	assert_int_equal(irq, VGIC_IRQ_VTIMER);
	hw.timer_active = false;
}

void irq_end(u32 irq)
{
	assert_int_equal(irq, HOST_IRQ);
	assert_true(hw.host_active);
	hw.host_active = false;
}

void irq_route(u32 irq, struct cpu *cpu)
{
	assert_int_equal(irq, HOST_IRQ);
	hw.routed = cpu;
}

static struct cpu other_cpu = { .id = 1 };

struct cpu *cpu_get(unsigned int id)
{
	return id ? &other_cpu : &host_cpu;
}

static struct gic_info info;

const struct gic_info *gic_info(void)
{
	return &info;
}

int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name)
{
	if (irq == VGIC_IRQ_VTIMER)
		hw.timer = fn;
	else
		hw.maintenance = fn;
	return 0;
}

void panic_plain(const char *fmt, ...)
{
	panic("%s", fmt);
}

void vcpu_request(struct vcpu *vcpu, u32 req)
{
	vcpu->requests |= req;
}

static u32 woken;

void vcpu_visit(struct vcpu *vcpu, struct vcpu *other)
{
}

void arm64_timers_destroy(struct vcpu *vcpu)
{
}

void vcpu_wake(struct vcpu *vcpu)
{
	woken |= 1u << vcpu->id;
}

int region_add(struct region_map *map, const struct region *r)
{
	map->r[map->count++] = *r;
	return 0;
}

/* Interrupts of the host are taken until there are none. */
static void host(void)
{
	unsigned int n;

	for (n = 0; n < 100; n++) {
		if (host_cpu.loaded && (host_cpu.loaded->requests & REQ_IRQ)) {
			host_cpu.loaded->requests = 0;
			vgic_sync(host_cpu.loaded);
		} else if (hw.timer_line && !hw.timer_masked && !hw.timer_active) {
			hw.timer_active = true;
			hw.timer(NULL);
		} else if (hw.line && !hw.host_active) {
			hw.host_active = true;
			dev->ops->forward(dev, GIVEN);
		} else if (hw_maintenance()) {
			hw.maintenance(NULL);
		} else {
			assert_int_equal(dev->lock.locked, 0);
			return;
		}
	}
	fail_msg("the host is interrupted for ever");
}

static void put(void)
{
	unsigned int i;

	if (!host_cpu.loaded)
		return;
	/* The run loop has the guest's timer off by then. */
	hw.timer_line = false;
	vgic_put(host_cpu.loaded);
	host_cpu.loaded = NULL;
	assert_int_equal(hw.timer_active, 0);
	for (i = 0; i < hw.nr_lrs; i++)
		assert_true(hw.lr[i] == 0);
	assert_int_equal(hw.hcr, 0);
}

static void load(unsigned int n)
{
	put();
	vgic_load(&test_vcpu[n]);
	host_cpu.loaded = &test_vcpu[n];
	host();
}

static u64 rdw(unsigned int n, u64 off, unsigned int width)
{
	u64 v = dev->ops->read(dev, &test_vcpu[n], off, width);

	assert_int_equal(dev->lock.locked, 0);
	return v;
}

static void wrw(unsigned int n, u64 off, unsigned int width, u64 v)
{
	dev->ops->write(dev, &test_vcpu[n], off, width, v);
	assert_int_equal(dev->lock.locked, 0);
	host();
}

static inline u32 rd(u64 off)
{
	return (u32)rdw(0, off, 4);
}

static inline void wr(u64 off, u32 v)
{
	wrw(0, off, 4, v);
}

static inline void irq(u32 intid, bool level)
{
	dev->ops->set_irq(dev, intid, level);
	assert_int_equal(dev->lock.locked, 0);
	host();
}

static void start(unsigned int version, unsigned int nr_vcpus, unsigned int nr_lrs)
{
	static const struct shim_io io = { io_read, io_write };
	static const struct shim_sysreg sys = { sys_read, sys_write };
	unsigned int i;

	shim_io = &io;
	shim_sysreg = &sys;
	shim_this_cpu = &host_cpu;
	host_cpu.loaded = NULL;
	v2 = version == 2;
	memset(&hw, 0, sizeof(hw));
	hw.nr_lrs = nr_lrs;
	info = (struct gic_info){ .version = version,
				  .maintenance_irq = 25,
				  .gich = v2 ? (volatile u8 *)GICH_BASE : NULL,
				  .gicv = { 0x8040000 } };
	vgic_init();
	memset(&test_vcpu, 0, sizeof(test_vcpu));
	memset(&test_vm.map, 0, sizeof(test_vm.map));
	test_cfg.nr_vcpus = nr_vcpus;
	for (i = 0; i < VM_MAX_VCPUS; i++) {
		test_vm.vcpu[i] = i < nr_vcpus ? &test_vcpu[i] : NULL;
		test_vcpu[i].id = i;
		test_vcpu[i].vm = &test_vm;
	}
	woken = 0;
	dev = test_create(&vgic_ops, 0x8000000, 0x10000, 0);
}

static void finish(void)
{
	put();
	test_destroy(dev);
}

/* Where the registers of @intid of vCPU @n are, as the version has them. */
static inline u64 reg_of(unsigned int n, u32 intid, u64 reg, unsigned int bits)
{
	u64 off = reg + intid / (32 / bits) * 4;

	return v2 || intid >= 32 ? off : 0xa0000 + GICR_STRIDE * n + GICR_SGI + off;
}

/* The guest turns on what there is of @intid, in group @group, at @priority. */
static inline void allow(unsigned int n, u32 intid, unsigned int group, u32 priority)
{
	u64 group_reg = reg_of(n, intid, GICD_IGROUPR, 1);
	u32 bit = 1u << intid % 32;

	wrw(n, group_reg, 4, (rdw(n, group_reg, 4) & ~bit) | (group ? bit : 0));
	wrw(n, reg_of(n, intid, GICD_IPRIORITYR, 8) + intid % 4, 1, priority);
	if (v2 && intid >= GIC_FIRST_SPI)
		wrw(n, GICD_ITARGETSR + intid, 1, 1u << n);
	wrw(n, reg_of(n, intid, GICD_ISENABLER, 1), 4, bit);
}

/* And its CPU interface, with the priority mask at @pmr. */
static inline void enable_cpu(u32 pmr)
{
	hw.vmcr |= ICH_VMCR_VENG0 | ICH_VMCR_VENG1;
	hw.vmcr = (hw.vmcr & 0xffffff) | pmr << ICH_VMCR_VPMR;
}

#endif
