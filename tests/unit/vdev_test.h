/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VDEV_TEST_H
#define VDEV_TEST_H

/*
 * What tests of guest devices share. Such a test includes the device's source, whose
 * ops are static, after this; one VM with one device, whose calls out of it are noted.
 */
#include <lodge/fdt.h>
#include <lodge/vcpu.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>
#include <shim.h>

static struct vm_config test_cfg;
static struct vm test_vm;
static struct vcpu test_vcpu[VM_MAX_VCPUS];

/* ---- the tree's writer, as text ---- */

static char test_fdt[4096];

__printf(1, 2) static void test_fdt_add(const char *fmt, ...)
{
	size_t n = strlen(test_fdt);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(test_fdt + n, sizeof(test_fdt) - n, fmt, ap);
	va_end(ap);
}

void fdtw_node(struct fdt_writer *w, const char *name)
{
	test_fdt_add("%s { ", name);
}

void fdtw_end_node(struct fdt_writer *w)
{
	test_fdt_add("}; ");
}

void fdtw_string(struct fdt_writer *w, const char *name, const char *s)
{
	test_fdt_add("%s = \"%s\"; ", name, s);
}

void fdtw_prop(struct fdt_writer *w, const char *name, const void *val, u32 len)
{
	const char *s = val;
	u32 i;

	test_fdt_add("%s = \"", name);
	for (i = 0; i + 1 < len; i++)
		test_fdt_add("%c", s[i] ? s[i] : '|');
	test_fdt_add("\"; ");
}

void fdtw_empty(struct fdt_writer *w, const char *name)
{
	test_fdt_add("%s; ", name);
}

void fdtw_cells(struct fdt_writer *w, const char *name, const u32 *cells, unsigned int n)
{
	unsigned int i;

	test_fdt_add("%s = <", name);
	for (i = 0; i < n; i++)
		test_fdt_add("%s%#x", i ? " " : "", cells[i]);
	test_fdt_add(">; ");
}

void fdtw_u32(struct fdt_writer *w, const char *name, u32 v)
{
	fdtw_cells(w, name, &v, 1);
}

void fdtw_reg(struct fdt_writer *w, u64 addr, u64 size)
{
	u32 cells[4] = { (u32)(addr >> 32), (u32)addr, (u32)(size >> 32), (u32)size };

	fdtw_cells(w, "reg", cells, 4);
}

void fdtw_nodef(struct fdt_writer *w, const char *fmt, ...)
{
	char name[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	fdtw_node(w, name);
}

/* ---- one device ---- */

static inline struct vdev *test_create(const struct vdev_ops *ops, u64 base, u64 size, u32 irq)
{
	struct vdev_config c = { .name = "dev",
				 .compatible = ops->compatible,
				 .base = { base },
				 .size = size,
				 .irq = irq };
	struct vdev *v = NULL;

	test_fdt[0] = 0;
	test_vm.cfg = &test_cfg;
	assert_int_equal(ops->create(&test_vm, &c, &v), 0);
	test_vm.dev[0] = v;
	test_vm.nr_devs = 1;
	return v;
}

static inline void test_destroy(struct vdev *v)
{
	v->ops->destroy(v);
	test_vm.nr_devs = 0;
	assert_int_equal(shim_objects, 0);
}

/* A saved state is restored whole, and neither cut, nor of another version. */
static inline void test_state_checks(struct vdev *v)
{
	u8 buf[2048], copy[2048];
	struct vdev_state s = { buf, sizeof(buf) }, t = { copy, sizeof(copy) };
	size_t size;

	assert_int_equal(v->ops->save(v, &s), 0);
	size = s.size;
	assert_in_range(size, sizeof(struct vdev_state_header), sizeof(buf));
	assert_int_equal(v->ops->restore(v, &s), 0);
	assert_int_equal(v->ops->save(v, &t), 0);
	assert_int_equal(t.size, size);
	assert_memory_equal(buf, copy, size);

	s.size = size - 1;
	assert_int_equal(v->ops->save(v, &s), -EINVAL);
	assert_int_equal(v->ops->restore(v, &s), -EINVAL);
	s.size = 0;
	assert_int_equal(v->ops->restore(v, &s), -EINVAL);
	s.size = size;
	buf[0]++;
	assert_int_equal(v->ops->restore(v, &s), -EINVAL);
}

#endif
