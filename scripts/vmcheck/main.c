// SPDX-License-Identifier: Apache-2.0
/*
 * vmcheck [--cpus=N] [--memory=SIZE] [--host=FILE] FILE...: reads VM descriptions, .dts or .dtb, as the hypervisor
 * would, and tells what it would refuse: errors in one, and what they claim together that only one
 * can have or, of a machine with so many CPUs or so much RAM for VMs, or with the devicetree in a
 * FILE, that there is not.
 * Status 0 when there is nothing, 1 when there is, 2 when a file cannot be read.
 */
#include <lodge/board.h>
#include <lodge/errno.h>
#include <lodge/fdt.h>
#include <lodge/thread.h>
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
	FILE *f = NULL;

	if (!access(path, R_OK))
		f = has_suffix(path, ".dts") ? compile(path, &child) : fopen(path, "r");
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

/* ---- the machine's devicetree ---- */

/* For where its drivers are not. */
static struct host_tree host;

/* Linux's bindings of the controllers that Lodge drives: GICs have a type first, and shared ones are 0. */
static int host_irq(u32 controller, const u32 *cells, unsigned int n, u32 *irq)
{
	static const char *const known[] = { "arm,gic-v3",	  "arm,cortex-a15-gic",
					     "arm,gic-400",	  "arm,cortex-a9-gic",
					     "arm,cortex-a7-gic", "sifive,plic-1.0.0",
					     "riscv,plic0" };
	int node = fdt_find_phandle(host.fdt, controller);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (node >= 0 && fdt_node_is(host.fdt, node, known[i]))
			break;
	if (i == ARRAY_SIZE(known) || (n >= 3 && cells[0]))
		return -EINVAL;
	*irq = n >= 3 ? cells[1] + 32 : cells[0];
	return 0;
}

static void read_host(const char *path)
{
	static char blob[BLOB_MAX] __aligned(8);
	size_t size;

	if (!read_blob(path, blob, &size))
		exit(2);
	if (fdt_check(blob, size)) {
		fprintf(stderr, "vmcheck: %s: not a devicetree blob, or a damaged one\n", path);
		exit(2);
	}
	host = (struct host_tree){ .fdt = blob, .irq = host_irq };
}

/* Nothing else waits. */
void thread_make_room(void)
{
}

/* ---- descriptions ---- */

static int check_file(const char *path, struct vm_config *cfg)
{
	static char blob[BLOB_MAX] __aligned(8);
	char err[VM_ERROR_MAX] = "";
	size_t size;

	if (!read_blob(path, blob, &size))
		return 2;
	if (vm_config_parse(blob, size, short_name(path), host.fdt ? &host : NULL, cfg, err)) {
		fprintf(stderr, "%s\n", err);
		return 1;
	}
	return 0;
}

/* Those that get on with each other, as the hypervisor would keep them. */
static const struct vm_config **kept;
static unsigned int nr_kept;

static const struct vm_config *kept_config(unsigned int n)
{
	return n < nr_kept ? kept[n] : NULL;
}

static int check_conflicts(const struct vm_config *cfg, int n, const struct vm_machine *machine)
{
	char err[VM_ERROR_MAX] = "";
	int i, bad = 0;

	for (i = 0; i < n; i++) {
		if (vm_config_conflict(&cfg[i], kept_config, machine, err)) {
			fprintf(stderr, "%s\n", err);
			bad = 1;
		} else {
			kept[nr_kept++] = &cfg[i];
		}
	}
	return bad;
}

/* The number behind @option, if @arg begins with that; 1 to @most, and perhaps one of @units. */
static bool option_number(const char *arg, const char *option, u64 most, const char *units,
			  u64 *out)
{
	const char *number = arg + strlen(option);
	char *end;

	if (strncmp(arg, option, strlen(option)))
		return false;
	*out = strtoull(number, &end, 10);
	if (*number < '0' || *number > '9' || !*out || *out > most ||
	    (*end && (!strchr(units, *end) || end[1]))) {
		fprintf(stderr, "vmcheck: %s: use a %s from 1 to %lu%s\n", arg,
			*units ? "size such as 512M or 2G," : "number", most, *units ? " MiB" : "");
		exit(2);
	}
	if (*end == 'g' || *end == 'G')
		*out <<= 10;
	return true;
}

static bool read_option(const char *arg, struct vm_machine *machine)
{
	u64 n;

	if (option_number(arg, "--cpus=", 64, "", &n))
		machine->cpus = n;
	else if (option_number(arg, "--memory=", 1 << 24, "mMgG", &n))
		machine->memory = n << 20;
	else if (!strncmp(arg, "--host=", 7))
		read_host(arg + 7);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct vm_config *cfg = calloc(argc, sizeof(*cfg));
	struct vm_machine machine = { 0 };
	int i = 1, n = 0, bad = 0, ret;

	kept = calloc(argc, sizeof(*kept));
	while (i < argc && read_option(argv[i], &machine))
		i++;
	if (!cfg || !kept || i >= argc || !strncmp(argv[i], "--", 2)) {
		fprintf(stderr,
			"usage: vmcheck [--cpus=N] [--memory=512M|2G] [--host=FILE] FILE.dts|FILE.dtb...\n");
		return 2;
	}
	for (; i < argc; i++) {
		ret = check_file(argv[i], &cfg[n]);
		if (ret)
			bad = max(bad, ret);
		else
			n++;
	}
	bad = max(bad, check_conflicts(cfg, n, &machine));
	free(kept);
	free(cfg);
	return bad;
}
