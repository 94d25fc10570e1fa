// SPDX-License-Identifier: Apache-2.0
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 -I$(root)/arch/aarch64/include */
/* The virtual GIC: reset, saved states, its node in the tree, and a guest that writes anything. */
#include "vgic_vm_fixture.h"

static void reset_forgets_all_but_the_lines(void **state)
{
	allow(0, UART, 1, 0x80);
	allow(0, 5, 1, 0x80);
	irq(UART, true);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	put();
	dev->ops->reset(dev);
	vgic_vcpu_reset(&test_vcpu[0]);
	load(0);
	assert_int_equal(hw.vmcr, ICH_VMCR_VFIQEN);
	assert_int_equal(rd(GICD_CTLR), 0x50);
	assert_int_equal(rd(GICD_ISENABLER + 4), 0);
	assert_int_equal(rd(GICD_ISPENDR + 4), 2);
	assert_int_equal(rd(SGI(0) + GICD_ISPENDR), 0);
	assert_int_equal(rd(GICD_IPRIORITYR + 32), 0);
}

/* As KVM's: non-secure software takes them in group 1 without having chosen a group. */
static void interrupts_are_of_group_1_at_first(void **state)
{
	unsigned int n;

	for (n = 0; n < 2; n++)
		assert_int_equal(rd(SGI(n) + GICD_IGROUPR), ~0u);
	for (n = 1; n < NR_WORDS; n++)
		assert_int_equal(rd(GICD_IGROUPR + 4 * n), ~0u);
	wr(SGI(0) + GICD_IGROUPR, 0);
	wr(GICD_IGROUPR + 4, 0);
	dev->ops->reset(dev);
	assert_int_equal(rd(SGI(0) + GICD_IGROUPR), ~0u);
	assert_int_equal(rd(GICD_IGROUPR + 4), ~0u);
}

static void a_gicv2_has_them_in_group_0(void **state)
{
	assert_int_equal(rd(GICD_IGROUPR), 0);
	assert_int_equal(rd(GICD_IGROUPR + 4), 0);
}

static void state_is_saved_and_restored(void **state)
{
	static u8 buf[4096];
	struct vdev_state s = { buf, sizeof(buf) };

	allow(0, UART, 1, 0x80);
	allow(0, 5, 1, 0x48);
	irq(UART, true);
	assert_int_equal(guest_ack(), UART);
	vgic_sgi(&test_vcpu[0], 5ull << 24 | 1, false);
	put();
	test_state_checks(dev);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	dev->ops->reset(dev);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	load(0);
	assert_int_equal(rd(GICD_ISACTIVER + 4), 2);
	assert_int_equal(guest_ack(), 5);
	guest_eoi(5);
	guest_eoi(UART);
	host();
	assert_int_equal(guest_ack(), UART);
}

static void restart_with(unsigned int bits)
{
	finish();
	priority_bits = bits;
	start(3, 2, 4);
	load(0);
}

/* A CPU with more bits of priority has more registers of those that are active. */
static void active_priorities_are_each_vcpus(void **state)
{
	unsigned int bits, i, nr;

	for (bits = 5; bits <= 7; bits++) {
		restart_with(bits);
		nr = 1u << (bits - 5);
		for (i = 0; i < nr; i++) {
			*(i ? &hw.lower_apr[0][i - 1] : &hw.apr[0]) = 0x100 << i;
			*(i ? &hw.lower_apr[1][i - 1] : &hw.apr[1]) = 0x10000 << i;
		}
		load(1);
		for (i = 0; i < nr; i++) {
			assert_int_equal(i ? hw.lower_apr[0][i - 1] : hw.apr[0], 0);
			assert_int_equal(i ? hw.lower_apr[1][i - 1] : hw.apr[1], 0);
		}
		load(0);
		for (i = 0; i < nr; i++) {
			assert_int_equal(i ? hw.lower_apr[0][i - 1] : hw.apr[0], 0x100 << i);
			assert_int_equal(i ? hw.lower_apr[1][i - 1] : hw.apr[1], 0x10000 << i);
		}
	}
	restart_with(5);
}

/* Of the highest that is active, in whichever register; with all eight bits of @highest. */
static void active_priorities_hold_back_lower_ones(void **state)
{
	static const u8 active[] = { 0x00, 0x3e, 0x40, 0x82, 0xfe };
	unsigned int i, group;

	for (i = 0; i < ARRAY_SIZE(active); i++) {
		for (group = 0; group < 2; group++) {
			unsigned int level = active[i] / 2, loaded;

			restart_with(7);
			enable_cpu(0xff);
			wr(GICD_CTLR, 3);
			*(level < 32 ? &hw.apr[group] : &hw.lower_apr[group][level / 32 - 1]) =
				1u << level % 32;
			allow(0, UART, 1, active[i]);
			irq(UART, true);
			for (loaded = 0; loaded < 2; loaded++) {
				assert_false(vgic_pending(&test_vcpu[0]));
				put();
			}
			load(0);
			if (active[i]) {
				allow(0, UART + 1, 1, active[i] - 2);
				irq(UART + 1, true);
				assert_true(vgic_pending(&test_vcpu[0]));
				put();
				assert_true(vgic_pending(&test_vcpu[0]));
			}
		}
	}
	restart_with(5);
}

