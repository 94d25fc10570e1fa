// SPDX-License-Identifier: Apache-2.0
/* A line becomes a command with typed values, or one sentence that says what is wrong with it. */
/* links: control/run.c control/parse.c control/words.c control/find_vm.c control/help.c */
/* links: control/text.c control/json.c */
#include <lodge/errno.h>
#include "control_fixture.h"

/* What the command was given last. */
static struct ctl_value got[CTL_PARAMS];
static char got_text[CTL_PARAMS][CTL_LINE_MAX];
static unsigned int runs;

static int note(struct ctl_call *c)
{
	unsigned int i;

	runs++;
	for (i = 0; i < CTL_PARAMS; i++) {
		got[i] = c->value[i];
		snprintf(got_text[i], CTL_LINE_MAX, "%s", got[i].text ? got[i].text : "(none)");
	}
	return 0;
}

static int refuse(struct ctl_call *c)
{
	return -ENOSPC;
}

static const char *const levels[] = { "all", "warnings", NULL };

static const struct ctl_command commands[] = {
	{ "help",
	  "h",
	  { { "COMMAND", .type = CTL_REST, .optional = true } },
	  ctl_help_columns,
	  CTL_HELP_COLUMNS,
	  .run = ctl_help },
	{ "ls", "list files", { { "PATH", .type = CTL_PATH } }, .run = note },
	{ "log",
	  "l",
	  { { "LEVEL", .type = CTL_CHOICE, .choices = levels },
	    { "LINES", .type = CTL_NUMBER, .optional = true, .min = 1, .max = 100 } },
	  .run = note },
	{ "vm pause", "p", { { "VM", .type = CTL_VM } }, .run = note },
	{ "vm note", "n", { { "VM", .type = CTL_VM }, { "TEXT", .type = CTL_REST } }, .run = note },
	{ "two",
	  "t",
	  { { "A", .type = CTL_WORD }, { "B", .type = CTL_WORD, .optional = true } },
	  .run = note },
	{ "full", "f", .run = refuse },
};

static const struct ctl_table table = { commands, ARRAY_SIZE(commands) };

/* @line runs its command. */
static void runs_well(const char *line)
{
	runs = 0;
	assert_int_equal(run_line(&table, line), 0);
	assert_string_equal(result, "");
	assert_int_equal(runs, 1);
}

/* @line runs nothing, and says @sentence. */
static void says(const char *line, int rc, const char *sentence)
{
	char want[CTL_ERROR_MAX + 1];

	runs = 0;
	snprintf(want, sizeof(want), "%s\n", sentence);
	assert_int_equal(run_line(&table, line), rc);
	assert_string_equal(result, want);
	assert_int_equal(runs, 0);
}

