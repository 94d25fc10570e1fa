/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_DEV_GPIO_KEY_H
#define VIRT_DEV_GPIO_KEY_H

/*
 * What controllers of general-purpose pins have in common here: at one pin of a VM's first controller
 * is the power button, which is high while it is pressed.
 */
#include <lodge/vdev.h>

struct fdt_writer;

/**
 * gpio_fdt() - begins the node of @v, a controller called @name
 * @compatible: all of that property, of @len bytes
 * The caller adds what else there is to say, and calls gpio_fdt_end().
 */
void gpio_fdt(struct vdev *v, struct fdt_writer *w, const char *name, const char *compatible,
	      u32 len);
/** gpio_fdt_end() - ends that node; the power button at its @pin, if it is there, has one, too. */
void gpio_fdt_end(struct vdev *v, struct fdt_writer *w, u32 pin);

#endif
