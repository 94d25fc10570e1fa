// SPDX-License-Identifier: Apache-2.0
/* What there is, and how it is called: made from the table. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include "control_internal.h"

const struct ctl_column ctl_help_columns[CTL_HELP_COLUMNS] = {
	{ "command", CTL_TEXT, 30 },
	{ "help", CTL_TEXT, 48 },
};

static int param_usage(const struct ctl_param *p, char *buf, size_t size)
{
	const char *open = p->optional ? "[" : "", *close = p->optional ? "]" : "";
	unsigned int i;
	int n = scnprintf(buf, size, " %s", open);

	if (p->type != CTL_CHOICE)
		n += scnprintf(buf + n, size - (size_t)n, "%s", p->name);
	for (i = 0; p->type == CTL_CHOICE && p->choices[i]; i++)
		n += scnprintf(buf + n, size - (size_t)n, "%s%s", i ? "|" : "", p->choices[i]);
	return n + scnprintf(buf + n, size - (size_t)n, "%s", close);
}

int ctl_usage(const struct ctl_command *cmd, char *buf, size_t size)
{
	int n = scnprintf(buf, size, "%s", cmd->name);
	unsigned int i;

	for (i = 0; i < CTL_PARAMS && cmd->param[i].type != CTL_NONE; i++)
		n += param_usage(&cmd->param[i], buf + n, size - (size_t)n);
	return n;
}

int ctl_help(struct ctl_call *c)
{
	const char *begin = c->value[0].text ? c->value[0].text : "";
	char usage[128];
	unsigned int i;

	for (i = 0; i < c->table->nr; i++) {
		const struct ctl_command *cmd = &c->table->command[i];

		if (strncmp(cmd->name, begin, strlen(begin)))
			continue;
		ctl_usage(cmd, usage, sizeof(usage));
		ctl_put_text(c, usage);
		ctl_put_text(c, cmd->help);
	}
	if (!c->rows)
		return ctl_fail(c, -ENOENT,
				"no command begins with \"%.40s\"; \"help\" tells which there are",
				begin);
	return 0;
}
