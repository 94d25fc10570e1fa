// SPDX-License-Identifier: Apache-2.0
/* links: drivers/virtio-blk/virtio_blk.c drivers/virtio-blk/requests.c drivers/virtio-blk/recover.c drivers/virtio/virtqueue.c */
/* links: drivers/virtio/virtio_mmio.c kernel/driver.c lib/fdt_irq.c */
/* links: lib/fdt.c lib/fdt_check.c lib/fdt_prop.c lib/fdt_write.c */
/* flags: -DCONFIG_VIRTIO_BLK=1 */
/* libs: -Wl,-T,$(here)/drivers.lds */
/* VIRTIO disks that drivers give up for guests, and places for disks that guests have. */
#define BLOCK_UNREGISTER_OWN
#include "../../drivers/virtio/virtio.c" /* here, for its configuration */
#include "virtio_blk_fixture.h"
#include <asm/io.h>
#include <lodge/call.h>
#include <lodge/driver.h>
#include <lodge/fdt.h>
#include <lodge/irq.h>

#define BASE 0x10000000ul
#define SIZE 0x1000ul
#define LINE 5

/* The first has a disk, the second is empty, and a third device has a driver that never gives it up. */
static u8 tree[2048];
static struct {
	u32 status[2], queue_max;
	bool stuck;
	unsigned int resets[2];
	/* what was so when the disk was reset, and when its memory went */
	bool had_irq;
} hw;
static irq_handler_t line;
static unsigned int syncs, unregistered;

static u64 load(const volatile void *p, unsigned int width)
{
	u64 slot = ((u64)p - BASE) / SIZE;

	assert_true(slot < 2);
	switch ((u64)p % SIZE) {
	case 0x00:
		return 0x74726976;
	case 0x04:
		return 2;
	case 0x08:
		return slot ? 0 : VIRTIO_ID_BLOCK;
	case 0x10:
		return 1; /* VERSION_1, in the upper half */
	case 0x34:
		return 16;
	case 0x70:
		return hw.status[slot];
	case 0x100:
		return 64;
	}
	return 0;
}

static void store(volatile void *p, unsigned int width, u64 v)
{
	u64 slot = ((u64)p - BASE) / SIZE;

	if ((u64)p % SIZE != 0x70)
		return;
	if (!v) {
		hw.resets[slot]++;
		hw.had_irq = line != NULL;
	}
	if (v || !hw.stuck)
		hw.status[slot] = (u32)v;
}

static const struct shim_io io = { load, store };

void *host_ioremap(u64 pa, u64 size)
{
	return (void *)pa;
}

int irq_xlate(u32 phandle, const u32 *cells, unsigned int n, u32 *irq)
{
	*irq = cells[0];
	return 0;
}

int irq_request(u32 irq, irq_handler_t fn, void *arg, const char *name)
{
	assert_int_equal(irq, LINE);
	line = fn;
	return 0;
}

void irq_free(u32 irq)
{
	assert_int_equal(irq, LINE);
	assert_non_null(line);
	line = NULL;
	syncs = 0;
}

cpumask_t cpus_online(void)
{
	return cpumask_of(1);
}

void cpus_sync(cpumask_t cpus)
{
	assert_true(cpumask_has(cpus, 1));
	syncs++;
}

/* Nothing of the disk may be gone before that. */
void block_unregister(struct block_device *b)
{
	assert_ptr_equal(b, registered);
	assert_int_equal(hw.status[0], 0);
	assert_int_equal(syncs, 1);
	registered = NULL;
	unregistered++;
}

/* ---- a driver that keeps its device ---- */

static int keep(const void *fdt, int node)
{
	return 0;
}

static const char *const keeper_compatible[] = { "test,kept", NULL };
static const struct driver keeper = {
	.name = "keeper",
	.compatible = keeper_compatible,
	.stage = DRIVER_DEVICE,
	.probe = keep,
};
DRIVER_REGISTER(keeper);

