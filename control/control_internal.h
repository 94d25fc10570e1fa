/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROL_INTERNAL_H
#define CONTROL_INTERNAL_H

#include <lodge/control.h>

/* words.c */

/**
 * ctl_split() - the words of @line, which is changed: they are parts of it
 * Blanks separate them. A backslash, '...' and "..." quote; within "..." a backslash does, too.
 * Return: how many, CTL_WORDS at most, or -errno after ctl_fail().
 */
int ctl_split(struct ctl_call *c, char **word);
/** ctl_join() - @n words, one at least, which lie one behind the other, as one text. */
char *ctl_join(char **word, unsigned int n);
/** ctl_resembles() - whether who wrote @a may have meant @b: two slips at most, and fewer in short words. */
bool ctl_resembles(const char *a, const char *b);

/* parse.c */

/** ctl_parse() - the command and the values of @line; -errno after ctl_fail(). No command: it is blank. */
int ctl_parse(struct ctl_call *c, const char *line);

/* find_vm.c */

/** ctl_find_vm() - what @v->text names, held; -errno after ctl_fail(). */
int ctl_find_vm(struct ctl_call *c, struct ctl_value *v);

/* text.c and json.c: the encodings of a result. */

/* A field, as both are given it. */
struct ctl_item {
	const char *text; /* NULL: it has none */
	u64 number;
};

void ctl_text_field(struct ctl_call *c, const struct ctl_column *col, const struct ctl_item *item);
void ctl_text_error(struct ctl_call *c);
void ctl_json_begin(struct ctl_call *c);
void ctl_json_field(struct ctl_call *c, const struct ctl_column *col, const struct ctl_item *item);
/* With c->err, which is empty if all went well. */
void ctl_json_end(struct ctl_call *c);

/* run.c */

/** ctl_write() - a string of the result. */
void ctl_write(struct ctl_call *c, const char *s);
/** ctl_printf() - the same, formatted; of 127 bytes at most. */
__printf(2, 3) void ctl_printf(struct ctl_call *c, const char *fmt, ...);

#endif
