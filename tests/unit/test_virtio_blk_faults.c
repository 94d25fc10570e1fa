// SPDX-License-Identifier: Apache-2.0
/* links: drivers/virtio-blk/virtio_blk.c drivers/virtio-blk/requests.c drivers/virtio/virtio.c drivers/virtio/virtqueue.c */
/* The disk driver with a device that errs, lies, hangs or does not come back. */
#include "virtio_blk_fixture.h"

/* With @fault in one request: it fails, the next works. */
static void expect_one_error(enum fault fault, unsigned int resets)
{
	struct block_device *b;
	u8 buf[512];

	setup(NULL);
	b = probe();
	fake.fault = fault;
	fake.faults_left = 1;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	assert_int_equal(fake.faults_left, 0);
	assert_int_equal(fake.resets, 1 + resets);
	fake.fault = FAULT_NONE;
	assert_works(b);
}

static void error_status_fails_that_request(void **state)
{
	expect_one_error(FAULT_ERROR_STATUS, 0);
}

static void missing_status_is_an_error(void **state)
{
	expect_one_error(FAULT_NO_STATUS, 0);
}

static void short_read_is_an_error(void **state)
{
	expect_one_error(FAULT_SHORT_READ, 0);
}

static void lying_device_is_reset(void **state)
{
	expect_one_error(FAULT_BAD_ID, 1);
	expect_one_error(FAULT_BAD_LEN, 1);
	expect_one_error(FAULT_BAD_IDX, 1);
}

static void device_that_wants_a_reset_gets_it(void **state)
{
	expect_one_error(FAULT_NEEDS_RESET, 1);
}

static void stuck_request_resets_the_device(void **state)
{
	u64 before = now;

	expect_one_error(FAULT_SILENT, 1);
	/* The timeout, and the time in which the CPU kept looking. */
	assert_in_range(now - before, 5500000, 5600000);
}

static void stuck_request_is_noticed_without_interrupts(void **state)
{
	struct block_device *b = probe();
	u8 buf[512];

	can_sleep = false;
	fake.fault = FAULT_SILENT;
	fake.faults_left = 1;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	assert_int_equal(fake.resets, 2);
	assert_works(b);
}

static void reset_fails_all_that_is_under_way(void **state)
{
	struct block_device *b;
	struct block_request rq[8];
	u8 buf[8][512];
	unsigned int i;

	fake.defer = true;
	b = probe();
	fake.fault = FAULT_SILENT;
	fake.faults_left = 8;
	for (i = 0; i < 8; i++) {
		request(&rq[i], false, i, buf[i], 512);
		assert_int_equal(b->ops->submit(b, &rq[i]), 0);
	}
	for (i = 0; i < 8; i++)
		assert_int_equal(b->ops->wait(b, &rq[i]), -EIO);
	assert_int_equal(fake.resets, 2);
	fake.faults_left = 0;
	fake.defer = false;
	assert_works(b);
}

/* A request that is waited for late is not stuck when others have been done since. */
static void slow_device_is_left_alone(void **state)
{
	struct block_device *b;
	struct block_request rq[4];
	u8 buf[4][512];
	unsigned int i;

	fake.defer = true;
	b = probe();
	for (i = 0; i < 4; i++) {
		request(&rq[i], false, i, buf[i], 512);
		assert_int_equal(b->ops->submit(b, &rq[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		now += 4000000;
		assert_int_equal(b->ops->wait(b, &rq[i]), 0);
	}
	assert_int_equal(fake.resets, 1);
}

static void device_that_does_not_come_back_is_given_up(void **state)
{
	static const enum fault faults[] = { FAULT_NO_RESET, FAULT_LESS_FEATURES };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		struct block_device *b;
		u8 buf[512];

		setup(state);
		fake.offered |= F_FLUSH;
		b = probe();
		fake.fault = faults[i];
		fake.faults_left = ~0u;
		assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
		/* From now on at once, and without the device. */
		fake.notifies = 0;
		assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
		assert_int_equal(block_flush(b), -EIO);
		fake.dev.queue_irq(&fake.dev);
		assert_int_equal(fake.notifies, 0);
	}
}

/* Faults at random for a while: every request ends, and right in the end. */
static void random_faults_never_hang(void **state)
{
	struct block_device *b;
	u64 seed = 3;
	unsigned int round, i;

	fake.defer = true;
	b = probe();
	for (round = 0; round < 500; round++) {
		struct block_request rq[8];
		u8 buf[8][1024];

		fake.fault = shim_random(&seed) % (FAULT_NEEDS_RESET + 1);
		fake.faults_left = fake.fault ? shim_random(&seed) % 4 : 0;
		for (i = 0; i < 8; i++) {
			u64 sector = shim_random(&seed) % (DISK_SECTORS - 2);

			memset(buf[i], 0, sizeof(buf[i]));
			request(&rq[i], false, sector, buf[i], 1024);
			assert_int_equal(b->ops->submit(b, &rq[i]), 0);
		}
		for (i = 0; i < 8; i++)
			if (!b->ops->wait(b, &rq[i]))
				assert_memory_equal(buf[i], fake.disk + rq[i].sector * 512, 1024);
	}
	fake.fault = FAULT_NONE;
	fake.faults_left = 0;
	assert_works(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(error_status_fails_that_request),
		TEST(missing_status_is_an_error),
		TEST(short_read_is_an_error),
		TEST(lying_device_is_reset),
		TEST(device_that_wants_a_reset_gets_it),
		TEST(stuck_request_resets_the_device),
		TEST(stuck_request_is_noticed_without_interrupts),
		TEST(reset_fails_all_that_is_under_way),
		TEST(slow_device_is_left_alone),
		TEST(device_that_does_not_come_back_is_given_up),
		TEST(random_faults_never_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