static void write_device(struct fdt_writer *w, unsigned int i, const char *compatible)
{
	fdtw_nodef(w, "d@%lx", BASE + i * SIZE);
	fdtw_string(w, "compatible", compatible);
	fdtw_reg(w, BASE + i * SIZE, 0x200);
	fdtw_u32(w, "interrupts", LINE + i);
	fdtw_end_node(w);
}

/* A machine that has just come up; its slots are the last two that the driver has found. */
static void begin(void)
{
	/* Each has a tree of its own, which the drivers have not seen. */
	static u8 trees[16][sizeof(tree)];
	static unsigned int n;
	struct fdt_writer w;
	void *at = trees[n++];

	assert_true(n < ARRAY_SIZE(trees));
	memset(&hw, 0, sizeof(hw));
	line = NULL;
	syncs = unregistered = 0;
	registered = NULL;
	shim_io = &io;
	fdtw_begin(&w, at, sizeof(tree));
	fdtw_node(&w, "");
	fdtw_u32(&w, "#address-cells", 2);
	fdtw_u32(&w, "#size-cells", 2);
	fdtw_u32(&w, "interrupt-parent", 1);
	fdtw_node(&w, "pic");
	fdtw_u32(&w, "phandle", 1);
	fdtw_u32(&w, "#interrupt-cells", 1);
	fdtw_end_node(&w);
	for (unsigned int i = 0; i < n; i++) {
		fdtw_nodef(&w, "before-%u",
			   i); /* moves what follows: no number of a node comes twice */
		fdtw_end_node(&w);
	}
	write_device(&w, 0, "virtio,mmio");
	write_device(&w, 1, "virtio,mmio");
	write_device(&w, 2, "test,kept");
	fdtw_end_node(&w);
	assert_true(fdtw_finish(&w) > 0);
	assert_int_equal(fdt_check(at, sizeof(tree)), 0);
	memcpy(tree, at, sizeof(tree));
	assert_int_equal(driver_probe_stage(at, DRIVER_DEVICE), 2);
	assert_non_null(registered);
	assert_int_equal(hw.status[0], 0xf);
}

static int node;
static bool may_dma = true;
static const char *driver, *use;

static int give(unsigned int slot)
{
	driver = use = NULL;
	return driver_give(BASE + slot * SIZE, SIZE, may_dma, &node, &driver, &use);
}

static void assert_at(unsigned int slot)
{
	char path[32], want[32];

	snprintf(want, sizeof(want), "/d@%lx", BASE + slot * SIZE);
	fdt_node_path(tree, node, path, sizeof(path));
	assert_string_equal(path, want);
}

/* ---- tests ---- */

static void a_disk_without_a_use_is_given_up(void **state)
{
	unsigned int before;

	begin();
	before = allocations();
	assert_int_equal(give(0), 0);
	assert_int_equal(unregistered, 1);
	assert_null(line);
	/* Its last interrupt is over before it is reset, and that before its memory goes. */
	assert_false(hw.had_irq);
	assert_int_equal(hw.status[0], 0);
	/* Queue, slots of it, the disk and its transport. */
	assert_true(allocations() <= before - 4);
	/* And it is nobody's. */
	assert_string_equal(driver_user(0, &node, &use), "keeper");
	assert_null(driver_user(1, &node, &use));
	hw.resets[0] = 0;
	assert_int_equal(give(0), 0);
	assert_int_equal(unregistered, 1);
	assert_int_equal(hw.resets[0], 1);
}

static void none_is_for_a_guest_without_memory_for_dma(void **state)
{
	begin();
	hw.resets[0] = 0;
	may_dma = false;
	assert_int_equal(give(0), -EPERM);
	assert_at(0);
	assert_non_null(line);
	assert_int_equal(hw.resets[0], 0);
	may_dma = true;
	assert_int_equal(give(0), 0);
}

