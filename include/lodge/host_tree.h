/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_HOST_TREE_H
#define LODGE_HOST_TREE_H

#include <lodge/types.h>

struct vm_config;

/**
 * struct host_tree - the machine, for descriptions that give its devices by their paths
 * @fdt:  its devicetree, checked
 * @irq:  the number of an interrupt specifier, as irq_xlate(); an error if it is of another
 *	  controller than the machine's
 * @user: the n-th device that the host has to itself, as driver_user(); NULL: that is not known
 */
struct host_tree {
	const void *fdt;
	int (*irq)(u32 controller, const u32 *cells, unsigned int n, u32 *irq);
	const char *(*user)(unsigned int n, int *node, const char **use);
};

/* How a reference of a property is told from its other cells, and where it leads. */
struct host_ref {
	u32 cell;    /* the phandle's place in the property */
	int node;    /* that it names */
	u32 phandle; /* as it stands there */
};

/**
 * host_ref_next() - the next reference to a node in a property of @node
 * @at: cell to go on at, which moves; 0 at first
 *
 * By the property's name: nothing in a tree tells phandles from numbers.
 * Return: 1; 0 when there is no further one; -ENOENT if no node has that phandle, -EINVAL if the
 * property is cut, or the node does not say how many cells follow.
 */
__must_check int host_ref_next(const void *fdt, int node, const char *prop, const void *val,
			       u32 len, u32 *at, struct host_ref *ref);

/* host_prop_dropped() - property @name of a device that is given tells of what the guest has not. */
bool host_prop_dropped(const char *name);

/* Whether the node has registers, or the CPU can't reach it but through one that has. */
int host_behind_registers(const void *fdt, int node);

/*
 * The node without whose driver nothing finds @node, which has no registers: one above that is no plain bus,
 * such as a firmware's, or one with an id by which the driver knows it; -ENOENT if there is none.
 */
int host_behind_driver(const void *fdt, int node);

/* Whether @node is @top or below it. */
bool host_is_within(const void *fdt, int node, int top);

#define HOST_MAX_REGS 8 /* ranges of a device */
#define HOST_COPY_MAX 96

/**
 * struct host_copy - what of the host's tree a guest's gets
 * @node: the roots of subtrees, @nr of them; the first @nr_devs are the devices of the description, in
 *	  that order, and of the others some may be -1
 */
struct host_copy {
	const void *fdt;
	unsigned int nr, nr_devs;
	int node[HOST_COPY_MAX];
};

/* Why there is no copy: property @prop of @node, or of a node below it, and @target, -1 if it is not that. */
struct host_copy_error {
	int node, target;
	const char *prop;
};

/**
 * host_copy_collect() - the devices that @cfg is given by their paths, and what they refer to
 * Return: 0; as host_ref_next(); -EBUSY if it refers to a device that is not given, -EOPNOTSUPP to a
 * part of what can't be; -ENXIO if a
 * node below one has an interrupt of the machine's controller; -ENOSPC if it is too much.
 */
__must_check int host_copy_collect(const struct vm_config *cfg, struct host_copy *c,
				   struct host_copy_error *e);

#endif
