// SPDX-License-Identifier: Apache-2.0
/*
 * The filter for text that others have chosen: bytes become characters (Unicode 15.0, table
 * 3-7), and characters go through a terminal's parser of control functions (ECMA-48, 5.3 to
 * 5.6), of which only the text is left.
 */
#include <lodge/string.h>
#include <lodge/termtext.h>

#define BEL 0x07
#define CAN 0x18
#define SUB 0x1a
#define ESC 0x1b
#define DEL 0x7f

/* C1 (ECMA-48, 8.3); as 7 bits they are ESC and this less 0x40. */
#define DCS 0x90
#define SOS 0x98
#define CSI 0x9b
#define OSC 0x9d
#define PM  0x9e
#define APC 0x9f

#define MALFORMED 0xffffffffu /* in place of a character */

/*
 * Characters that a terminal does not show, but that change the order of others, end a line,
 * or hide text: bidirectional controls (Unicode Annex 9, 2.1 to 2.6), separators, deprecated
 * format characters, the byte order mark, annotations, tags. Joiners are part of words and
 * stay.
 */
static const struct {
	u32 first, last;
} invisible[] = {
	{ 0x061c, 0x061c }, { 0x200e, 0x200f }, { 0x2028, 0x202e },   { 0x2066, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

static bool is_invisible(u32 c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(invisible); i++)
		if (c >= invisible[i].first && c <= invisible[i].last)
			return true;
	return false;
}

/* ---- control functions ---- */

/* What a character of C1 begins. */
static u8 c1_state(u32 c)
{
	switch (c) {
	case CSI:
		return TERMTEXT_CSI;
	case DCS:
	case SOS:
	case OSC:
	case PM:
	case APC:
		return TERMTEXT_STRING;
	default:
		return TERMTEXT_GROUND;
	}
}

/* A control character; whether it is shown all the same. */
static bool control(struct termtext *t, u32 c)
{
	if (c == ESC)
		t->state = TERMTEXT_ESCAPE;
	else if (c >= 0x80)
		t->state = c1_state(c);
	else if (c == CAN || c == SUB || (c == BEL && t->state == TERMTEXT_STRING))
		t->state = TERMTEXT_GROUND;
	return c == '\t' && t->state == TERMTEXT_GROUND;
}

/* A graphic character; whether it is text and no part of a control function. */
static bool graphic(struct termtext *t, u32 c)
{
	bool intermediate = c < 0x30;

	if (t->state == TERMTEXT_STRING)
		return false;
	if (t->state == TERMTEXT_GROUND || c > 0x7e) {
		t->state = TERMTEXT_GROUND;
		return !is_invisible(c);
	}
	if (t->state == TERMTEXT_CSI)
		t->state = c < 0x40 ? TERMTEXT_CSI : TERMTEXT_GROUND;
	else if (intermediate)
		t->state = TERMTEXT_NF;
	else if (t->state == TERMTEXT_NF || c < 0x40 || c > 0x5f)
		t->state = TERMTEXT_GROUND;
	else
		t->state = c1_state(c + 0x40);
	return false;
}

static bool is_text(struct termtext *t, u32 c)
{
	if (c < 0x20 || (c >= DEL && c < 0xa0))
		return control(t, c);
	return graphic(t, c);
}

/* ---- characters ---- */

/* The bytes of a character that begins with @lead; 0 if none does. */
static u8 length(u8 lead)
{
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Whether @byte continues @t: the second also must make it neither too long a form, nor a
 * surrogate, nor beyond the last character. */
static bool continues(const struct termtext *t, u8 byte)
{
	u8 low = 0x80, high = 0xbf;

	if (t->have == 1) {
		switch (t->chr[0]) {
		case 0xe0:
			low = 0xa0;
			break;
		case 0xed:
			high = 0x9f;
			break;
		case 0xf0:
			low = 0x90;
			break;
		case 0xf4:
			high = 0x8f;
			break;
		}
	}
	return byte >= low && byte <= high;
}

static u32 code_point(const struct termtext *t)
{
	u32 c = t->chr[0] & (0x7fu >> t->need);
	unsigned int i;

	for (i = 1; i < t->need; i++)
		c = c << 6 | (t->chr[i] & 0x3f);
	return c;
}

static unsigned int show_malformed(struct termtext *t, char *out)
{
	if (!is_text(t, MALFORMED))
		return 0;
	*out = '?';
	return 1;
}

/* @byte where a character may begin. */
static unsigned int begin(struct termtext *t, u8 byte, char *out)
{
	if (byte < 0xa0) {
		/* As a single byte C1 is what a terminal of 8 bits takes it for. */
		*out = (char)byte;
		return is_text(t, byte);
	}
	t->need = length(byte);
	if (!t->need)
		return show_malformed(t, out);
	t->chr[0] = byte;
	t->have = 1;
	return 0;
}

unsigned int termtext_feed(struct termtext *t, u8 byte, char out[TERMTEXT_MAX])
{
	unsigned int n;

	if (!t->have)
		return begin(t, byte, out);
	if (!continues(t, byte)) {
		t->have = 0;
		n = show_malformed(t, out);
		return n + begin(t, byte, out + n);
	}
	t->chr[t->have++] = byte;
	if (t->have < t->need)
		return 0;
	t->have = 0;
	if (!is_text(t, code_point(t)))
		return 0;
	memcpy(out, t->chr, t->need);
	return t->need;
}

unsigned int termtext_end(struct termtext *t, char out[TERMTEXT_MAX])
{
	unsigned int n = t->have ? show_malformed(t, out) : 0;

	*t = (struct termtext){ 0 };
	return n;
}

size_t termtext_copy(char *dst, size_t size, const char *src)
{
	struct termtext t = { 0 };
	char shown[TERMTEXT_MAX];
	size_t len = 0;
	unsigned int n;

	do {
		n = *src ? termtext_feed(&t, (u8)*src, shown) : termtext_end(&t, shown);
		if (n >= size - len)
			break;
		memcpy(dst + len, shown, n);
		len += n;
	} while (*src++);
	dst[len] = '\0';
	return len;
}
