// SPDX-License-Identifier: Apache-2.0
/* The line editor, by what is typed and what then stands on a terminal. */
/* links: shell/line.c shell/show.c shell/history.c shell/complete.c */
#include <shim.h>
#include <strings.h>
#include "line_traffic.h"

#define UP    "\x1b[A"
#define DOWN  "\x1b[B"
#define RIGHT "\x1b[C"
#define LEFT  "\x1b[D"

static int setup(void **state)
{
	words = NULL;
	line_setup();
	return 0;
}

static void keys(const char *s)
{
	while (*s)
		assert_int_equal(key((u8)*s++), LINE_EDITED);
}

static void enter(const char *s)
{
	keys(s);
	assert_int_equal(key('\r'), LINE_DONE);
}

/* The line, with | where the cursor is. */
static void line_is(const char *want)
{
	char got[LINE_SIZE + 1];

	snprintf(got, sizeof(got), "%.*s|%s", (int)line.text.pos, line.text.byte,
		 line.text.byte + line.text.pos);
	assert_string_equal(got, want);
}

static void row_is(const char *want)
{
	static char row[LINE_COLUMNS * TERM_CELL];

	term_row(row);
	assert_string_equal(row, want);
}

struct example {
	const char *typed, *line;
};

static void check(const struct example *e, size_t n)
{
	for (; n--; e++) {
		line_setup();
		keys(e->typed);
		line_is(e->line);
	}
}

#define CHECK(table) check(table, ARRAY_SIZE(table))

static void what_is_typed_is_shown(void **state)
{
	keys("vm list");
	row_is("> vm list");
	line_is("vm list|");
	assert_int_equal(term.bells, 0);
}

static void keys_do_what_they_are_for(void **state)
{
	static const struct example table[] = {
		{ "abc" LEFT, "ab|c" },
		{ "abc" LEFT LEFT RIGHT, "ab|c" },
		{ "abc\x02\x02\x06", "ab|c" }, /* Ctrl-B, Ctrl-F */
		{ "abc\x01X", "X|abc" },       /* Ctrl-A */
		{ "abc\x01\x05X", "abcX|" },   /* Ctrl-E */
		{ "abc" LEFT "\x0b", "ab|" },  /* Ctrl-K */
		{ "abc" LEFT "\x15", "|c" },   /* Ctrl-U */
		{ "one two  \x17", "one |" },  /* Ctrl-W */
		{ "one two" LEFT "\x17", "one |o" },
		{ "abc\x7f", "ab|" },
		{ "abc" LEFT "\b", "a|c" },
		{ "abc\x01\x04", "|bc" },	     /* Ctrl-D */
		{ "abc\x1b[H\x1b[3~", "|bc" },	     /* Home, Delete */
		{ "abc\x1b[1~X\x1b[4~Y", "XabcY|" }, /* as the Linux console has them */
		{ "abc\x1b[7~X\x1b[8~Y", "XabcY|" }, /* as rxvt does */
		{ "abc\x1bOHX\x1bOFY", "XabcY|" },   /* as in the application mode of keys */
		{ "abc\x1b[1;5DX", "abX|c" },	     /* with Ctrl held */
		{ "abc\x1b[200~X", "abcX|" },	     /* one without a meaning */
		{ "abc\x1bxX", "abcX|" },	     /* Alt and a key */
		{ "ab\x1b[\x01X", "X|ab" },	     /* one that breaks off */
	};

	CHECK(table);
}

static void where_nothing_can_be_done_a_bell_says_so(void **state)
{
	static const char *const typed[] = { LEFT,   RIGHT,  "\x01", "\x05",	"\x0b",
					     "\x15", "\x17", "\x7f", "\x1b[3~", UP,
					     DOWN,   "\t",   "\x0f" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(typed); i++) {
		line_setup();
		keys(typed[i]);
		line_is("|");
		assert_int_equal(term.bells, 1);
	}
}

static void characters_are_whole(void **state)
{
	static const struct example table[] = {
		{ "\xc3\xa4\xe2\x82\xac\x7f", "\xc3\xa4|" },
		{ "a\xf0\x9f\x98\x80" LEFT "X", "aX|\xf0\x9f\x98\x80" },
		{ "\xe4\xb8\xad\xe6\x96\x87" LEFT "\x1b[3~", "\xe4\xb8\xad|" },
		{ "\xc3"
		  "a",
		  "?a|" }, /* one that breaks off */
		{ "\xc2\x9b"
		  "Ab",
		  "b|" }, /* CSI as one character */
		{ "\xff\xfe", "??|" },
		{ "e\xcc\x81x", "e\xcc\x81x|" }, /* one that combines */
	};

	CHECK(table);
}

