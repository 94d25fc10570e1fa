// SPDX-License-Identifier: Apache-2.0
/* A result as text for a person: a table with aligned columns, or a line for each field. */
#include <lodge/printf.h>
#include <lodge/string.h>
#include <lodge/termtext.h>
#include <lodge/utf8.h>
#include "control_internal.h"

#define FIELD_MAX 256

/* Bytes in the unit in which they are at least one, with a digit behind the point where that says more. */
static void format_bytes(char *buf, size_t size, u64 n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0, tenth = 0;

	while (n >= 1024) {
		tenth = (unsigned int)(n % 1024 * 10 / 1024);
		n /= 1024;
		unit++;
	}
	if (tenth)
		scnprintf(buf, size, "%llu.%u %s", (unsigned long long)n, tenth, units[unit]);
	else
		scnprintf(buf, size, "%llu %s", (unsigned long long)n, units[unit]);
}

static void format(char *buf, size_t size, enum ctl_field type, const struct ctl_item *item)
{
	unsigned long long n = item->number;

	switch (type) {
	case CTL_TEXT:
		/* What a description or a guest has chosen says nothing to the terminal. */
		termtext_copy(buf, size, item->text ? item->text : "-");
		break;
	case CTL_COUNT:
		scnprintf(buf, size, "%llu", n);
		break;
	case CTL_BYTES:
		format_bytes(buf, size, n);
		break;
	case CTL_TIME:
		scnprintf(buf, size, "%llu.%03llu s", n / 1000000, n / 1000 % 1000);
		break;
	}
}

static void pad(struct ctl_call *c, size_t used, size_t width)
{
	for (; used < width; used++)
		ctl_write(c, " ");
}

/* The last column of text is as long as it is. */
static void put_cell(struct ctl_call *c, const struct ctl_column *col, const char *s)
{
	bool last = col == &c->command->column[c->command->nr_columns - 1];
	size_t used = utf8_count(s, strlen(s));

	if (col->type != CTL_TEXT)
		pad(c, used, col->width);
	ctl_write(c, s);
	if (col->type == CTL_TEXT && !last)
		pad(c, used, col->width);
	ctl_write(c, last ? "\n" : "  ");
}

static void put_header(struct ctl_call *c)
{
	char name[32];
	unsigned int i, k;

	for (i = 0; i < c->command->nr_columns; i++) {
		const char *s = c->command->column[i].name;

		for (k = 0; s[k] && k < sizeof(name) - 1; k++)
			name[k] = s[k] >= 'a' && s[k] <= 'z' ? (char)(s[k] - 'a' + 'A') : s[k];
		name[k] = 0;
		put_cell(c, &c->command->column[i], name);
	}
}

static size_t widest_name(const struct ctl_command *cmd)
{
	size_t width = 0;
	unsigned int i;

	for (i = 0; i < cmd->nr_columns; i++)
		width = max(width, strlen(cmd->column[i].name));
	return width;
}

void ctl_text_field(struct ctl_call *c, const struct ctl_column *col, const struct ctl_item *item)
{
	char buf[FIELD_MAX];

	format(buf, sizeof(buf), col->type, item);
	if (c->command->single) {
		ctl_write(c, col->name);
		pad(c, strlen(col->name), widest_name(c->command) + 2);
		ctl_write(c, buf);
		ctl_write(c, "\n");
		return;
	}
	if (!c->rows && !c->col)
		put_header(c);
	put_cell(c, col, buf);
}

void ctl_text_error(struct ctl_call *c)
{
	char shown[CTL_ERROR_MAX];

	termtext_copy(shown, sizeof(shown), c->err);
	ctl_write(c, shown);
	ctl_write(c, "\n");
}
