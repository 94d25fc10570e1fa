// SPDX-License-Identifier: Apache-2.0
/* A line becomes a command and its values. */
#include <lodge/errno.h>
#include <lodge/printf.h>
#include <lodge/string.h>
#include "control_internal.h"

/* ---- the command ---- */

/* How many of the words are @cmd's name; 0 if they are another's. */
static unsigned int name_fits(const struct ctl_command *cmd, char **word, unsigned int n)
{
	const char *second = strchr(cmd->name, ' ');
	size_t first = second ? (size_t)(second - cmd->name) : strlen(cmd->name);

	if (strlen(word[0]) != first || strncmp(cmd->name, word[0], first))
		return 0;
	if (!second)
		return 1;
	return n > 1 && !strcmp(second + 1, word[1]) ? 2 : 0;
}

/* Whether @cmd is of the group of commands whose first word is @word. */
static bool in_group(const struct ctl_command *cmd, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(cmd->name, word, n) && cmd->name[n] == ' ';
}

static const struct ctl_command *similar_command(const struct ctl_table *t, const char *name)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (ctl_resembles(name, t->command[i].name))
			return &t->command[i];
	return NULL;
}

/* The second word of a group is wrong, or missing: which there are. */
static int fail_group(struct ctl_call *c, const char *group, const char *word)
{
	char names[CTL_ERROR_MAX - 64];
	unsigned int i;
	int n = 0;

	names[0] = 0;
	for (i = 0; i < c->table->nr; i++)
		if (in_group(&c->table->command[i], group))
			n += scnprintf(names + n, sizeof(names) - (size_t)n, "%s%s", n ? ", " : "",
				       c->table->command[i].name + strlen(group) + 1);
	if (word)
		return ctl_fail(c, -ENOENT, "%s %.24s: there is no such command; there are %s",
				group, word, names);
	return ctl_fail(c, -ENOENT, "%s: say what to do: %s", group, names);
}

static bool is_group(const struct ctl_table *t, const char *word)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (in_group(&t->command[i], word))
			return true;
	return false;
}

static int fail_unknown(struct ctl_call *c, char **word, unsigned int n)
{
	bool group = is_group(c->table, word[0]);
	const struct ctl_command *meant = NULL;
	char name[64];

	scnprintf(name, sizeof(name), "%s%s%s", word[0], n > 1 ? " " : "", n > 1 ? word[1] : "");
	if (!group)
		meant = similar_command(c->table, word[0]);
	if (!meant && n > 1)
		meant = similar_command(c->table, name);
	if (meant)
		return ctl_fail(c, -ENOENT, "%s: there is no such command; did you mean \"%s\"?",
				strchr(meant->name, ' ') ? name : word[0], meant->name);
	if (group)
		return fail_group(c, word[0], n > 1 ? word[1] : NULL);
	return ctl_fail(c, -ENOENT,
			"%.40s: there is no such command; \"help\" tells which there are", word[0]);
}

/* Sets c->command: the one with the longest name that fits. The number of its words, or -errno. */
static int find_command(struct ctl_call *c, char **word, unsigned int n)
{
	unsigned int i, used, most = 0;

	for (i = 0; i < c->table->nr; i++) {
		used = name_fits(&c->table->command[i], word, n);
		if (used > most) {
			c->command = &c->table->command[i];
			most = used;
		}
	}
	return most ? (int)most : fail_unknown(c, word, n);
}

/* ---- values ---- */

static int fail_usage(struct ctl_call *c, const char *what, const char *name)
{
	char usage[128];

	ctl_usage(c->command, usage, sizeof(usage));
	return ctl_fail(c, -EINVAL, "%s: %.40s %s; use: %s", c->command->name, name, what, usage);
}

static int parse_number(struct ctl_call *c, const struct ctl_param *p, struct ctl_value *v)
{
	int rc = str_to_u64(v->text, &v->number);

	if (rc == -EINVAL)
		return ctl_fail(c, rc, "%s: %s is \"%.40s\", which is no number", c->command->name,
				p->name, v->text);
	if (rc || v->number < p->min || v->number > p->max)
		return ctl_fail(c, -ERANGE, "%s: %s is %.40s, but must be from %llu to %llu",
				c->command->name, p->name, v->text, (unsigned long long)p->min,
				(unsigned long long)p->max);
	return 0;
}

static int parse_choice(struct ctl_call *c, const struct ctl_param *p, struct ctl_value *v)
{
	char all[128] = "";
	u64 i;
	int n = 0;

	for (i = 0; p->choices[i]; i++) {
		if (!strcmp(p->choices[i], v->text)) {
			v->number = i;
			return 0;
		}
		n += scnprintf(all + n, sizeof(all) - (size_t)n, "%s%s", i ? ", " : "",
			       p->choices[i]);
	}
	return ctl_fail(c, -EINVAL, "%s: %s is \"%.40s\", but must be one of %s", c->command->name,
			p->name, v->text, all);
}

static int parse_value(struct ctl_call *c, const struct ctl_param *p, struct ctl_value *v)
{
	switch (p->type) {
	case CTL_VM:
		return ctl_find_vm(c, v);
	case CTL_NUMBER:
		return parse_number(c, p, v);
	case CTL_CHOICE:
		return parse_choice(c, p, v);
	default:
		return 0;
	}
}

static int parse_values(struct ctl_call *c, char **word, unsigned int n)
{
	const struct ctl_param *p = c->command->param;
	unsigned int i;
	int rc;

	for (i = 0; i < CTL_PARAMS && p[i].type != CTL_NONE; i++) {
		if (i >= n && !p[i].optional)
			return fail_usage(c, "is missing", p[i].name);
		if (i >= n)
			return 0;
		c->value[i].text = word[i];
		if (p[i].type == CTL_REST) {
			c->value[i].text = ctl_join(word + i, n - i);
			return 0;
		}
		rc = parse_value(c, &p[i], &c->value[i]);
		if (rc)
			return rc;
	}
	return n > i ? fail_usage(c, "is too much", word[i]) : 0;
}

/* ---- the line ---- */

/* Words that any command takes, and that are none of its parameters; how many are left, or -errno. */
static int take_options(struct ctl_call *c, char **word, int n)
{
	int i, left = 0;

	for (i = 0; i < n; i++) {
		if (!strcmp(word[i], "--json"))
			c->json = true;
		else if (!strncmp(word[i], "--", 2))
			return ctl_fail(c, -EINVAL,
					"%.32s: there is no such option; there is --json", word[i]);
		else
			word[left++] = word[i];
	}
	return left;
}

int ctl_parse(struct ctl_call *c, const char *line)
{
	char *word[CTL_WORDS];
	int n, used;

	if (strcopy(c->line, line, sizeof(c->line)) < 0)
		return ctl_fail(c, -E2BIG, "the line is longer than %u bytes", CTL_LINE_MAX - 1);
	n = ctl_split(c, word);
	if (n > 0)
		n = take_options(c, word, n);
	if (n <= 0)
		return n;
	used = find_command(c, word, (unsigned int)n);
	return used < 0 ? used : parse_values(c, word + used, (unsigned int)(n - used));
}