static void a_line_ends_once(void **state)
{
	const char *s;
	u32 done = 0;

	for (s = "a\rb\nc\r\nd\n\re"; *s; s++)
		done += line_key(&line, (u8)*s) == LINE_DONE;
	/* a, b, c, d, and an empty one between LF and CR. */
	assert_int_equal(done, 5);
	assert_string_equal(line.text.byte + line.text.len - 1, "e");
}

static void its_text_is_there_when_it_is_done(void **state)
{
	const char *s;

	for (s = "vm kill" LEFT LEFT; *s; s++)
		line_key(&line, (u8)*s);
	assert_int_equal(line_key(&line, '\r'), LINE_DONE);
	assert_string_equal(line.text.byte, "vm kill");
	/* Whole, and the cursor is below it. */
	assert_string_equal(term.above, "> vm kill");
	assert_int_equal(term.lines, 1);
}

static void ctrl_c_and_ctrl_d_leave_it(void **state)
{
	keys("abc");
	assert_int_equal(key(3), LINE_LEFT);
	assert_string_equal(term.above, "> abc^C");
	assert_int_equal(key(4), LINE_END);
	keys("abc");
	assert_int_equal(key(4), LINE_EDITED);
	/* What was left is not in the history. */
	assert_int_equal(line.history.nr, 0);
}

static void ctrl_c_leaves_the_last_column(void **state)
{
	char row[LINE_COLUMNS];
	int i, n;

	/* The terminal asserts that nothing is written there. */
	for (n = LINE_COLUMNS - 10; n < LINE_COLUMNS + 10; n++) {
		line_setup();
		for (i = 0; i < n; i++)
			key('x');
		assert_int_equal(key(3), LINE_LEFT);
		assert_int_equal(term.lines, 1);
	}
	/* The longest that has room for it. */
	line_setup();
	for (i = 0; i < LINE_COLUMNS - 5; i++)
		key('x');
	key(3);
	snprintf(row, sizeof(row), "%s", term.above + LINE_COLUMNS - 5);
	assert_string_equal(row, "xx^C");
}

static void lines_before_come_back(void **state)
{
	enter("one");
	enter("two");
	keys("thr" UP);
	line_is("two|");
	keys(UP);
	line_is("one|");
	row_is("> one");
	keys(UP);
	assert_int_equal(term.bells, 1);
	line_is("one|");
	keys("\x0e\x0e");
	line_is("thr|");
	keys("\x10\x10X");
	line_is("oneX|");
	/* It was changed where it is shown, and not where it is kept. */
	keys(DOWN UP);
	line_is("one|");
}

static void blank_ones_and_the_same_again_do_not(void **state)
{
	enter("one");
	enter("one");
	enter("");
	enter("   ");
	assert_int_equal(line.history.nr, 1);
}

static void the_last_of_many_come_back(void **state)
{
	char s[16];
	u32 i;

	for (i = 0; i < 3 * LINE_KEPT + 5; i++) {
		snprintf(s, sizeof(s), "%u", i);
		enter(s);
	}
	for (i = 0; i < LINE_KEPT; i++)
		keys(UP);
	snprintf(s, sizeof(s), "%u|", 2 * LINE_KEPT + 5);
	line_is(s);
	assert_int_equal(term.bells, 0);
	keys(UP);
	line_is(s);
	assert_int_equal(term.bells, 1);
}

static void one_is_found_by_a_part_of_it(void **state)
{
	enter("vm list");
	enter("cat /a.dtb");
	enter("vm info linux");
	keys("own\x12"
	     "vm");
	row_is("search 'vm': vm info linux");
	keys("\x12");
	row_is("search 'vm': vm list");
	/* No older one, and no line that has this. */
	keys("\x12x");
	assert_int_equal(term.bells, 2);
	row_is("search 'vm': vm list");
	keys("\x7f" LEFT);
	line_is("vm lis|t");
	keys(UP);
	assert_int_equal(term.bells, 3);
	keys(DOWN);
	line_is("cat /a.dtb|");
	/* It begins at the youngest again; Ctrl-G gives up. */
	keys(DOWN DOWN "\x12"
		       "cat\x07");
	line_is("own|");
	keys("\x12list");
	assert_int_equal(line_key(&line, '\r'), LINE_DONE);
	assert_string_equal(line.text.byte, "vm list");
}

