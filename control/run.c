// SPDX-License-Identifier: Apache-2.0
/* A line from its text to its result. */
#include <lodge/errno.h>
#include <lodge/printk.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/vm.h>
#include "control_internal.h"

int ctl_fail(struct ctl_call *c, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->err, sizeof(c->err), fmt, ap);
	va_end(ap);
	return rc;
}

void ctl_write(struct ctl_call *c, const char *s)
{
	c->write(c->arg, s, strlen(s));
}

void ctl_printf(struct ctl_call *c, const char *fmt, ...)
{
	char buf[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	ctl_write(c, buf);
}

static void put(struct ctl_call *c, const struct ctl_item *item)
{
	const struct ctl_column *col = &c->command->column[c->col];

	if (c->json)
		ctl_json_field(c, col, item);
	else
		ctl_text_field(c, col, item);
	if (++c->col == c->command->nr_columns) {
		c->col = 0;
		c->rows++;
	}
}

void ctl_put_text(struct ctl_call *c, const char *s)
{
	BUG_ON(c->command->column[c->col].type != CTL_TEXT);
	put(c, &(struct ctl_item){ .text = s });
}

void ctl_put_number(struct ctl_call *c, u64 n)
{
	BUG_ON(c->command->column[c->col].type == CTL_TEXT);
	put(c, &(struct ctl_item){ .number = n });
}

static int run_command(struct ctl_call *c)
{
	int rc = c->command->run(c);

	BUG_ON(c->col); /* a row is whole */
	if (rc && !c->err[0])
		return ctl_fail(c, rc, "%s: %s", c->command->name, errno_name(rc));
	return rc;
}

static void release(struct ctl_call *c)
{
	unsigned int i;

	for (i = 0; i < CTL_PARAMS; i++)
		if (c->value[i].vm)
			vm_put(c->value[i].vm);
}

int ctl_run(struct ctl_call *c, const struct ctl_table *table, const char *line)
{
	int rc;

	*c = (struct ctl_call){ .write = c->write, .arg = c->arg, .table = table };
	rc = ctl_parse(c, line);
	if (c->json)
		ctl_json_begin(c);
	if (!rc && c->command)
		rc = run_command(c);
	if (c->json)
		ctl_json_end(c);
	else if (rc)
		ctl_text_error(c);
	release(c);
	return rc;
}
