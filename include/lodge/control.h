/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_CONTROL_H
#define LODGE_CONTROL_H

#include <lodge/types.h>
#include <lodge/vm_config.h>

/*
 * What a person or a script can ask of Lodge. A command is a function with a name, typed parameters
 * and a typed result. Its row in a table makes how it is called, its help and how its result looks.
 */

struct ctl_call;
struct vm;

#define CTL_LINE_MAX  512	   /* bytes of a line, with its end */
#define CTL_WORDS     24	   /* of a line */
#define CTL_PARAMS    4		   /* of a command */
#define CTL_ERROR_MAX VM_ERROR_MAX /* of a sentence, with its end */

/* What a parameter is. */
enum ctl_type {
	CTL_NONE, /* there is none */
	CTL_WORD,
	CTL_VM,	    /* a VM's name, or the beginning of just one */
	CTL_NUMBER, /* decimal, or with 0x */
	CTL_PATH,
	CTL_CHOICE, /* one of some words */
	CTL_REST,   /* all that is left of the line; the last parameter */
};

/** struct ctl_param - a parameter of a command */
struct ctl_param {
	const char *name; /* as help and errors have it: upper case */
	enum ctl_type type;
	bool optional;		    /* so are those that follow */
	u64 min, max;		    /* of CTL_NUMBER */
	const char *const *choices; /* of CTL_CHOICE; NULL behind the last */
};

/** struct ctl_value - what a line says for a parameter */
struct ctl_value {
	const char *text; /* NULL: left out */
	u64 number;	  /* of CTL_NUMBER; the index of CTL_CHOICE */
	struct vm *vm;	  /* of CTL_VM, held until the command has run */
};

/* What a field of a result is. */
enum ctl_field {
	CTL_TEXT,
	CTL_COUNT,
	CTL_BYTES,
	CTL_TIME, /* microseconds */
};

/** struct ctl_column - a field of each row of a result */
struct ctl_column {
	const char *name; /* lower case */
	enum ctl_field type;
	u8 width; /* in text; wider fields move what follows */
};

/** struct ctl_command - a row of a table of commands */
struct ctl_command {
	const char *name; /* a word, or two with a blank between them */
	const char *help; /* a line, without a full stop */
	struct ctl_param param[CTL_PARAMS];
	const struct ctl_column *column;
	u8 nr_columns; /* 0: its result is that it has been done */
	bool single;   /* its result is one row at most, not a list */
	/* 0, or -errno, with ctl_fail() where that says too little. A thread; may sleep. */
	int (*run)(struct ctl_call *c);
};

struct ctl_table {
	const struct ctl_command *command;
	unsigned int nr;
};

/** struct ctl_call - a line, what it means and what becomes of it */
struct ctl_call {
	/* Set by the caller: who is given the result, piece by piece. */
	void (*write)(void *arg, const char *s, size_t n);
	void *arg;

	const struct ctl_table *table;
	const struct ctl_command *command;
	struct ctl_value value[CTL_PARAMS];
	bool json; /* the line says --json */
	u8 col;	   /* of the field that comes next */
	u32 rows;
	char line[CTL_LINE_MAX]; /* the words that values point to */
	char err[CTL_ERROR_MAX];
};

/**
 * ctl_run() - do what a line says, and write what it results in, or one sentence that says why not
 * @c: with write and arg set
 * @table: outlives the call
 * Return: 0, also for an empty line, or -errno, which has been told.
 */
int ctl_run(struct ctl_call *c, const struct ctl_table *table, const char *line);

/* For commands. */

/** ctl_fail() - @rc, with a sentence that says what is wrong and what can be done about it. */
__printf(3, 4) int ctl_fail(struct ctl_call *c, int rc, const char *fmt, ...);
/** ctl_put_text() - the next field of the result, of the type CTL_TEXT; NULL: it has none. */
void ctl_put_text(struct ctl_call *c, const char *s);
/** ctl_put_number() - the next field of the result, of another type. */
void ctl_put_number(struct ctl_call *c, u64 n);
/** ctl_help() - a command: those of the table, or those that begin with its parameter. */
int ctl_help(struct ctl_call *c);
/** ctl_help_columns - of its result */
#define CTL_HELP_COLUMNS 2
extern const struct ctl_column ctl_help_columns[CTL_HELP_COLUMNS];

/**
 * ctl_usage() - how @cmd is called, in @buf of @size bytes
 * Return: its length.
 */
int ctl_usage(const struct ctl_command *cmd, char *buf, size_t size);

#endif
