// SPDX-License-Identifier: Apache-2.0
/* The filter for text of others, by example, against streams whose text is known, and
 * against what must never come out of it. */
#include <lodge/termtext.h>
#include <shim.h>

/* All that comes out of @in, with the line's end. */
static size_t filter(const char *in, size_t n, char *out)
{
	struct termtext t = { 0 };
	size_t len = 0;

	while (n--)
		len += termtext_feed(&t, (u8)*in++, out + len);
	len += termtext_end(&t, out + len);
	out[len] = 0;
	assert_int_equal(t.state | t.have, 0);
	return len;
}

struct example {
	const char *in, *out;
};

static void check(const struct example *e, size_t n)
{
	char out[256];

	for (; n--; e++) {
		filter(e->in, strlen(e->in), out);
		assert_string_equal(out, e->out);
	}
}

#define CHECK(table) check(table, ARRAY_SIZE(table))

static void characters_pass_whole(void **state)
{
	static const struct example table[] = {
		{ "plain text ~!", "plain text ~!" },
		{ "tab\there", "tab\there" },
		{ "\xc3\xa4\xc3\x9f", "\xc3\xa4\xc3\x9f" },		    /* ä ß: 9f within */
		{ "\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97" }, /* 漢字 */
		{ "\xe2\x80\xa6", "\xe2\x80\xa6" },			    /* … : 80 within */
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xc2\xa0", "\xc2\xa0" }, /* the first behind C1 */
		{ "\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80" },
		{ "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80" },
		{ "\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		  "\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
		{ "\xd7\xa9\xd8\xb3", "\xd7\xa9\xd8\xb3" }, /* letters of right-to-left scripts */
		{ "a\xe2\x80\x8d"
		  "b\xe2\x80\x8c",
		  "a\xe2\x80\x8d"
		  "b\xe2\x80\x8c" }, /* joiners */
	};

	CHECK(table);
}

static void controls_are_left_out(void **state)
{
	char in[4], out[16];
	unsigned int c;

	for (c = 0; c < 0xa0; c++) {
		bool shown = c == '\t' || (c >= 0x20 && c < 0x7f);

		in[0] = (char)c;
		assert_int_equal(filter(in, 1, out), shown);
		if (c < 0x80)
			continue;
		in[0] = (char)0xc2;
		in[1] = (char)c;
		assert_int_equal(filter(in, 2, out), 0);
	}
}

static void control_functions_are_left_out(void **state)
{
	static const struct example table[] = {
		{ "a\x1b[2Jb", "ab" },
		{ "a\x1b[1;31mred\x1b[0m", "ared" },
		{ "a\x1b[?25l\x1b[>0c\x1b[!p\x1b[1$r\x1b[@b", "ab" },
		{ "a\x9b"
		  "2Jb",
		  "ab" },
		{ "a\xc2\x9b"
		  "2Jb",
		  "ab" },
		{ "\x1b"
		  "7\x1b"
		  "8\x1b=\x1b>\x1b"
		  "cx",
		  "x" },
		{ "\x1b(0\x1b)B\x1b#8\x1b%Gx", "x" },
		{ "\x1bNx\x1bOx\x8ex", "xxx" },
		/* an unfinished one ends with the line, with CAN and with SUB */
		{ "a\x1b[1", "a" },
		{ "a\x1b[1\x18z\x1b]0;\x1az", "azz" },
		/* a new one begins within */
		{ "a\x1b[1\x1b[2Jb\x1b\x1b[mc", "abc" },
		/* what can't be part of one is shown */
		{ "a\x1b[1\xe6\xbc\xa2"
		  "b\x1b\xc3\xa4",
		  "a\xe6\xbc\xa2"
		  "b\xc3\xa4" },
	};

	CHECK(table);
}

static void control_strings_are_left_out(void **state)
{
	static const char *const begins[] = { "\x1b]",	  "\x1bP",    "\x1b_",	  "\x1b^",
					      "\x1bX",	  "\x9d",     "\x90",	  "\x9f",
					      "\x9e",	  "\x98",     "\xc2\x9d", "\xc2\x90",
					      "\xc2\x9f", "\xc2\x9e", "\xc2\x98" };
	static const char *const ends[] = { "\x1b\\", "\x9c", "\xc2\x9c", "\x07", "\x18" };
	char in[64], out[256];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		for (j = 0; j < ARRAY_SIZE(ends); j++) {
			/* 9c within a character ends nothing */
			sprintf(in, "a%s52;c;\xc3\x9c\xff%%%sb", begins[i], ends[j]);
			filter(in, strlen(in), out);
			assert_string_equal(out, "ab");
		}
		sprintf(in, "a%sunfinished", begins[i]);
		filter(in, strlen(in), out);
		assert_string_equal(out, "a");
	}
}