static void words_are_given_without_their_quotes(void **state)
{
	static const struct {
		const char *line, *a, *b;
	} lines[] = {
		{ "two a b", "a", "b" },
		{ " \ttwo\t a \t b  ", "a", "b" },
		{ "two a", "a", "(none)" },
		{ "two 'a b' c", "a b", "c" },
		{ "two \"a b\" \"c d\"", "a b", "c d" },
		{ "two a\\ b c\\\\", "a b", "c\\" },
		{ "two 'a\\' \"b\\\"\"", "a\\", "b\"" },
		{ "two x'y'\"z\" ''", "xyz", "" },
		{ "two \xc3\xa4 \xe6\xbc\xa2", "\xc3\xa4", "\xe6\xbc\xa2" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		runs_well(lines[i].line);
		assert_string_equal(got_text[0], lines[i].a);
		assert_string_equal(got_text[1], lines[i].b);
	}
}

static void blank_line_does_nothing(void **state)
{
	runs = 0;
	assert_int_equal(run_line(&table, ""), 0);
	assert_int_equal(run_line(&table, " \t "), 0);
	assert_string_equal(result, "");
	assert_int_equal(runs, 0);
}

static void long_and_unfinished_lines_are_refused(void **state)
{
	char line[CTL_LINE_MAX + 1];

	says("two 'a", -EINVAL, "a quote is not closed; write \\ before it if it is none");
	says("two \"a\\\"", -EINVAL, "a quote is not closed; write \\ before it if it is none");
	says("two 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24", -E2BIG,
	     "the line has more than 24 words");
	memset(line, 'a', sizeof(line));
	line[CTL_LINE_MAX] = 0;
	says(line, -E2BIG, "the line is longer than 511 bytes");
	memcpy(line, "two ", 4);
	line[CTL_LINE_MAX - 1] = 0;
	runs_well(line);
	assert_int_equal(strlen(got_text[0]), CTL_LINE_MAX - 5);
}

static void unknown_commands_are_told_with_what_is_meant(void **state)
{
	says("lgo all", -ENOENT, "lgo: there is no such command; did you mean \"log\"?");
	says("vm puase linux", -ENOENT,
	     "vm puase: there is no such command; did you mean \"vm pause\"?");
	says("vn pause", -ENOENT, "vn pause: there is no such command; did you mean \"vm pause\"?");
	says("vm", -ENOENT, "vm: say what to do: pause, note");
	says("vm frobnicate", -ENOENT,
	     "vm frobnicate: there is no such command; there are pause, note");
	says("frobnicate", -ENOENT,
	     "frobnicate: there is no such command; \"help\" tells which there are");
}

static void missing_and_surplus_words_are_told_with_the_usage(void **state)
{
	says("ls", -EINVAL, "ls: PATH is missing; use: ls PATH");
	says("log", -EINVAL, "log: LEVEL is missing; use: log all|warnings [LINES]");
	says("ls a b", -EINVAL, "ls: b is too much; use: ls PATH");
	says("full x", -EINVAL, "full: x is too much; use: full");
	says("vm note linux", -EINVAL, "vm note: TEXT is missing; use: vm note VM TEXT");
}

static void numbers_have_their_range(void **state)
{
	runs_well("log all 100");
	assert_int_equal(got[1].number, 100);
	runs_well("log all 0x10");
	assert_int_equal(got[1].number, 16);
	says("log all 0", -ERANGE, "log: LINES is 0, but must be from 1 to 100");
	says("log all 101", -ERANGE, "log: LINES is 101, but must be from 1 to 100");
	says("log all 99999999999999999999", -ERANGE,
	     "log: LINES is 99999999999999999999, but must be from 1 to 100");
	says("log all ten", -EINVAL, "log: LINES is \"ten\", which is no number");
	says("log all -1", -EINVAL, "log: LINES is \"-1\", which is no number");
}

static void choices_are_told(void **state)
{
	runs_well("log warnings");
	assert_int_equal(got[0].number, 1);
	assert_null(got[1].text);
	says("log none", -EINVAL, "log: LEVEL is \"none\", but must be one of all, warnings");
}

static void the_rest_is_one_text(void **state)
{
	runs_well("vm note linux  a  'b c'   d");
	assert_string_equal(got_text[1], "a b c d");
}

static void vms_are_found_by_name_and_beginning(void **state)
{
	runs_well("vm pause linux");
	assert_ptr_equal(got[0].vm, &vms[0]); /* though linux-2 begins so, too */
	runs_well("vm pause rt");
	assert_ptr_equal(got[0].vm, &vms[2]);
	says("vm pause lin", -EINVAL,
	     "\"lin\" is the beginning of 2 VMs: linux, linux-2; write more of the name");
	says("vm pause lniux", -ENOENT, "there is no VM \"lniux\"; did you mean \"linux\"?");
	says("vm pause other", -ENOENT,
	     "there is no VM \"other\"; there are: linux, linux-2, rtos");
	nr_vms = 0;
	says("vm pause other", -ENOENT, "there is no VM \"other\", nor any other");
	nr_vms = 3;
}

static void vms_of_refused_lines_are_given_back(void **state)
{
	says("vm note linux", -EINVAL, "vm note: TEXT is missing; use: vm note VM TEXT");
	says("vm pause linux now", -EINVAL, "vm pause: now is too much; use: vm pause VM");
}

static void options_stand_anywhere_and_are_known(void **state)
{
	says("--jason ls", -EINVAL, "--jason: there is no such option; there is --json");
	runs = 0;
	assert_int_equal(run_line(&table, "two --json a b"), 0);
	assert_int_equal(runs, 1);
	assert_string_equal(got_text[1], "b");
	assert_string_equal(result, "{}\n");
}

static void errors_without_a_sentence_get_one(void **state)
{
	says("full", -ENOSPC, "full: no space left");
}

/* Whatever is typed, all of it is judged and nothing is held. */
static void random_lines_do_no_harm(void **state)
{
	static const char *const parts[] = { "vm",   "pause",  "note", "linux", "lin",	"log",
					     "all",  "ls",     "'",    "\"",	"\\",	" ",
					     "\t",   "--json", "-- ",  "5",	"\xff", "\xc3\xa4",
					     "help", "two",    "" };
	u64 seed = shim_seed(1);
	unsigned int i, k;
	char line[CTL_LINE_MAX + 64];

	for (i = 0; i < shim_rounds(20000); i++) {
		line[0] = 0;
		for (k = shim_random(&seed) % 12; k; k--) {
			strcat(line, parts[shim_random(&seed) % ARRAY_SIZE(parts)]);
			if (shim_random(&seed) % 2)
				strcat(line, " ");
		}
		runs = 0;
		if (run_line(&table, line))
			assert_true(result[0] && result[strlen(result) - 1] == '\n');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_given_without_their_quotes),
		cmocka_unit_test(blank_line_does_nothing),
		cmocka_unit_test(long_and_unfinished_lines_are_refused),
		cmocka_unit_test(unknown_commands_are_told_with_what_is_meant),
		cmocka_unit_test(missing_and_surplus_words_are_told_with_the_usage),
		cmocka_unit_test(numbers_have_their_range),
		cmocka_unit_test(choices_are_told),
		cmocka_unit_test(the_rest_is_one_text),
		cmocka_unit_test(vms_are_found_by_name_and_beginning),
		cmocka_unit_test(vms_of_refused_lines_are_given_back),
		cmocka_unit_test(options_stand_anywhere_and_are_known),
		cmocka_unit_test(errors_without_a_sentence_get_one),
		cmocka_unit_test(random_lines_do_no_harm),
	};

	add_vm("linux");
	add_vm("linux-2");
	add_vm("rtos");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
