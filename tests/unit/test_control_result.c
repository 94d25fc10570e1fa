// SPDX-License-Identifier: Apache-2.0
/* A result as text and as JSON. */
/* links: control/run.c control/parse.c control/words.c control/find_vm.c control/help.c */
/* links: control/text.c control/json.c */
#include <lodge/errno.h>
#include "control_fixture.h"

static const struct ctl_column columns[] = {
	{ "name", CTL_TEXT, 6 },     { "exits", CTL_COUNT, 6 }, { "memory", CTL_BYTES, 9 },
	{ "cpu time", CTL_TIME, 9 }, { "why", CTL_TEXT, 10 },
};

static void put_row(struct ctl_call *c, const char *name, u64 exits, u64 memory, u64 us,
		    const char *why)
{
	ctl_put_text(c, name);
	ctl_put_number(c, exits);
	ctl_put_number(c, memory);
	ctl_put_number(c, us);
	ctl_put_text(c, why);
}

static int list(struct ctl_call *c)
{
	put_row(c, "a", 1, 0, 999, NULL);
	put_row(c, "\xc3\xa4\xc3\xb6", 22, 1023, 1000, "say \"x\"\\");
	put_row(c, "longer-name", 333333, 1024, 61000000, "\x1b[2Jz\n");
	put_row(c, "b", 0, 1536ull << 20, 0, "\xff");
	put_row(c, "c", 0, ~0ull, ~0ull, "");
	return 0;
}

static int one(struct ctl_call *c)
{
	put_row(c, "a", 1, 64 << 20, 1500, NULL);
	return 0;
}

static int nothing(struct ctl_call *c)
{
	return 0;
}

static int half(struct ctl_call *c)
{
	put_row(c, "a", 1, 1, 1, NULL);
	return ctl_fail(c, -EIO, "the \"disk\" is gone; look at its cable");
}

static int cut_short(struct ctl_call *c)
{
	ctl_put_text(c, "a");
	return 0;
}

static int mistyped(struct ctl_call *c)
{
	ctl_put_number(c, 1);
	return 0;
}

#define RESULT columns, ARRAY_SIZE(columns)

static const struct ctl_command commands[] = {
	{ "help",
	  "list commands",
	  { { "COMMAND", .type = CTL_REST, .optional = true } },
	  ctl_help_columns,
	  CTL_HELP_COLUMNS,
	  .run = ctl_help },
	{ "list", "list all", {}, RESULT, .run = list },
	{ "one", "show one", { { "VM", .type = CTL_VM } }, RESULT, .single = true, .run = one },
	{ "none", "list none", {}, RESULT, .run = nothing },
	{ "done", "do something", .run = nothing },
	{ "half", "list half", {}, RESULT, .run = half },
	{ "half one", "show half", {}, RESULT, .single = true, .run = half },
	{ "cut", "c", {}, RESULT, .run = cut_short },
	{ "mistyped", "m", {}, RESULT, .run = mistyped },
};

static const struct ctl_table table = { commands, ARRAY_SIZE(commands) };

static void shows(const char *line, const char *want)
{
	run_line(&table, line);
	assert_string_equal(result, want);
}

static void lists_are_aligned_and_harmless(void **state)
{
	shows("list", "NAME     EXITS     MEMORY   CPU TIME  WHY\n"
		      "a            1        0 B    0.000 s  -\n"
		      "\xc3\xa4\xc3\xb6          22     1023 B    0.001 s  say \"x\"\\\n"
		      "longer-name  333333      1 KiB   61.000 s  z\n"
		      "b            0    1.5 GiB    0.000 s  ?\n"
		      "c            0   15.9 EiB  18446744073709.551 s  \n");
}

static void a_single_row_has_a_line_for_each_field(void **state)
{
	shows("one linux", "name      a\n"
			   "exits     1\n"
			   "memory    64 MiB\n"
			   "cpu time  0.001 s\n"
			   "why       -\n");
}

static void json_has_names_with_units_and_nothing_lost(void **state)
{
	shows("list --json",
	      "{\"result\": ["
	      "{\"name\": \"a\", \"exits\": 1, \"memory_bytes\": 0, \"cpu_time_us\": 999, \"why\": null}, "
	      "{\"name\": \"\xc3\xa4\xc3\xb6\", \"exits\": 22, \"memory_bytes\": 1023, \"cpu_time_us\": 1000, "
	      "\"why\": \"say \\\"x\\\"\\\\\"}, "
	      "{\"name\": \"longer-name\", \"exits\": 333333, \"memory_bytes\": 1024, "
	      "\"cpu_time_us\": 61000000, \"why\": \"\\u001b[2Jz\\u000a\"}, "
	      "{\"name\": \"b\", \"exits\": 0, \"memory_bytes\": 1610612736, \"cpu_time_us\": 0, "
	      "\"why\": \"\\ufffd\"}, "
	      "{\"name\": \"c\", \"exits\": 0, \"memory_bytes\": 18446744073709551615, "
	      "\"cpu_time_us\": 18446744073709551615, \"why\": \"\"}]}\n");
	shows("one linux --json",
	      "{\"result\": {\"name\": \"a\", \"exits\": 1, \"memory_bytes\": 67108864, "
	      "\"cpu_time_us\": 1500, \"why\": null}}\n");
}

static void empty_results_are_results(void **state)
{
	shows("none", "");
	shows("none --json", "{\"result\": []}\n");
	shows("done", "");
	shows("done --json", "{}\n");
}

static void errors_follow_what_was_found(void **state)
{
	static const char row[] = "{\"name\": \"a\", \"exits\": 1, \"memory_bytes\": 1, "
				  "\"cpu_time_us\": 1, \"why\": null}";
	static const char error[] = "\"error\": \"the \\\"disk\\\" is gone; look at its cable\"}\n";
	char want[512];

	assert_int_equal(run_line(&table, "half"), -EIO);
	assert_non_null(strstr(result, "-\nthe \"disk\" is gone; look at its cable\n"));
	snprintf(want, sizeof(want), "{\"result\": [%s], %s", row, error);
	shows("half --json", want);
	snprintf(want, sizeof(want), "{\"result\": %s, %s", row, error);
	shows("half one --json", want);
	shows("--json nonsense",
	      "{\"error\": \"nonsense: there is no such command; \\\"help\\\" tells which there are\"}\n");
}

static void help_is_made_from_the_table(void **state)
{
	shows("help half", "COMMAND                         HELP\n"
			   "half                            list half\n"
			   "half one                        show half\n");
	shows("help one", "COMMAND                         HELP\n"
			  "one VM                          show one\n");
	shows("help h", "COMMAND                         HELP\n"
			"help [COMMAND]                  list commands\n"
			"half                            list half\n"
			"half one                        show half\n");
	shows("help x y", "no command begins with \"x y\"; \"help\" tells which there are\n");
	run_line(&table, "help");
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		assert_non_null(strstr(result, commands[i].help));
}

static void rows_are_whole_and_of_their_types(void **state)
{
	assert_panics(run_line(&table, "cut"));
	assert_panics(run_line(&table, "mistyped"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_aligned_and_harmless),
		cmocka_unit_test(a_single_row_has_a_line_for_each_field),
		cmocka_unit_test(json_has_names_with_units_and_nothing_lost),
		cmocka_unit_test(empty_results_are_results),
		cmocka_unit_test(errors_follow_what_was_found),
		cmocka_unit_test(help_is_made_from_the_table),
		cmocka_unit_test(rows_are_whole_and_of_their_types),
	};

	add_vm("linux");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