static void a_word_is_completed(void **state)
{
	static const char *const some[] = { "list",	  "log",     "poweroff", "\xc3\xa4hre",
					    "\xc3\xb6hr", "guests/", NULL };
	static const struct example table[] = {
		{ "p\t", "poweroff |" },
		{ "vm lo\t", "vm log |" },
		{ "l\t", "l|" },
		{ "PO\t", "poweroff |" },
		{ "g\t", "guests/|" },
		{ "zz\t", "zz|" },
		{ "p x\x1b[H" RIGHT "\t", "poweroff | x" },
	};

	words = some;
	CHECK(table);
}

static void what_there_is_to_choose_from_is_shown(void **state)
{
	static const char *const some[] = { "list", "listen", "log", NULL };

	words = some;
	keys("vm l\t");
	assert_string_equal(term.above, "list  listen  log");
	assert_int_equal(term.lines, 2);
	row_is("> vm l");
	keys("i\t");
	line_is("vm list|");
	keys("\t");
	assert_string_equal(term.above, "list  listen");
}

static void not_a_part_of_a_character_is_completed(void **state)
{
	/* These differ in their second byte. */
	static const char *const some[] = { "x\xc3\xa4", "x\xc3\xb6", NULL };

	words = some;
	keys("x\t");
	line_is("x|");
}

static void many_take_lines_of_the_terminals_width(void **state)
{
	static const char *const some[] = { "a23456789012345678901234567890",
					    "b23456789012345678901234567890",
					    "c23456789012345678901234567890", NULL };

	words = some;
	keys("\t");
	assert_string_equal(term.above, some[2]);
	assert_int_equal(term.lines, 3);
}

static void a_long_line_moves(void **state)
{
	u32 i;

	for (i = 0; i < LINE_SIZE + 10; i++)
		key((u8)('a' + i % 26));
	assert_int_equal(line.text.len, LINE_SIZE - 1);
	assert_int_equal(term.bells, 11);
	keys("\x01");
	assert_int_equal(term.column, 2);
	keys("\x05" LEFT LEFT LEFT);
	for (i = 0; i < LINE_SIZE; i++)
		keys(LEFT);
	assert_int_equal(line.text.pos, 0);
}

static void it_can_be_drawn_anew(void **state)
{
	keys("abc" LEFT);
	term_write(NULL, "\r\nlodge: a line\r\n", 17);
	line_show(&line);
	row_is("> abc");
	line_holds();
	keys("\x0c"); /* Ctrl-L: on a terminal that is cleared */
	row_is("> abc");
}

static void whatever_is_typed(void **state)
{
	static const char *const some[] = { "list", "Listing", "\xc3\xa4h", "dir/", NULL };
	static const char often[] =
		"\x1b[ABCDH~0123;Olid \t\r\n\x12\x07\x0b\x15\x17\x01\x05\x7f\xc3\xa4\xe4\xb8\xad\xcc\x81";
	u64 random = shim_seed(1);
	u32 i, r;

	words = some;
	for (i = 0; i < 100000; i++) {
		r = (u32)shim_random(&random);
		key(r % 3 ? (u8)often[r / 4 % (sizeof(often) - 1)] : (u8)(r >> 8));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_typed_is_shown, setup),
		cmocka_unit_test_setup(keys_do_what_they_are_for, setup),
		cmocka_unit_test_setup(where_nothing_can_be_done_a_bell_says_so, setup),
		cmocka_unit_test_setup(characters_are_whole, setup),
		cmocka_unit_test_setup(a_line_ends_once, setup),
		cmocka_unit_test_setup(its_text_is_there_when_it_is_done, setup),
		cmocka_unit_test_setup(ctrl_c_and_ctrl_d_leave_it, setup),
		cmocka_unit_test_setup(ctrl_c_leaves_the_last_column, setup),
		cmocka_unit_test_setup(lines_before_come_back, setup),
		cmocka_unit_test_setup(blank_ones_and_the_same_again_do_not, setup),
		cmocka_unit_test_setup(the_last_of_many_come_back, setup),
		cmocka_unit_test_setup(one_is_found_by_a_part_of_it, setup),
		cmocka_unit_test_setup(a_word_is_completed, setup),
		cmocka_unit_test_setup(what_there_is_to_choose_from_is_shown, setup),
		cmocka_unit_test_setup(not_a_part_of_a_character_is_completed, setup),
		cmocka_unit_test_setup(many_take_lines_of_the_terminals_width, setup),
		cmocka_unit_test_setup(a_long_line_moves, setup),
		cmocka_unit_test_setup(it_can_be_drawn_anew, setup),
		cmocka_unit_test_setup(whatever_is_typed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
