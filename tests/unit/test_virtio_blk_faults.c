// SPDX-License-Identifier: Apache-2.0
/* links: drivers/virtio-blk/virtio_blk.c drivers/virtio-blk/requests.c drivers/virtio-blk/recover.c drivers/virtio/virtio.c drivers/virtio/virtqueue.c */
/* The disk driver with a device that errs, lies, hangs or does not come back. */
#include "virtio_blk_fixture.h"

/* With @fault in @times requests: how one ends. The next works. */
static int read_despite(enum fault fault, unsigned int times, unsigned int resets)
{
	struct block_device *b;
	u8 buf[512];
	int err;

	setup(NULL);
	b = probe();
	fake.fault = fault;
	fake.faults_left = times;
	memset(buf, 0, sizeof(buf));
	err = read_sectors(b, 1, buf, sizeof(buf));
	assert_int_equal(fake.faults_left, 0);
	assert_int_equal(fake.resets, 1 + resets);
	if (!err)
		assert_memory_equal(buf, fake.disk + 512, sizeof(buf));
	fake.fault = FAULT_NONE;
	assert_works(b);
	return err;
}

/* The device's own word counts: it fails. */
static void expect_one_error(enum fault fault)
{
	assert_int_equal(read_despite(fault, 1, 0), -EIO);
}

static void error_status_fails_that_request(void **state)
{
	expect_one_error(FAULT_ERROR_STATUS);
}

static void missing_status_is_an_error(void **state)
{
	expect_one_error(FAULT_NO_STATUS);
}

static void short_read_is_an_error(void **state)
{
	expect_one_error(FAULT_SHORT_READ);
}

static void lying_device_is_reset(void **state)
{
	assert_int_equal(read_despite(FAULT_BAD_ID, 1, 1), 0);
	assert_int_equal(read_despite(FAULT_BAD_LEN, 1, 1), 0);
	assert_int_equal(read_despite(FAULT_BAD_IDX, 1, 1), 0);
}

static void device_that_wants_a_reset_gets_it(void **state)
{
	assert_int_equal(read_despite(FAULT_NEEDS_RESET, 1, 1), 0);
}

static void stuck_request_is_tried_again(void **state)
{
	u64 before = now;

	assert_int_equal(read_despite(FAULT_SILENT, 1, 1), 0);
	/* The timeout, and the time in which the CPU kept looking. */
	assert_in_range(now - before, 5500000, 5600000);
	/* Each time the device gets longer. */
	before = now;
	assert_int_equal(read_despite(FAULT_SILENT, 3, 3), 0);
	assert_in_range(now - before, 36500000, 36800000);
}

/* Bounded: 5, 10, 20 and 40 s, and it fails. The next request is tried as often. */
static void device_that_never_answers_fails_in_the_end(void **state)
{
	u64 before = now;

	assert_int_equal(read_despite(FAULT_SILENT, 4, 4), -EIO);
	assert_in_range(now - before, 77000000, 77500000);
	before = now;
	assert_int_equal(read_despite(FAULT_BAD_ID, 4, 4), -EIO);
	assert_in_range(now - before, 0, 100000);
}

static void stuck_request_is_noticed_without_interrupts(void **state)
{
	struct block_device *b = probe();
	u8 buf[512];

	can_sleep = false;
	fake.fault = FAULT_SILENT;
	fake.faults_left = 1;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), 0);
	assert_int_equal(fake.resets, 2);
	assert_works(b);
}

/* Without its interrupt an answer is found by looking, long before it counts as late. */
static void lost_interrupt_costs_a_moment(void **state)
{
	u64 before = now;

	assert_int_equal(read_despite(FAULT_LOST_IRQ, 1, 0), 0);
	fake.defer = true;
	assert_int_equal(read_despite(FAULT_LOST_IRQ, 1, 0), 0);
	assert_in_range(now - before, 0, 600000);
}

static void late_answer_is_an_answer(void **state)
{
	struct block_device *b = probe();
	u8 buf[512];

	fake.fault = FAULT_LATE;
	fake.faults_left = 1;
	fake.late = 4900000;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, fake.disk + 512, sizeof(buf));
	assert_int_equal(fake.resets, 1);
	assert_int_equal(fake.requests, 1);
}

