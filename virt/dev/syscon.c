// SPDX-License-Identifier: Apache-2.0
/*
 * "lodge,test-finisher": the one register by which a guest ends or restarts itself
 * without its firmware, as SiFive's test device has it.
 */
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/slab.h>
#include <lodge/vdev.h>
#include <lodge/vm.h>

#define FINISHER_FAIL  0x3333 /* with a code in the upper half */
#define FINISHER_PASS  0x5555
#define FINISHER_RESET 0x7777

#define STATE_VERSION 1

static u64 finisher_read(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width)
{
	return 0;
}

static void finisher_write(struct vdev *v, struct vcpu *vcpu, u64 off, unsigned int width, u64 val)
{
	u32 code = (u32)val >> 16;

	if (off || width < 2 || width > 4)
		return;
	switch (val & 0xffff) {
	case FINISHER_PASS:
		vm_request_shutdown(v->vm, 0);
		break;
	case FINISHER_FAIL:
		/* A failure stays one even if its code is 0. */
		vm_request_shutdown(v->vm, width == 4 && code ? code : 1);
		break;
	case FINISHER_RESET:
		vm_request_reset(v->vm, 0);
		break;
	}
}

static void finisher_reset(struct vdev *v)
{
}

static const struct vdev_ops finisher_ops;

static int finisher_create(struct vm *vm, const struct vdev_config *cfg, struct vdev **out)
{
	struct vdev *v = kzalloc_for(vm->account, sizeof(*v));

	if (!v)
		return -ENOMEM;
	vdev_init(v, &finisher_ops, vm, cfg);
	*out = v;
	return 0;
}

static void finisher_destroy(struct vdev *v)
{
	kfree_for(v->vm->account, v);
}

static void finisher_fdt_action(struct fdt_writer *w, const char *name, const char *compatible,
				u32 value)
{
	fdtw_node(w, name);
	fdtw_string(w, "compatible", compatible);
	fdtw_u32(w, "regmap", GUEST_PHANDLE_TEST);
	fdtw_u32(w, "offset", 0);
	fdtw_u32(w, "value", value);
	fdtw_end_node(w);
}

static int finisher_fdt(struct vdev *v, struct fdt_writer *w)
{
	static const char compatible[] = "sifive,test1\0sifive,test0\0syscon";

	vdev_fdt_node(v, w, "test");
	fdtw_prop(w, "compatible", compatible, sizeof(compatible));
	fdtw_u32(w, "phandle", GUEST_PHANDLE_TEST);
	fdtw_end_node(w);
	finisher_fdt_action(w, "poweroff", "syscon-poweroff", FINISHER_PASS);
	finisher_fdt_action(w, "reboot", "syscon-reboot", FINISHER_RESET);
	return 0;
}

/* It has no state but that it is there. */
static int finisher_save(struct vdev *v, struct vdev_state *out)
{
	struct vdev_state_header h = { STATE_VERSION, sizeof(h) };

	return vdev_state_put(v, out, &h, sizeof(h));
}

static int finisher_restore(struct vdev *v, const struct vdev_state *in)
{
	struct vdev_state_header h;

	return vdev_state_get(in, &h, sizeof(h), STATE_VERSION);
}

static const struct vdev_ops finisher_ops = {
	.compatible = "lodge,test-finisher",
	.create = finisher_create,
	.destroy = finisher_destroy,
	.reset = finisher_reset,
	.read = finisher_read,
	.write = finisher_write,
	.fdt = finisher_fdt,
	.save = finisher_save,
	.restore = finisher_restore,
};
VDEV_REGISTER(finisher_ops);
