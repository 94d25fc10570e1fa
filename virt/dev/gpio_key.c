// SPDX-License-Identifier: Apache-2.0
/* Controllers of pins, and the power button at one, in a guest's devicetree. */
#include <lodge/fdt.h>
#include "gpio_key.h"

#define KEY_POWER 116 /* linux,code, of Linux's input-event-codes.h */

/* One controller has the button, and is referred to. */
static bool has_button(const struct vdev *v)
{
	return vm_power_button(v->vm) == v;
}

void gpio_fdt(struct vdev *v, struct fdt_writer *w, const char *name, const char *compatible,
	      u32 len)
{
	vdev_fdt_node(v, w, name);
	fdtw_prop(w, "compatible", compatible, len);
	fdtw_empty(w, "gpio-controller");
	fdtw_u32(w, "#gpio-cells", 2);
	fdtw_empty(w, "interrupt-controller");
	fdtw_u32(w, "#interrupt-cells", 2);
	if (has_button(v))
		fdtw_u32(w, "phandle", GUEST_PHANDLE_GPIO);
}

/* Linux's binding input/gpio-keys. */
void gpio_fdt_end(struct vdev *v, struct fdt_writer *w, u32 pin)
{
	const u32 gpio[] = { GUEST_PHANDLE_GPIO, pin, 0 /* active high */ };

	fdtw_end_node(w);
	if (!has_button(v))
		return;
	fdtw_node(w, "gpio-keys");
	fdtw_string(w, "compatible", "gpio-keys");
	fdtw_node(w, "poweroff");
	fdtw_string(w, "label", "GPIO Key Poweroff");
	fdtw_u32(w, "linux,code", KEY_POWER);
	fdtw_cells(w, "gpios", gpio, ARRAY_SIZE(gpio));
	fdtw_end_node(w);
	fdtw_end_node(w);
}