/* Whatever a state holds: nothing of it indexes, shifts or loops too far. */
static void any_state_can_be_restored(void **state)
{
	static u8 buf[4096];
	struct vdev_state s = { buf, sizeof(buf) };
	struct vdev_state_header h;
	u32 version, i, n;
	u64 seed = shim_seed(1);

	put();
	assert_int_equal(dev->ops->save(dev, &s), 0);
	memcpy(&h, buf, sizeof(h));
	memcpy(&version, buf + sizeof(h), sizeof(version));
	for (n = 0; n < 200; n++) {
		for (i = 0; i < s.size; i++)
			buf[i] = (u8)shim_random(&seed);
		memcpy(buf, &h, sizeof(h));
		memcpy(buf + sizeof(h), &version, sizeof(version));
		assert_int_equal(dev->ops->restore(dev, &s), 0);
		for (i = 0; i < 2; i++) {
			load(i);
			enable_cpu(0xf8);
			while (hw_signalled() >= 0) {
				guest_eoi(guest_ack());
				host();
				if (!(shim_random(&seed) % 200))
					break;
			}
			hw.apr[0] = hw.apr[1] = 0;
		}
		put();
	}
}

static void tree_describes_it(void **state)
{
	dev->ops->fdt(dev, NULL);
	assert_string_equal(test_fdt,
			    v2 ? "intc@8000000 { compatible = \"arm,cortex-a15-gic\"; "
				 "reg = <0 0x8000000 0 0x10000 0 0x8010000 0 0x2000>; "
				 "phandle = <0x100>; interrupt-controller; "
				 "#interrupt-cells = <0x3>; #address-cells = <0x2>; "
				 "#size-cells = <0x2>; }; "
			       : "intc@8000000 { compatible = \"arm,gic-v3\"; "
				 "reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0x40000>; "
				 "phandle = <0x100>; interrupt-controller; "
				 "#interrupt-cells = <0x3>; #address-cells = <0x2>; "
				 "#size-cells = <0x2>; #redistributor-regions = <0x1>; }; ");
}

/* A guest that ends what it has not acknowledged, and writes anything anywhere. */
static void hostile_guest_hurts_only_itself(void **state)
{
	u64 seed = shim_seed(42);
	unsigned int i;

	for (i = 0; i < 200000; i++) {
		u64 r = shim_random(&seed), off = r >> 20 & 0xfff;

		switch (r & 15) {
		case 0:
			guest_eoi(off % 130);
			break;
		case 1:
			guest_dir(host_cpu.loaded, off % 130);
			break;
		case 2:
			guest_ack();
			break;
		case 3:
			hw.vmcr = (u32)(r >> 32);
			break;
		case 4:
			load(r >> 8 & 1);
			break;
		case 5:
			vgic_sgi(host_cpu.loaded, shim_random(&seed) & 0xff00ffffffff, r & 16);
			break;
		case 6:
			dev->ops->set_irq(dev, (u32)off % 130, r & 16);
			break;
		case 7:
			hw.timer_line = r & 16;
			break;
		case 8:
			vgic_pending(host_cpu.loaded);
			break;
		case 9:
			rdw(host_cpu.loaded->id, (v2 ? 0 : r & 16 ? 0xb0000 : 0) + (off & ~3ul), 4);
			break;
		default:
			wrw(host_cpu.loaded->id,
			    (v2	      ? 0
			     : r & 32 ? r & 16 ? 0xb0000 : 0xd0000
				      : 0) +
				    (off & ~3ul),
			    4, shim_random(&seed));
		}
		host();
	}
	put();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		V3(reset_forgets_all_but_the_lines),
		V3(interrupts_are_of_group_1_at_first),
		V2(a_gicv2_has_them_in_group_0),
		V3(state_is_saved_and_restored),
		V2(state_is_saved_and_restored),
		V3(any_state_can_be_restored),
		V2(any_state_can_be_restored),
		V3(tree_describes_it),
		V2(tree_describes_it),
		V3(active_priorities_are_each_vcpus),
		V3(active_priorities_hold_back_lower_ones),
		V3(hostile_guest_hurts_only_itself),
		V2(hostile_guest_hurts_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
