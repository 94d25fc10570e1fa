// SPDX-License-Identifier: Apache-2.0
/* Properties of a VM description, read by tables, and what is said when one is wrong. */
#include "vm_config_parse.h"
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/printf.h>
#include <lodge/string.h>

#define SHOWN_MAX 40
#define WORD_MAX  32

static const char *const type_takes[] = {
	[PROP_FLAG] = "no value",
	[PROP_U32] = "one number, <n>",
	[PROP_U64] = "one number in two cells, <hi lo>",
	[PROP_STRING] = "one string",
	[PROP_PATH] = "one string, an absolute path",
	[PROP_LABEL] = "one string",
	[PROP_CHOICE] = "one string",
	[PROP_RANGE] = "four cells, <address-hi address-lo size-hi size-lo>",
	[PROP_CPU_LIST] = "a list of CPU numbers, <0 1>",
	[PROP_U32_PAIR] = "two numbers, <n m>",
	[PROP_U32_LIST] = "one to eight numbers, <n ...>",
	[PROP_ANY] = "anything",
};

/* ---- errors ---- */

const char *config_shown(const char *s, char *buf, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size && s[i]; i++)
		buf[i] = s[i] < ' ' || s[i] > '~' ? '?' : s[i];
	if (s[i] && size > 4)
		memcpy(buf + size - 4, "...", 3);
	buf[i] = '\0';
	return buf;
}

