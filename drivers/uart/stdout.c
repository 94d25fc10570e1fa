// SPDX-License-Identifier: Apache-2.0
/* Which UART is the terminal (Devicetree Specification 0.4, 3.6). */
#include "uart.h"
#include <lodge/fdt.h>
#include <lodge/string.h>

#define STDOUT_PATH_MAX 96

/* The node that stdout-path names: a path or an alias, with options after a colon. */
static int stdout_node(const void *fdt)
{
	int chosen = fdt_find_path(fdt, "/chosen");
	const char *path = chosen < 0 ? NULL : fdt_prop_string(fdt, chosen, "stdout-path");
	char name[STDOUT_PATH_MAX];
	char *options;

	if (!path || strcopy(name, path, sizeof(name)) < 0)
		return -1;
	options = strchr(name, ':');
	if (options)
		*options = 0;
	if (name[0] != '/') {
		int aliases = fdt_find_path(fdt, "/aliases");

		path = aliases < 0 ? NULL : fdt_prop_string(fdt, aliases, name);
		return path ? fdt_find_path(fdt, path) : -1;
	}
	return fdt_find_path(fdt, name);
}

bool uart_is_console(const void *fdt, int node)
{
	int wanted = stdout_node(fdt);

	return wanted < 0 || wanted == node;
}