static void what_is_no_character_is_marked(void **state)
{
	static const struct example table[] = {
		{ "a\xe4z", "a?z" }, /* Latin-1 */
		{ "\xc3", "?" },     /* cut by the line's end */
		{ "\xe6\xbc", "?" },
		{ "\xe6\xbcz\xf0\x9f\x98z", "?z?z" },
		{ "\xc3\xc3\xa4", "?\xc3\xa4" },
		{ "\xa0\xbf\xfe\xff", "????" },
		{ "\xf5\xf8", "??" },
		{ "\xc0\xaf\xc1\xbf", "????" }, /* too long a form of '/' */
		{ "\xe0\xa0", "?" },
		{ "\xed\xa0\xbf", "???" }, /* a surrogate */
		{ "\xe6\x1b[2Jz", "?z" },
		/* too long forms of C1 and of ESC begin nothing that reaches a terminal */
		{ "\xc0\x9b\x32Jz", "?z" },
		{ "\xe0\x82\x9b\x32Jz", "?z" },
		{ "\xf0\x80\x82\x9b\x32Jz", "?z" },
		{ "\xc0\x1b[2Jz", "?z" },
	};

	CHECK(table);
}

static void what_orders_text_anew_is_left_out(void **state)
{
	static const struct example table[] = {
		{ "a\xe2\x80\xaelave\xe2\x80\xac", "alave" }, /* override */
		{ "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "" },
		{ "\xe2\x81\xa6x\xe2\x81\xa9", "x" },
		{ "a\xe2\x80\xa8z\xe2\x80\xa9", "az" }, /* separators */
		{ "\xef\xbb\xbf#", "#" },
		{ "\xf3\xa0\x81\x81z", "z" }, /* a tag */
	};

	CHECK(table);
}

static void copy_cuts_between_characters(void **state)
{
	char dst[8];

	assert_int_equal(termtext_copy(dst, 8, "vm\x1b[2J\x9d"), 2);
	assert_string_equal(dst, "vm");
	assert_int_equal(termtext_copy(dst, 8, "123456\xc3\xa4"), 6);
	assert_string_equal(dst, "123456");
	assert_int_equal(termtext_copy(dst, 8, "12345\xc3\xa4"), 7);
	assert_string_equal(dst, "12345\xc3\xa4");
	assert_int_equal(termtext_copy(dst, 8, "12\xc3"), 3);
	assert_string_equal(dst, "12?");
	assert_int_equal(termtext_copy(dst, 1, "x"), 0);
	assert_string_equal(dst, "");
}

/* ---- streams ---- */

static u64 seed;

static u32 rnd(u32 n)
{
	return (u32)(shim_random(&seed) % n);
}

static size_t put_char(char *s, u32 c)
{
	if (c < 0x80) {
		s[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		s[0] = (char)(0xc0 | c >> 6);
		s[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		s[0] = (char)(0xe0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 0x3f));
		s[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	s[0] = (char)(0xf0 | c >> 18);
	s[1] = (char)(0x80 | (c >> 12 & 0x3f));
	s[2] = (char)(0x80 | (c >> 6 & 0x3f));
	s[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* A letter of some script. */
static u32 letter(void)
{
	static const u32 first[] = { 'a',    0xe0,   0x3b1,   0x430,  0x5d0,
				     0x4e00, 0xac00, 0x1f600, 0x20000 };

	return first[rnd(ARRAY_SIZE(first))] + rnd(20);
}

/* C1 @c in one of its three forms. */
static size_t put_c1(char *s, u8 c)
{
	switch (rnd(3)) {
	case 0:
		s[0] = 0x1b;
		s[1] = (char)(c - 0x40);
		return 2;
	case 1:
		s[0] = (char)c;
		return 1;
	default:
		return put_char(s, c);
	}
}

/* A whole control function. */
static size_t put_function(char *s)
{
	static const u8 strings[] = { 0x90, 0x98, 0x9d, 0x9e, 0x9f };
	size_t n;
	u32 k = rnd(6);

	switch (rnd(3)) {
	case 0:
		n = put_c1(s, 0x9b);
		while (k--)
			s[n++] = (char)(0x20 + rnd(0x20));
		s[n++] = (char)(0x40 + rnd(0x3f));
		return n;
	case 1:
		n = put_c1(s, strings[rnd(5)]);
		while (k--)
			n += put_char(s + n, letter());
		return n + put_c1(s + n, 0x9c);
	default:
		s[0] = 0x1b;
		n = 1 + (k & 1);
		s[1] = '(';
		s[n++] = (char)(k & 1 ? 0x30 + rnd(0x4f) : 0x60 + rnd(0x1f));
		return n;
	}
}

/* Streams made of text and of whole control functions leave the text. */
static void text_of_random_streams_is_found(void **state)
{
	char in[4096], want[4096], out[4096];
	unsigned int round, i;

	for (round = 0; round < 3000; round++) {
		size_t n = 0, w = 0, k;

		for (i = rnd(60); i; i--) {
			switch (rnd(4)) {
			case 0:
				n += put_function(in + n);
				break;
			case 1:
				in[n++] = "\x07\x08\r\x0e\x7f\x84\x85"[rnd(7)];
				break;
			default:
				k = put_char(in + n, letter());
				memcpy(want + w, in + n, k);
				n += k;
				w += k;
			}
		}
		assert_int_equal(filter(in, n, out), w);
		assert_memory_equal(out, want, w);
	}
}

/* The next character of valid UTF-8, decoded without any of the filter's means. */
static u32 next_char(const u8 **s)
{
	const u8 *p = *s;
	u32 c = *p++, more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	char again[4];

	assert_true(c < 0x80 || (c >= 0xc2 && c <= 0xf4));
	c &= more ? 0x3f >> more : 0x7f;
	while (more--) {
		assert_int_equal(*p & 0xc0, 0x80);
		c = c << 6 | (*p++ & 0x3f);
	}
	assert_int_equal(put_char(again, c), p - *s); /* the shortest form */
	assert_true(c < 0xd800 || (c > 0xdfff && c <= 0x10ffff));
	*s = p;
	return c;
}

/* Whatever goes in, what comes out is valid UTF-8 without controls; and never more than
 * TERMTEXT_MAX for a byte, behind which a guard stands. */
static void nothing_else_comes_out(void **state)
{
	static const u8 likely_bytes[] = { 0x1b, 0x9b, 0xc2, 0x9d, '[',	 ']',  'P',  'm',  ';',
					   0x9c, 0xe2, 0x80, 0xae, 0x81, 0xa6, 0xf0, 0xc0, 0xe0,
					   0xed, 0x07, 0x18, '\t', 'x',	 0xef, 0xbb, 0xbf };
	struct termtext t = { 0 };
	char out[TERMTEXT_MAX + 1 + 1];
	static u8 stream[200000 * TERMTEXT_MAX + 1];
	const u8 *p = stream;
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < 200000; i++) {
		u8 byte = rnd(4) ? likely_bytes[rnd(ARRAY_SIZE(likely_bytes))] : (u8)rnd(256);
		unsigned int n;

		out[TERMTEXT_MAX] = '#';
		n = rnd(50) ? termtext_feed(&t, byte, out) : termtext_end(&t, out);
		assert_true(n <= TERMTEXT_MAX && out[TERMTEXT_MAX] == '#');
		assert_true(t.have < 4 && t.state <= TERMTEXT_STRING);
		memcpy(stream + len, out, n);
		len += n;
	}
	assert_true(len > 1000);
	while (p < stream + len) {
		u32 c = next_char(&p);

		assert_true(c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0);
		assert_false((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
			     c == 0x200e || c == 0x200f || c == 0x61c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_pass_whole),
		cmocka_unit_test(controls_are_left_out),
		cmocka_unit_test(control_functions_are_left_out),
		cmocka_unit_test(control_strings_are_left_out),
		cmocka_unit_test(what_is_no_character_is_marked),
		cmocka_unit_test(what_orders_text_anew_is_left_out),
		cmocka_unit_test(copy_cuts_between_characters),
		cmocka_unit_test(text_of_random_streams_is_found),
		cmocka_unit_test(nothing_else_comes_out),
	};

	seed = shim_seed(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
