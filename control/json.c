// SPDX-License-Identifier: Apache-2.0
/*
 * A result as JSON (RFC 8259), an object in one line: {"result": [{...}, ...]}, {"result": {...}} of a
 * command with one row, {} of one that has none; with "error" where it failed.
 */
#include <lodge/string.h>
#include <lodge/utf8.h>
#include "control_internal.h"

/* Names of fields say their unit. */
static const char *const units[] = {
	[CTL_TEXT] = "",
	[CTL_COUNT] = "",
	[CTL_BYTES] = "_bytes",
	[CTL_TIME] = "_us",
};

static void put_string(struct ctl_call *c, const char *s, size_t left)
{
	unsigned int n;

	ctl_write(c, "\"");
	for (; left; s += n, left -= n) {
		n = utf8_length(s, left);
		if (!n) {
			n = 1;
			ctl_write(c, "\\ufffd");
		} else if (*s == '"' || *s == '\\') {
			ctl_printf(c, "\\%c", *s);
		} else if ((u8)*s < 0x20) {
			ctl_printf(c, "\\u%04x", (u8)*s);
		} else {
			c->write(c->arg, s, n);
		}
	}
	ctl_write(c, "\"");
}

void ctl_json_begin(struct ctl_call *c)
{
	bool list = c->command && c->command->nr_columns && !c->command->single;

	ctl_write(c, list ? "{\"result\": [" : "{");
}

static void put_name(struct ctl_call *c, const struct ctl_column *col)
{
	const char *s;

	ctl_write(c, "\"");
	for (s = col->name; *s; s++)
		ctl_printf(c, "%c", *s == ' ' ? '_' : *s);
	ctl_printf(c, "%s\": ", units[col->type]);
}

void ctl_json_field(struct ctl_call *c, const struct ctl_column *col, const struct ctl_item *item)
{
	const struct ctl_command *cmd = c->command;

	if (c->col)
		ctl_write(c, ", ");
	else if (cmd->single)
		ctl_write(c, "\"result\": {");
	else
		ctl_write(c, c->rows ? ", {" : "{");
	put_name(c, col);
	if (col->type != CTL_TEXT)
		ctl_printf(c, "%llu", (unsigned long long)item->number);
	else if (item->text)
		put_string(c, item->text, strlen(item->text));
	else
		ctl_write(c, "null");
	if (c->col + 1 == cmd->nr_columns)
		ctl_write(c, "}");
}

void ctl_json_end(struct ctl_call *c)
{
	bool list = c->command && c->command->nr_columns && !c->command->single;

	if (list)
		ctl_write(c, "]");
	if (c->err[0]) {
		ctl_write(c, list || c->rows ? ", \"error\": " : "\"error\": ");
		put_string(c, c->err, strlen(c->err));
	}
	ctl_write(c, "}\n");
}