/* Eight requests that all go unanswered; how many of them fail, and the device's resets. */
static void all_are_tried_again(bool write)
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
		memset(buf[i], write ? 0x50 + (int)i : 0, sizeof(buf[i]));
		request(&rq[i], write, 3 * i, buf[i], 512);
		assert_int_equal(b->ops->submit(b, &rq[i]), 0);
	}
	for (i = 0; i < 8; i++) {
		assert_int_equal(b->ops->wait(b, &rq[i]), 0);
		assert_memory_equal(buf[i], fake.disk + 3 * i * 512, 512);
	}
	assert_int_equal(fake.resets, 2);
	/* Once each, in the order in which they were submitted. */
	assert_int_equal(fake.requests, 8);
	for (i = 0; i < 8; i++)
		assert_int_equal(fake.log[i], 3 * i);
	fake.defer = false;
	assert_works(b);
}

static void reads_under_way_are_tried_again(void **state)
{
	all_are_tried_again(false);
}

static void writes_under_way_are_tried_again_in_their_order(void **state)
{
	all_are_tried_again(true);
}

static void flush_is_tried_again(void **state)
{
	struct block_device *b = probe();

	fake.fault = FAULT_SILENT;
	fake.faults_left = 1;
	assert_int_equal(block_flush(b), 0);
	assert_int_equal(fake.flushes, 1);
	assert_int_equal(fake.resets, 2);
}

/* A buffer is its owner's again only when the device can't write it any more. */
static void device_may_use_memory_until_it_is_reset(void **state)
{
	struct block_device *b;
	u8 buf[512];
	unsigned int before;

	b = probe();
	fake.fault = FAULT_SLOW_RESET;
	fake.faults_left = 1;
	fake.reset_looks = 500000; /* that is longer than one attempt to reset it waits */
	before = fake.resets;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, fake.disk + 512, sizeof(buf));
	assert_true(fake.resets > before + 1);
	/* What it did on its way out, and the second try. */
	assert_int_equal(fake.requests, 2);
	assert_works(b);
}

static void device_that_is_kept_from_memory_is_given_up(void **state)
{
	struct block_device *b = probe();
	u8 buf[512];

	fake.fault = FAULT_SLOW_RESET;
	fake.faults_left = 1;
	fake.reset_looks = ~0u;
	fake.can_stop = true;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	assert_true(fake.stopped);
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
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
	struct block_device *b = probe();
	u8 buf[512];

	fake.fault = FAULT_LESS_FEATURES;
	fake.faults_left = ~0u;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	/* From now on at once, and without the device. */
	fake.notifies = 0;
	assert_int_equal(read_sectors(b, 1, buf, sizeof(buf)), -EIO);
	assert_int_equal(block_flush(b), -EIO);
	fake.dev.queue_irq(&fake.dev);
	assert_int_equal(fake.notifies, 0);
}

/* Faults at random for a while: every request ends, and right in the end. */
static void random_faults_never_hang(void **state)
{
	struct block_device *b;
	u64 seed = shim_seed(3);
	unsigned int round, i;

	fake.defer = true;
	b = probe();
	for (round = 0; round < 500; round++) {
		struct block_request rq[8];
		u8 buf[8][1024];

		fake.fault = shim_random(&seed) % (FAULT_LOST_IRQ + 1);
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
		TEST(stuck_request_is_tried_again),
		TEST(device_that_never_answers_fails_in_the_end),
		TEST(stuck_request_is_noticed_without_interrupts),
		TEST(lost_interrupt_costs_a_moment),
		TEST(late_answer_is_an_answer),
		TEST(reads_under_way_are_tried_again),
		TEST(writes_under_way_are_tried_again_in_their_order),
		TEST(flush_is_tried_again),
		TEST(device_may_use_memory_until_it_is_reset),
		TEST(device_that_is_kept_from_memory_is_given_up),
		TEST(slow_device_is_left_alone),
		TEST(device_that_does_not_come_back_is_given_up),
		TEST(random_faults_never_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
