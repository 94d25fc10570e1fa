// SPDX-License-Identifier: Apache-2.0
/* A VM by its name, or by how its name begins. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include "control_internal.h"

/* Names, as far as they have room. */
struct names {
	char text[CTL_ERROR_MAX / 2];
	int len;
	unsigned int nr;
};

static void add_name(struct names *names, const char *name)
{
	names->len += scnprintf(names->text + names->len, sizeof(names->text) - (size_t)names->len,
				"%s%s", names->nr++ ? ", " : "", name);
}

/* The names that begin with @begin. */
static void names_begin(struct names *names, const char *begin)
{
	struct vm *vm;
	unsigned int i;

	*names = (struct names){ .len = 0 };
	for (i = 0; (vm = vm_get_nth(i)); i++) {
		if (!strncmp(vm->cfg->name, begin, strlen(begin)))
			add_name(names, vm->cfg->name);
		vm_put(vm);
	}
}

/* A VM that may be meant. */
static bool similar_vm(const char *name, char *similar, size_t size)
{
	bool found = false;
	struct vm *vm;
	unsigned int i;

	for (i = 0; !found && (vm = vm_get_nth(i)); i++) {
		found = ctl_resembles(name, vm->cfg->name);
		if (found)
			scnprintf(similar, size, "%s", vm->cfg->name);
		vm_put(vm);
	}
	return found;
}

static int fail_unknown(struct ctl_call *c, const char *name)
{
	char similar[VM_NAME_MAX];
	struct names all;

	if (similar_vm(name, similar, sizeof(similar)))
		return ctl_fail(c, -ENOENT, "there is no VM \"%.40s\"; did you mean \"%s\"?", name,
				similar);
	names_begin(&all, "");
	if (!all.nr)
		return ctl_fail(c, -ENOENT, "there is no VM \"%.40s\", nor any other", name);
	return ctl_fail(c, -ENOENT, "there is no VM \"%.40s\"; there are: %s", name, all.text);
}

int ctl_find_vm(struct ctl_call *c, struct ctl_value *v)
{
	struct names fitting;

	v->vm = vm_get(v->text);
	if (v->vm)
		return 0;
	names_begin(&fitting, v->text);
	if (fitting.nr > 1)
		return ctl_fail(c, -EINVAL,
				"\"%.40s\" is the beginning of %u VMs: %s; write more of the name",
				v->text, fitting.nr, fitting.text);
	if (fitting.nr == 1)
		v->vm = vm_get(fitting.text);
	return v->vm ? 0 : fail_unknown(c, v->text);
}
