// SPDX-License-Identifier: Apache-2.0
/* links: kernel/printk.c */
/* flags: -DCONFIG_CONSOLE_BUFFER_SHIFT=14 -DCONFIG_CONSOLE_KEPT_KIB=0 */
/* The terminal that the host's log and the guests share: who is seen when, and how. */
#include "console_fixture.h"

static int notified;
static char hooked[32];
static size_t hooked_len;

static void type(const char *s)
{
	while (*s)
		console_input((u8)*s++);
}

static void on_input(void *arg)
{
	notified++;
}

static void on_hook(u8 byte, bool escaped)
{
	if (escaped)
		hooked[hooked_len++] = '^';
	hooked[hooked_len++] = (char)byte;
	hooked[hooked_len] = 0;
}

static int setup(void **state)
{
	seen();
	notified = 0;
	hooked_len = 0;
	hooked[0] = 0;
	console_focus(NULL);
	console_set_hook(NULL);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(shim_objects, 0);
	return 0;
}

static void early_output_comes_before_any_driver(void **state)
{
	host("hello\n");
	assert_string_equal(early, "hello\r\n");
	console_register(&driver);
	assert_true(rx_on);
	host("again\n");
	assert_string_equal(early, "hello\r\n");
	assert_string_equal(seen(), "again\r\n");
	assert_int_equal(polled, 7);
	/* What is typed before there is a VM waits for it in the UART. */
	assert_false(console_input_room());
	assert_false(rx_on);
	console_start();
	host("buffered\n");
	assert_string_equal(seen(), "buffered\r\n");
	assert_int_equal(polled, 7);
}

static void second_driver_is_not_used(void **state)
{
	static struct console_driver other = { .name = "other" };

	console_register(&other);
	host("x\n");
	assert_string_equal(seen(), "x\r\n");
}

static void focused_port_has_the_terminal_raw(void **state)
{
	struct console_port *p = console_port_create("linux", NULL, NULL);

	console_focus(p);
	guest(p, "a\r\n\x1b[31mred\x1b[0m\r\n\x07");
	assert_string_equal(seen(), "a\r\n\x1b[31mred\x1b[0m\r\n\x07");
	console_port_destroy(p);
}

static void background_lines_have_a_name_in_front(void **state)
{
	struct console_port *p = console_port_create("linux", NULL, NULL);

	guest(p, "one");
	assert_string_equal(seen(), "");
	guest(p, " line\r\n\nrest");
	assert_string_equal(seen(), "[linux] one line\r\n[linux] \r\n");
	console_port_destroy(p);
	assert_string_equal(seen(), "[linux] rest\r\n");
}

static void background_loses_control_sequences(void **state)
{
	struct console_port *p = console_port_create("g", NULL, NULL);

	guest(p, "\x1b[2J\x1b[1;31mred\x1b[0m\tx\x07\x1b"
		 "7y\r\n");
	assert_string_equal(seen(), "[g] red\txy\r\n");
	/* An unfinished one does not swallow the line's end. */
	guest(p, "a\x1b[1\nb\x1b\n");
	assert_string_equal(seen(), "[g] a\r\n[g] b\r\n");
	console_port_destroy(p);
}

static void background_loses_c1_in_every_form(void **state)
{
	struct console_port *p = console_port_create("g", NULL, NULL);

	guest(p, "a\x9b"
		 "2Jb\xc2\x9b"
		 "2Jc\x90q\x9c"
		 "d\xc2\x9d"
		 "0;title\xc2\x9c"
		 "e\x85\xc2\x85\n");
	assert_string_equal(seen(), "[g] abcde\r\n");
	/* Text has such bytes as well. */
	guest(p, "\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x98\x80\xe2\x80\xa6\n");
	assert_string_equal(seen(), "[g] \xc3\xa4\xe6\xbc\xa2\xf0\x9f\x98\x80\xe2\x80\xa6\r\n");
	console_port_destroy(p);
}

static void broken_line_does_not_cut_a_character(void **state)
{
	struct console_port *p = console_port_create("g", NULL, NULL);
	const char *s;
	int i;

	guest(p, "x");
	for (i = 0; i < 100; i++)
		guest(p, "\xe6\xbc\xa2");
	guest(p, "\n");
	s = seen();
	assert_int_equal(strlen(s), 1 + 300 + 2 * strlen("[g] \r\n"));
	assert_memory_equal(strstr(s, "\r\n") - 3, "\xe6\xbc\xa2\r\n[g] \xe6\xbc\xa2", 12);
	console_port_destroy(p);
}

static void focus_shows_an_unfinished_character(void **state)
{
	struct console_port *p = console_port_create("g", NULL, NULL);

	guest(p, "a\xe6\xbc");
	console_focus(p);
	guest(p, "\xa2z\xc3");
	assert_string_equal(seen(), "a\xe6\xbc\xa2z\xc3");
	console_focus(NULL);
	guest(p, "\xa4\n");
	assert_string_equal(seen(), "\r\n[g] \xc3\xa4\r\n");
	console_port_destroy(p);
}

