// SPDX-License-Identifier: Apache-2.0
/* links: kernel/printk.c */
/* flags: -DCONFIG_CONSOLE_BUFFER_SHIFT=14 -DCONFIG_CONSOLE_KEPT_KIB=1 */
/* What a VM said while it did not have the terminal is shown when it gets it. */
#include "console_fixture.h"
#include "../../kernel/console/kept.c"

static struct console_port *p, *other;

static int setup(void **state)
{
	shim_irqs_enabled = 1;
	console_register(&driver);
	console_start();
	seen();
	can_sleep = true;
	meanwhile = NULL;
	fifo_room = ~0u;
	p = console_port_create("linux", NULL, NULL);
	other = console_port_create("other", NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	console_port_destroy(p);
	console_port_destroy(other);
	seen();
	assert_int_equal(shim_objects, 0);
	return 0;
}

static void what_it_said_comes_first(void **state)
{
	guest(p, "one\r\n\x1b[1mtwo\x1b[0m\r\n");
	guest(p, "~ # ");
	assert_string_equal(seen(), "[linux] one\r\n[linux] two\r\n");
	console_attach(p);
	/* As it was said, the unfinished line once. */
	assert_string_equal(seen(), "one\r\n\x1b[1mtwo\x1b[0m\r\n~ # ");
	guest(p, "ls");
	assert_string_equal(seen(), "ls");
}

static void only_once(void **state)
{
	guest(p, "one\n");
	console_attach(p);
	guest(p, "two\n");
	console_focus(NULL);
	seen();
	console_attach(p);
	assert_string_equal(seen(), "");
	console_focus(NULL);
	guest(p, "three\n");
	seen();
	/* By the way that shows nothing, it is gone, too. */
	console_focus(p);
	console_focus(NULL);
	console_attach(p);
	assert_string_equal(seen(), "");
}

static void of_much_the_last_whole_lines(void **state)
{
	char line[24];
	const char *s;
	int i;

	for (i = 0; i < 300; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		guest(p, line);
	}
	seen();
	console_attach(p);
	s = seen();
	assert_true(strlen(s) > 1000 && strlen(s) <= 1024);
	assert_int_equal(strncmp(s, "line 1", 6), 0);
	assert_string_equal(s + strlen(s) - 9, "line 299\n");
	assert_null(strchr(s, '\r'));
}

static void a_line_without_an_end_is_not_shown_in_part(void **state)
{
	int i;

	for (i = 0; i < 1100; i++)
		guest(p, "x");
	seen();
	console_attach(p);
	assert_string_equal(seen(), "");
	guest(p, "y\n");
	assert_string_equal(seen(), "y\n");
}

static void another_loses_the_terminal(void **state)
{
	console_focus(other);
	guest(other, "half");
	guest(p, "one\n");
	seen();
	console_attach(p);
	assert_string_equal(seen(), "one\n");
	guest(other, " a line\n");
	assert_string_equal(seen(), "[other]  a line\r\n");
}

/* The terminal takes some of it while a thread waits. */
static void terminal_goes_on(void)
{
	fifo_room = 4096;
	console_tx();
	fifo_room = 0;
}

static void it_waits_for_the_terminal(void **state)
{
	int i;

	guest(p, "one\n");
	seen();
	fifo_room = 0;
	can_sleep = false;
	for (i = 0; i < 200; i++)
		host("a line of the log, of which many wait here\n");
	can_sleep = true;
	meanwhile = terminal_goes_on;
	sleeps = 0;
	console_attach(p);
	assert_true(sleeps);
	fifo_room = ~0u;
	assert_non_null(strstr(seen(), "many wait here\r\none\n"));
	assert_ptr_equal(con.focus, p);
}

static void one_that_goes_on_is_not_followed_for_ever(void **state)
{
	fifo_room = ~0u;
	guest(p, "one\n");
	seen();
	/* As if it filled all that is kept between any two pieces. */
	for (unsigned int nth = 0;; nth++) {
		assert_true(nth <= PIECES_MOST);
		if (show_piece(p, nth))
			break;
		for (int i = 0; i < 300; i++)
			guest(p, "flood\n");
	}
	assert_ptr_equal(con.focus, p);
	assert_int_equal(kept_count(&p->kept), 0);
	assert_false(p->showing);
	/* And with no name in front. */
	assert_null(strchr(seen(), '['));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_it_said_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(only_once, setup, teardown),
		cmocka_unit_test_setup_teardown(of_much_the_last_whole_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_without_an_end_is_not_shown_in_part, setup,
						teardown),
		cmocka_unit_test_setup_teardown(another_loses_the_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(it_waits_for_the_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_goes_on_is_not_followed_for_ever, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