static void one_with_a_use_is_not(void **state)
{
	begin();
	registered->use = "as the boot disk";
	hw.resets[0] = 0;
	assert_int_equal(give(0), -EBUSY);
	assert_at(0);
	assert_string_equal(driver, "virtio-mmio");
	assert_string_equal(use, "as the boot disk");
	assert_non_null(line);
	assert_int_equal(hw.resets[0], 0);
	assert_string_equal(driver_user(0, &node, &use), "virtio-mmio");
	assert_string_equal(use, "as the boot disk");
	assert_string_equal(driver_user(1, &node, &use), "keeper");
	assert_string_equal(use, "");
	assert_at(2);
}

static void one_with_a_request_under_way_is_not(void **state)
{
	static u8 buf[512];
	struct block_request rq;

	begin();
	request(&rq, false, 0, buf, sizeof(buf));
	assert_int_equal(registered->ops->submit(registered, &rq), 0);
	assert_int_equal(give(0), -EBUSY);
	assert_string_equal(use, "for a request");
	assert_int_equal(hw.status[0], 0xf);
}

static void one_that_can_t_be_reset_keeps_its_memory(void **state)
{
	static u8 buf[512];
	struct block_device *b;
	unsigned int before;

	begin();
	b = registered;
	before = allocations();
	per_look = 1000;
	hw.stuck = true;
	assert_int_equal(give(0), -ETIMEDOUT);
	assert_at(0);
	assert_int_equal(allocations(), before);
	/* It is not used meanwhile. */
	assert_int_equal(read_sectors(b, 0, buf, sizeof(buf)), -EIO);
	hw.stuck = false;
	assert_int_equal(give(0), 0);
	assert_int_equal(unregistered, 1);
	per_look = 1;
}

static void a_driver_that_never_gives_is_told(void **state)
{
	begin();
	assert_int_equal(give(2), -EBUSY);
	assert_string_equal(driver, "keeper");
	assert_string_equal(use, "");
	assert_at(2);
	assert_int_equal(give(3), 0);
}

/* Two of a range are the driver's, and the third's driver keeps it. */
static void none_is_given_up_for_one_that_can_t_be(void **state)
{
	begin();
	hw.resets[0] = 0;
	driver = use = NULL;
	assert_int_equal(driver_give(BASE, 3 * SIZE, true, &node, &driver, &use), -EBUSY);
	assert_string_equal(driver, "keeper");
	assert_at(2);
	assert_int_equal(unregistered, 0);
	assert_non_null(line);
	assert_int_equal(hw.resets[0], 0);
	assert_int_equal(give(0), 0);
	assert_int_equal(unregistered, 1);
}

static void what_a_guest_has_is_stopped(void **state)
{
	begin();
	assert_int_equal(give(0), 0);
	assert_int_equal(give(1), 0);
	hw.status[0] = hw.status[1] = 0xf;
	assert_int_equal(driver_stop(BASE, SIZE), 0);
	assert_int_equal(hw.status[0], 0);
	assert_int_equal(hw.status[1], 0xf);
	assert_int_equal(driver_stop(BASE + SIZE, SIZE), 0);
	assert_int_equal(hw.status[1], 0);
	per_look = 1000;
	hw.stuck = true;
	hw.status[1] = 0xf;
	assert_int_equal(driver_stop(BASE, 2 * SIZE), -ETIMEDOUT);
	per_look = 1;
}

/* One that has a driver is none of a guest's. */
static void what_the_host_has_is_not_stopped(void **state)
{
	begin();
	hw.resets[0] = 0;
	assert_int_equal(driver_stop(BASE, 2 * SIZE), 0);
	assert_int_equal(hw.resets[0], 0);
	assert_int_equal(hw.status[0], 0xf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_disk_without_a_use_is_given_up),
		TEST(none_is_for_a_guest_without_memory_for_dma),
		TEST(one_with_a_use_is_not),
		TEST(one_with_a_request_under_way_is_not),
		TEST(one_that_can_t_be_reset_keeps_its_memory),
		TEST(a_driver_that_never_gives_is_told),
		TEST(none_is_given_up_for_one_that_can_t_be),
		TEST(what_a_guest_has_is_stopped),
		TEST(what_the_host_has_is_not_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