static void what_the_focus_began_does_not_swallow_the_host(void **state)
{
	struct console_port *a = console_port_create("a", NULL, NULL);
	struct console_port *b = console_port_create("b", NULL, NULL);

	console_focus(a);
	guest(a, "\x1b]0;title");
	host("lodge: hi\n");
	assert_string_equal(seen(), "\x1b]0;title\x18\r\nlodge: hi\r\n");
	guest(a, "\xc2\x90\n");
	guest(b, "x\n");
	assert_string_equal(seen(), "\xc2\x90\n\x18[b] x\r\n");
	guest(a, "\x1b[3");
	console_focus(b);
	guest(b, "y");
	assert_string_equal(seen(), "\x1b[3\x18\r\ny");
	console_port_destroy(a);
	console_port_destroy(b);
}

static void message_is_one_line_of_text(void **state)
{
	struct console_port *p;

	pr_info("vm %s: %s", "a\nlodge: panic",
		"\x1b[2J\x9b\xc2\x9bm\xe2\x80\xae"
		"b\xc3\xa4");
	assert_string_equal(seen(), "lodge: vm a?lodge: panic: b\xc3\xa4\r\n");
	pr_err("%0600d", 1);
	assert_int_equal(strlen(seen()), 512);
	p = console_port_create("\x1b]0;x\x07vm\xc3", NULL, NULL);
	guest(p, "\n");
	assert_string_equal(seen(), "[vm?] \r\n");
	console_port_destroy(p);
}

static void endless_background_line_is_broken(void **state)
{
	struct console_port *p = console_port_create("g", NULL, NULL);
	int i;

	for (i = 0; i < 450; i++)
		guest(p, "x");
	assert_int_equal(strlen(seen()), 2 * (200 + strlen("[g] \r\n")));
	guest(p, "\n");
	assert_int_equal(strlen(seen()), 50 + strlen("[g] \r\n"));
	console_port_destroy(p);
}

static void host_line_starts_afresh_within_a_guests(void **state)
{
	struct console_port *p = console_port_create("linux", NULL, NULL);

	console_focus(p);
	guest(p, "login: ");
	host("lodge: hi\n");
	guest(p, "root\r\n");
	host("lodge: ho\n");
	assert_string_equal(seen(), "login: \r\nlodge: hi\r\nroot\r\nlodge: ho\r\n");
	console_port_destroy(p);
}

static void guest_starts_afresh_within_a_hosts_line(void **state)
{
	struct console_port *p = console_port_create("linux", NULL, NULL);

	console_focus(p);
	host("half ");
	host("done");
	guest(p, "ok\r\n");
	assert_string_equal(seen(), "half done\r\nok\r\n");
	console_port_destroy(p);
}

static void background_line_starts_afresh_within_the_focused(void **state)
{
	struct console_port *a = console_port_create("a", NULL, NULL);
	struct console_port *b = console_port_create("b", NULL, NULL);

	console_focus(a);
	guest(a, "~ # ");
	guest(b, "boot\n");
	guest(a, "ls\r\n");
	assert_string_equal(seen(), "~ # \r\n[b] boot\r\nls\r\n");
	console_port_destroy(a);
	console_port_destroy(b);
}

static void focus_shows_the_unfinished_line(void **state)
{
	struct console_port *a = console_port_create("a", NULL, NULL);
	struct console_port *b = console_port_create("b", NULL, NULL);

	console_focus(a);
	guest(a, "a> ");
	guest(b, "b> ");
	console_focus(b);
	assert_string_equal(seen(), "a> \r\nb> ");
	console_focus(b);
	guest(b, "x\r\n");
	guest(a, "y\n");
	assert_string_equal(seen(), "x\r\n[a] y\r\n");
	console_port_destroy(a);
	console_port_destroy(b);
}

static void input_goes_to_the_focus_alone(void **state)
{
	struct console_port *a, *b;

	a = console_port_create("a", on_input, NULL);
	b = console_port_create("b", on_input, NULL);
	type("lost");
	seen();
	console_focus(a);
	assert_string_equal(seen(), "lodge: warning: 4 bytes of input were dropped: "
				    "no VM had the terminal\r\n");
	type("hi");
	assert_int_equal(notified, 2);
	assert_int_equal(console_port_getc(b), -1);
	assert_int_equal(console_port_getc(a), 'h');
	assert_int_equal(console_port_getc(a), 'i');
	assert_int_equal(console_port_getc(a), -1);
	console_port_destroy(a);
	type("x"); /* to nobody: a is gone */
	console_port_destroy(b);
}