int config_error(struct config_parse *p, int node, const char *prop, const char *fmt, ...)
{
	char path[96], shown[80], name[SHOWN_MAX];
	va_list ap;
	int n;

	fdt_node_path(p->fdt, node, path, sizeof(path));
	n = scnprintf(p->err, VM_ERROR_MAX, "%s: %s: ", p->cfg->file,
		      config_shown(path, shown, sizeof(shown)));
	if (prop)
		n += scnprintf(p->err + n, VM_ERROR_MAX - (size_t)n, "\"%s\" ",
			       config_shown(prop, name, sizeof(name)));
	va_start(ap, fmt);
	vsnprintf(p->err + n, VM_ERROR_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Insertions, deletions and replacements that make one of two words of the other. */
static unsigned int word_distance(const char *a, const char *b)
{
	size_t la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX), i, j;
	u8 row[WORD_MAX + 1];

	if (la == WORD_MAX || lb == WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = (u8)j;
	for (i = 1; i <= la; i++) {
		u8 diagonal = row[0];

		row[0] = (u8)i;
		for (j = 1; j <= lb; j++) {
			u8 replaced = (u8)(diagonal + (a[i - 1] != b[j - 1]));

			diagonal = row[j];
			row[j] = (u8)(min(row[j], row[j - 1]) + 1);
			row[j] = min(row[j], replaced);
		}
	}
	return row[lb];
}

const char *config_nearest(const char *word, const void *words, unsigned int nr, size_t stride)
{
	unsigned int i, best_distance = 3;
	const char *best = NULL;

	for (i = 0; i < nr; i++) {
		const char *w = *(const char *const *)((const char *)words + i * stride);
		unsigned int d = word_distance(word, w);

		if (d < best_distance && d < strlen(w)) {
			best_distance = d;
			best = w;
		}
	}
	return best;
}

static int unknown_prop(struct config_parse *p, int node, const char *name,
			const struct prop_rule *rules, unsigned int nr)
{
	const char *near = config_nearest(name, rules, nr, sizeof(*rules));

	if (near)
		return config_error(p, node, name, "is an unknown property: did you mean \"%s\"?",
				    near);
	return config_error(p, node, name,
			    "is an unknown property: remove it or see vm-description.rst");
}

/* ---- values ---- */

/* A value as it stands in the tree. */
struct prop_value {
	struct config_parse *p;
	int node;
	const struct prop_rule *rule;
	const void *data;
	u32 len;
};

static int value_error(const struct prop_value *v, const char *problem)
{
	return config_error(v->p, v->node, v->rule->name, "%s", problem);
}

static int wrong_type(const struct prop_value *v)
{
	return config_error(v->p, v->node, v->rule->name,
			    "has a value of the wrong type (%u bytes): it takes %s", v->len,
			    type_takes[v->rule->type]);
}

static bool is_one_string(const struct prop_value *v)
{
	return v->len && memchr(v->data, 0, v->len) == (const char *)v->data + v->len - 1;
}

static int read_string(const struct prop_value *v, char *out)
{
	char shown[SHOWN_MAX];
	const char *s = v->data;

	if (!is_one_string(v))
		return wrong_type(v);
	for (; *s; s++)
		if ((u8)*s < ' ' || *s == 0x7f)
			return config_error(v->p, v->node, v->rule->name,
					    "is \"%s\": remove its control characters",
					    config_shown(v->data, shown, sizeof(shown)));
	if (v->len > v->rule->size)
		return config_error(v->p, v->node, v->rule->name,
				    "is %u characters long: use at most %u", v->len - 1,
				    v->rule->size - 1);
	memcpy(out, v->data, v->len);
	return 0;
}

static int read_path(const struct prop_value *v, char *out)
{
	char shown[SHOWN_MAX];

	if (is_one_string(v) && *(const char *)v->data != '/')
		return config_error(v->p, v->node, v->rule->name,
				    "is \"%s\": use an absolute path, starting with \"/\"",
				    config_shown(v->data, shown, sizeof(shown)));
	return read_string(v, out);
}

static int read_label(const struct prop_value *v, char *out)
{
	char shown[SHOWN_MAX];
	const char *s = v->data;
	u32 n;

	if (!is_one_string(v))
		return wrong_type(v);
	for (n = 0; s[n]; n++)
		if (!(s[n] >= 'a' && s[n] <= 'z') && !(s[n] >= '0' && s[n] <= '9') && s[n] != '-')
			break;
	if (!n || s[n] || v->len > v->rule->size)
		return config_error(v->p, v->node, v->rule->name,
				    "is \"%s\": use 1 to %u characters of a-z, 0-9 and \"-\"",
				    config_shown(s, shown, sizeof(shown)), v->rule->size - 1);
	memcpy(out, s, v->len);
	return 0;
}

static int read_choice(const struct prop_value *v, u32 *out)
{
	const char *const *c = v->rule->choices;
	char shown[SHOWN_MAX], list[128];
	int n = 0;
	u32 i;

	if (!is_one_string(v))
		return wrong_type(v);
	for (i = 0; c[i]; i++) {
		if (!strcmp(c[i], v->data)) {
			*out = i;
			return 0;
		}
		n += scnprintf(list + n, sizeof(list) - (size_t)n, "%s\"%s\"",
			       !i	  ? ""
			       : c[i + 1] ? ", "
					  : " or ",
			       c[i]);
	}
	return config_error(v->p, v->node, v->rule->name, "is \"%s\": use %s",
			    config_shown(v->data, shown, sizeof(shown)), list);
}

static int read_u32(const struct prop_value *v, u32 *out)
{
	const struct prop_rule *r = v->rule;
	u32 n;

	if (v->len != 4)
		return wrong_type(v);
	n = fdt_cell(v->data, 0);
	if (n < r->min || n > r->max) {
		if (r->min == r->max)
			return config_error(v->p, v->node, r->name, "is %u: use %u", n, r->min);
		return config_error(v->p, v->node, r->name, "is %u: use %u to %u", n, r->min,
				    r->max);
	}
	if (r->size)
		*out = n;
	return 0;
}

static int read_numbers(const struct prop_value *v, u32 *out, unsigned int n)
{
	const struct prop_rule *r = v->rule;
	unsigned int i;

	for (i = 0; i < n; i++) {
		out[i] = fdt_cell(v->data, i);
		if (out[i] < r->min || out[i] > r->max)
			return config_error(v->p, v->node, r->name, "has %u: use %u to %u", out[i],
					    r->min, r->max);
	}
	return 0;
}

static int read_u32_list(const struct prop_value *v, struct config_list *out)
{
	if (!v->len || v->len % 4 || v->len > sizeof(out->v))
		return wrong_type(v);
	out->n = v->len / 4;
	return read_numbers(v, out->v, out->n);
}

static u64 two_cells(const void *data, unsigned int n)
{
	return (u64)fdt_cell(data, n) << 32 | fdt_cell(data, n + 1);
}

static int read_u64(const struct prop_value *v, u64 *out)
{
	if (v->len != 4 && v->len != 8)
		return wrong_type(v);
	*out = v->len == 4 ? fdt_cell(v->data, 0) : two_cells(v->data, 0);
	return 0;
}

static int read_range(const struct prop_value *v, struct config_range *out)
{
	if (v->len != 16)
		return wrong_type(v);
	out->addr = two_cells(v->data, 0);
	out->size = two_cells(v->data, 2);
	return 0;
}

static int read_cpu_list(const struct prop_value *v, u64 *out)
{
	u64 set = 0;
	u32 i;

	if (!v->len || v->len % 4)
		return wrong_type(v);
	for (i = 0; i < v->len / 4; i++) {
		u32 cpu = fdt_cell(v->data, i);

		if (cpu > 63)
			return config_error(v->p, v->node, v->rule->name,
					    "names CPU %u: use numbers up to 63", cpu);
		if (set & BIT(cpu))
			return value_error(v, "names a CPU twice: name each once");
		set |= BIT(cpu);
	}
	*out = set;
	return 0;
}

static int read_value(const struct prop_value *v, void *out)
{
	switch (v->rule->type) {
	case PROP_FLAG:
		if (v->len)
			return wrong_type(v);
		*(bool *)out = true;
		return 0;
	case PROP_U32:
		return read_u32(v, out);
	case PROP_U64:
		return read_u64(v, out);
	case PROP_STRING:
		return read_string(v, out);
	case PROP_PATH:
		return read_path(v, out);
	case PROP_LABEL:
		return read_label(v, out);
	case PROP_CHOICE:
		return read_choice(v, out);
	case PROP_RANGE:
		return read_range(v, out);
	case PROP_CPU_LIST:
		return read_cpu_list(v, out);
	case PROP_U32_PAIR:
		return v->len == 8 ? read_numbers(v, out, 2) : wrong_type(v);
	case PROP_U32_LIST:
		return read_u32_list(v, out);
	case PROP_ANY:
		break;
	}
	return 0;
}

int config_read_props(struct config_parse *p, int node, const struct prop_rule *rules,
		      unsigned int nr, void *obj, u32 *seen)
{
	struct prop_value v = { .p = p, .node = node };
	const char *name;
	unsigned int i;
	u32 pos = 0;
	int rc;

	*seen = 0;
	while ((v.data = fdt_prop_next(p->fdt, node, &pos, &name, &v.len))) {
		for (i = 0; i < nr && strcmp(rules[i].name, name); i++)
			;
		if (i == nr)
			return unknown_prop(p, node, name, rules, nr);
		if (*seen & BIT(i))
			return config_error(p, node, name, "is there twice: remove one");
		*seen |= (u32)BIT(i);
		v.rule = &rules[i];
		rc = read_value(&v, obj ? (char *)obj + rules[i].offset : NULL);
		if (rc)
			return rc;
	}
	for (i = 0; i < nr; i++)
		if (rules[i].required && !(*seen & BIT(i)))
			return config_error(p, node, NULL, "no \"%s\": add it; it takes %s",
					    rules[i].name, type_takes[rules[i].type]);
	return 0;
}
