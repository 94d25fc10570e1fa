// SPDX-License-Identifier: Apache-2.0
/* The guest's firmware configuration device. */
/* links: virt/bus/fdt.c virt/mem/region.c */
/* arch: x86_64 */
#include "../../arch/x86_64/virt/pc/vfwcfg.c"
#include "vdev_test.h"

static struct vdev *dev;

static void region(u64 at, u64 size, enum region_backing backing, u32 perm)
{
	const struct region r = { .gpa = gpa(at), .size = size, .backing = backing, .perm = perm };

	assert_int_equal(region_add(&test_cfg.memory, &r), 0);
}

static int setup(void **state)
{
	memset(&test_cfg, 0, sizeof(test_cfg));
	test_cfg.nr_vcpus = 3;
	region(0, MIB(64), BACKING_LAZY, REGION_R | REGION_W | REGION_X);
	region(0xfff00000, MIB(1), BACKING_LAZY, REGION_R | REGION_X);
	region(GIB(4), MIB(32), BACKING_EAGER, REGION_R | REGION_W | REGION_X);
	region(GIB(5), MIB(2), BACKING_DEVICE, REGION_R | REGION_W);
	dev = test_create(&vfwcfg_ops, 0x510, FW_CFG_NR_PORTS, 0);
	return 0;
}

static int teardown(void **state)
{
	test_destroy(dev);
	return 0;
}

static void choose(u16 key)
{
	dev->ops->write(dev, test_vcpu, 0, 2, key);
	assert_int_equal(dev->lock.locked, 0);
}

static u8 next(void)
{
	u64 v = dev->ops->read(dev, test_vcpu, 1, 1);

	assert_int_equal(dev->lock.locked, 0);
	return (u8)v;
}

static u64 number(u16 key, unsigned int bytes)
{
	u64 v = 0;
	unsigned int i;

	choose(key);
	for (i = 0; i < bytes; i++)
		v |= (u64)next() << 8 * i;
	/* Items end where they should. */
	assert_int_equal(next(), 0);
	return v;
}

static u64 big(unsigned int bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v << 8 | next();
	return v;
}

static void it_tells_of_the_machine(void **state)
{
	assert_int_equal(number(KEY_SIGNATURE, 4), 0x554d4551);
	assert_int_equal(number(KEY_ID, 4), 1); /* and not 2, DMA */
	assert_int_equal(number(KEY_RAM_SIZE, 8), MIB(96));
	assert_int_equal(number(KEY_NOGRAPHIC, 2), 1);
	assert_int_equal(number(KEY_NB_CPUS, 2), 3);
	assert_int_equal(number(KEY_MAX_CPUS, 2), 3);
	assert_int_equal(number(KEY_BOOT_MENU, 2), 0);
	assert_int_equal(number(KEY_UUID, 8), 0);
}

/* As SeaBIOS and EDK2 look for a file. */
static void its_directory_has_the_memory_map(void **state)
{
	char name[NAME_SIZE];
	u32 size;
	u16 key;
	unsigned int i;

	choose(KEY_FILE_DIR);
	assert_int_equal(big(4), 1);
	size = (u32)big(4);
	key = (u16)big(2);
	assert_int_equal(big(2), 0);
	for (i = 0; i < NAME_SIZE; i++)
		name[i] = (char)next();
	assert_string_equal(name, "etc/e820");
	assert_int_equal(next(), 0);
	assert_int_equal(size, 2 * 20);
	assert_in_range(key, 0x20, 0x3fff);
	choose(key);
	for (i = 0; i < 2; i++) {
		struct e820_entry e;
		unsigned int k;

		for (k = 0; k < sizeof(e); k++)
			((u8 *)&e)[k] = next();
		assert_int_equal(e.addr, i ? GIB(4) : 0);
		assert_int_equal(e.size, i ? MIB(32) : MIB(64));
		assert_int_equal(e.type, 1);
	}
	assert_int_equal(next(), 0);
}

static void what_is_not_there_is_zero(void **state)
{
	u32 key;

	for (key = 0; key <= 0xffff; key++) {
		u32 item = key & ~(u32)KEY_WRITE;

		if (item <= KEY_NB_CPUS || item == KEY_MAX_CPUS || item == KEY_FILE_DIR ||
		    item == KEY_FILE_FIRST)
			continue;
		choose((u16)key);
		assert_int_equal(next(), 0);
	}
	choose(KEY_SIGNATURE);
	for (key = 0; key < 4; key++)
		assert_true(next());
	for (key = 0; key < 100000; key++)
		assert_int_equal(next(), 0);
}

static void nothing_can_be_written(void **state)
{
	choose(KEY_WRITE | KEY_SIGNATURE);
	dev->ops->write(dev, test_vcpu, 1, 1, 'X');
	assert_int_equal(next(), 'Q');
	assert_int_equal(number(KEY_SIGNATURE, 4), 0x554d4551);
}

static void other_accesses_are_none(void **state)
{
	choose(KEY_SIGNATURE);
	assert_int_equal(dev->ops->read(dev, test_vcpu, 0, 1), 0xff);
	assert_int_equal(dev->ops->read(dev, test_vcpu, 0, 2), 0xffff);
	dev->ops->write(dev, test_vcpu, 0, 1, KEY_ID);
	dev->ops->write(dev, test_vcpu, 1, 1, KEY_ID);
	assert_int_equal(next(), 'Q');
	dev->ops->reset(dev);
	assert_int_equal(next(), 'Q');
}

static void its_state_is_saved(void **state)
{
	u8 buf[64];
	struct vdev_state s = { buf, sizeof(buf) };

	choose(KEY_SIGNATURE);
	(void)next();
	test_state_checks(dev);
	assert_int_equal(dev->ops->save(dev, &s), 0);
	choose(KEY_ID);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(next(), 'E');
	/* Any offset may be there. */
	memset(buf + sizeof(struct vdev_state_header) + 4, 0xff, 4);
	assert_int_equal(dev->ops->restore(dev, &s), 0);
	assert_int_equal(next(), 0);
}

static void it_has_room_for_any_memory(void **state)
{
	unsigned int i;

	test_destroy(dev);
	memset(&test_cfg.memory, 0, sizeof(test_cfg.memory));
	for (i = 0; i < MAX_REGIONS; i++)
		region(i * MIB(4), MIB(2), BACKING_LAZY, REGION_R | REGION_W);
	dev = test_create(&vfwcfg_ops, 0x510, FW_CFG_NR_PORTS, 0);
	assert_int_equal(number(KEY_RAM_SIZE, 8), MIB(64));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_tells_of_the_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(its_directory_has_the_memory_map, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_can_be_written, setup, teardown),
		cmocka_unit_test_setup_teardown(other_accesses_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(its_state_is_saved, setup, teardown),
		cmocka_unit_test_setup_teardown(it_has_room_for_any_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