static void input_stays_in_the_uart_while_there_is_no_room(void **state)
{
	struct console_port *p = console_port_create("p", NULL, NULL);
	int i, n = 0;

	console_focus(p);
	while (console_input_room())
		console_input((u8)n++);
	assert_int_equal(n, 256);
	assert_false(rx_on);
	/* Not at the first free place: half of it is. */
	for (i = 0; i < 128; i++) {
		assert_int_equal(console_port_getc(p), i);
		assert_false(rx_on);
	}
	assert_int_equal(console_port_getc(p), i++);
	assert_true(rx_on);
	while (i < n)
		assert_int_equal(console_port_getc(p), i++);
	assert_int_equal(console_port_getc(p), -1);
	assert_int_equal(console_port_lost(p), 0);
	/* Another that gets the focus has room. */
	while (console_input_room())
		console_input('x');
	assert_false(rx_on);
	console_focus(NULL);
	assert_true(rx_on);
	console_port_destroy(p);
}

static void full_port_counts_what_it_lost(void **state)
{
	struct console_port *p = console_port_create("p", NULL, NULL);
	int i;

	console_focus(p);
	for (i = 0; i < 300; i++)
		console_input((u8)i);
	assert_int_equal(console_port_lost(p), 300 - 256);
	for (i = 0; i < 256; i++)
		assert_int_equal(console_port_getc(p), i);
	assert_int_equal(console_port_getc(p), -1);
	type("z");
	assert_int_equal(console_port_getc(p), 'z');
	console_port_destroy(p);
}

static void ring_wraps(void **state)
{
	struct console_port *p = console_port_create("p", NULL, NULL);
	int i;

	console_focus(p);
	for (i = 0; i < 2000; i++) {
		console_input((u8)i);
		console_input((u8)(i ^ 0xff));
		assert_int_equal(console_port_getc(p), (u8)i);
		assert_int_equal(console_port_getc(p), (u8)(i ^ 0xff));
	}
	assert_int_equal(console_port_lost(p), 0);
	console_port_destroy(p);
}

static void escape_is_an_ordinary_byte_without_a_hook(void **state)
{
	struct console_port *p = console_port_create("p", NULL, NULL);

	console_focus(p);
	type("\x1dh");
	assert_int_equal(console_port_getc(p), CONSOLE_ESCAPE);
	assert_int_equal(console_port_getc(p), 'h');
	console_port_destroy(p);
}

static void hook_gets_what_follows_the_escape(void **state)
{
	struct console_port *p = console_port_create("p", NULL, NULL);

	console_set_hook(on_hook);
	console_focus(p);
	type("a\x1dh"
	     "b\x1d\x1d"
	     "c");
	assert_string_equal(hooked, "^h");
	assert_int_equal(console_port_getc(p), 'a');
	assert_int_equal(console_port_getc(p), 'b');
	assert_int_equal(console_port_getc(p), CONSOLE_ESCAPE);
	assert_int_equal(console_port_getc(p), 'c');
	assert_int_equal(console_port_getc(p), -1);
	console_focus(NULL);
	type("vm\x1dx");
	assert_string_equal(hooked, "^hvm^x");
	console_port_destroy(p);
}

static void long_name_is_cut(void **state)
{
	char name[100];
	struct console_port *p;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	p = console_port_create(name, NULL, NULL);
	guest(p, "x\n");
	assert_int_equal(strlen(seen()), 31 + strlen("[] x\r\n"));
	console_port_destroy(p);
}

/* Comes last: there is no way back. */
static void after_a_panic_only_the_host_writes(void **state)
{
	struct console_port *a = console_port_create("a", NULL, NULL);
	struct console_port *b = console_port_create("b", NULL, NULL);

	console_focus(a);
	console_panic();
	host("dead\n");
	guest(a, "not me\r\n");
	guest(b, "nor me\r\n");
	assert_string_equal(seen(), "dead\r\n");
	console_port_destroy(a);
	console_port_destroy(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(early_output_comes_before_any_driver),
		TEST(second_driver_is_not_used),
		TEST(focused_port_has_the_terminal_raw),
		TEST(background_lines_have_a_name_in_front),
		TEST(background_loses_control_sequences),
		TEST(background_loses_c1_in_every_form),
		TEST(broken_line_does_not_cut_a_character),
		TEST(focus_shows_an_unfinished_character),
		TEST(what_the_focus_began_does_not_swallow_the_host),
		TEST(message_is_one_line_of_text),
		TEST(endless_background_line_is_broken),
		TEST(host_line_starts_afresh_within_a_guests),
		TEST(guest_starts_afresh_within_a_hosts_line),
		TEST(background_line_starts_afresh_within_the_focused),
		TEST(focus_shows_the_unfinished_line),
		TEST(input_goes_to_the_focus_alone),
		TEST(input_stays_in_the_uart_while_there_is_no_room),
		TEST(full_port_counts_what_it_lost),
		TEST(ring_wraps),
		TEST(escape_is_an_ordinary_byte_without_a_hook),
		TEST(hook_gets_what_follows_the_escape),
		TEST(long_name_is_cut),
		TEST(after_a_panic_only_the_host_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
