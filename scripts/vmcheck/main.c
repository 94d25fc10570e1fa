// SPDX-License-Identifier: Apache-2.0
/*
 * vmcheck FILE...: reads VM descriptions, .dts or .dtb, as the hypervisor would, and tells
 * what it would refuse: errors in one, and what two of them claim that only one can have.
 * Status 0 when there is nothing, 1 when there is, 2 when a file cannot be read.
 */
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/vm_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOB_MAX (1 << 20)

/* Kinds of devices that are built in: from the sources that register them. */
static const struct vdev_ops known_devices[] = {
#define DEVICE(name) { .compatible = name },
#include "vmcheck-devices.h"
#undef DEVICE
};

const struct vdev_ops *vdev_find_ops(const char *compatible)
{
	const char *kind = board_kind(compatible);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_devices); i++)
		if (!strcmp(known_devices[i].compatible, kind))
			return &known_devices[i];
	return NULL;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && !strcmp(name + n - s, suffix);
}

/* A stream with what dtc makes of @path; its complaints go to stderr. */
static FILE *compile(const char *path, pid_t *child)
{
	int fds[2];

	if (pipe(fds))
		return NULL;
	*child = fork();
	if (*child < 0)
		return NULL;
	if (*child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execlp("dtc", "dtc", "-q", "-I", "dts", "-O", "dtb", path, (char *)NULL);
		fprintf(stderr, "vmcheck: dtc is not installed. Try: make setup\n");
		_exit(127);
	}
	close(fds[1]);
	return fdopen(fds[0], "r");
}

static bool read_blob(const char *path, void *blob, size_t *size)
{
	pid_t child = 0;
	int status = 0;
	FILE *f = has_suffix(path, ".dts") ? compile(path, &child) : fopen(path, "r");

	if (!f) {
		perror(path);
		return false;
	}
	*size = fread(blob, 1, BLOB_MAX, f);
	fclose(f);
	if (child > 0)
		waitpid(child, &status, 0);
	return status == 0;
}

/* What to call a file in messages, which have no room for any path. */
static const char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strlen(path) < VM_PATH_MAX || !slash ? path : slash + 1;
}

static int check_file(const char *path, struct vm_config *cfg)
{
	static char blob[BLOB_MAX] __aligned(8);
	char err[VM_ERROR_MAX] = "";
	size_t size;

	if (!read_blob(path, blob, &size))
		return 2;
	if (vm_config_parse(blob, size, short_name(path), cfg, err)) {
		fprintf(stderr, "%s\n", err);
		return 1;
	}
	return 0;
}

static int check_conflicts(const struct vm_config *cfg, int n)
{
	char err[VM_ERROR_MAX] = "";
	int a, b, bad = 0;

	for (a = 0; a < n; a++) {
		for (b = a + 1; b < n; b++) {
			if (vm_config_conflict(&cfg[a], &cfg[b], err)) {
				fprintf(stderr, "%s\n", err);
				bad = 1;
			}
		}
	}
	return bad;
}

int main(int argc, char **argv)
{
	struct vm_config *cfg = calloc(argc, sizeof(*cfg));
	int i, n = 0, bad = 0, ret;

	if (!cfg || argc < 2) {
		fprintf(stderr, "usage: vmcheck FILE.dts|FILE.dtb...\n");
		return 2;
	}
	for (i = 1; i < argc; i++) {
		ret = check_file(argv[i], &cfg[n]);
		if (ret)
			bad = max(bad, ret);
		else
			n++;
	}
	bad = max(bad, check_conflicts(cfg, n));
	free(cfg);
	return bad;
}
