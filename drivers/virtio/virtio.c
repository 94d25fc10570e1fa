// SPDX-License-Identifier: Apache-2.0
/* What all VIRTIO devices have in common (VIRTIO 1.2, 3.1): how they are started. */
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/thread.h>
#include <lodge/time.h>
#include <lodge/virtio.h>

/* By the clock, and by looks: a machine that is held up for so long has not answered yet. */
#define RESET_TIMEOUT_US 100000
#define RESET_LOOKS	 1000

static void virtio_add_status(struct virtio_device *d, u32 bits)
{
	d->ops->set_status(d, d->ops->get_status(d) | bits);
}

int virtio_reset(struct virtio_device *d)
{
	u64 deadline = time_now() + time_from_us(RESET_TIMEOUT_US);
	unsigned int looks = 0;

	d->broken = false;
	d->ops->set_status(d, 0);
	/* The device is done with our memory when it reads 0 (4.2.2.2). */
	while (d->ops->get_status(d)) {
		if (++looks > RESET_LOOKS && time_now() > deadline)
			return -ETIMEDOUT;
		thread_make_room();
	}
	return 0;
}

int virtio_start(struct virtio_device *d, u64 wanted)
{
	u64 offered;
	int err = virtio_reset(d);

	if (err)
		return err;
	virtio_add_status(d, VIRTIO_STATUS_ACKNOWLEDGE);
	virtio_add_status(d, VIRTIO_STATUS_DRIVER);
	offered = d->ops->get_features(d);
	if (!(offered & VIRTIO_F_VERSION_1))
		goto refuse;
	d->features = offered & (wanted | VIRTIO_F_VERSION_1);
	d->ops->set_features(d, d->features);
	virtio_add_status(d, VIRTIO_STATUS_FEATURES_OK);
	if (d->ops->get_status(d) & VIRTIO_STATUS_FEATURES_OK)
		return 0;
refuse:
	virtio_fail(d);
	return -EOPNOTSUPP;
}

void virtio_ready(struct virtio_device *d)
{
	virtio_add_status(d, VIRTIO_STATUS_DRIVER_OK);
}

void virtio_fail(struct virtio_device *d)
{
	virtio_add_status(d, VIRTIO_STATUS_FAILED);
}

static bool is_disk(const struct virtio_device *d)
{
	return IS_ENABLED(CONFIG_VIRTIO_BLK) && d->id == VIRTIO_ID_BLOCK;
}

int virtio_probe(struct virtio_device *d)
{
	if (is_disk(d))
		return virtio_blk_probe(d);
	return -ENODEV;
}

const char *virtio_use(const struct virtio_device *d)
{
	return is_disk(d) ? virtio_blk_use(d) : NULL;
}

int virtio_give(struct virtio_device *d)
{
	return is_disk(d) ? virtio_blk_give(d) : virtio_reset(d);
}
