// SPDX-License-Identifier: Apache-2.0
/* The words of a line, and how much one is like another. */
#include <lodge/errno.h>
#include <lodge/string.h>
#include "control_internal.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The word at @from is moved to @to, without its quotes. Where it ends; NULL if a quote does not. */
static char *take_word(char *from, char **to)
{
	char quote = 0;

	for (; *from && (quote || !is_blank(*from)); from++) {
		if (*from == '\\' && quote != '\'' && from[1])
			*(*to)++ = *++from;
		else if (quote ? *from == quote : *from == '"' || *from == '\'')
			quote = quote ? 0 : *from;
		else
			*(*to)++ = *from;
	}
	return quote ? NULL : from;
}

int ctl_split(struct ctl_call *c, char **word)
{
	char *from = c->line, *to = c->line;
	bool last;
	int n = 0;

	for (;;) {
		while (is_blank(*from))
			from++;
		if (!*from)
			return n;
		if (n == CTL_WORDS)
			return ctl_fail(c, -E2BIG, "the line has more than %u words", CTL_WORDS);
		word[n++] = to;
		from = take_word(from, &to);
		if (!from)
			return ctl_fail(c, -EINVAL,
					"a quote is not closed; write \\ before it if it is none");
		/* The end of the word may be written where the blank was. */
		last = !*from;
		*to++ = 0;
		if (last)
			return n;
		from++;
	}
}

char *ctl_join(char **word, unsigned int n)
{
	char *to = word[0] + strlen(word[0]);
	unsigned int i;

	for (i = 1; i < n; i++) {
		size_t len = strlen(word[i]);

		*to++ = ' ';
		memmove(to, word[i], len + 1);
		to += len;
	}
	return word[0];
}

#define RESEMBLES_MAX 32 /* longer words are compared as far as that */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t less = min(a, b);

	return min(less, c);
}

/* Characters that must be changed, put in, left out or swapped with their neighbours. */
static size_t slips(const char *a, size_t na, const char *b, size_t nb)
{
	u8 row[3][RESEMBLES_MAX + 1];
	size_t i, j;

	for (j = 0; j <= nb; j++)
		row[0][j] = (u8)j;
	for (i = 1; i <= na; i++) {
		u8 *now = row[i % 3], *prev = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (u8)i;
		for (j = 1; j <= nb; j++) {
			now[j] = (u8)least(prev[j] + 1u, now[j - 1] + 1u,
					   prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = min(now[j], (u8)(before[j - 2] + 1));
		}
	}
	return row[na % 3][nb];
}

bool ctl_resembles(const char *a, const char *b)
{
	size_t na = strnlen(a, RESEMBLES_MAX), nb = strnlen(b, RESEMBLES_MAX);

	return slips(a, na, b, nb) <= (nb > 4 ? 2 : nb > 2);
}
