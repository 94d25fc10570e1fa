/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CONFIG_FIXTURE_H
#define HOST_CONFIG_FIXTURE_H

/* Descriptions for a machine whose devicetree is known: that of host_tree_fixture.h, or another. */
#include "vm_config_source.h"
#include "host_tree_fixture.h"

/* Memory at the host's own addresses. */
#define IDENTICAL "memory@90000000 { reg = <0 0x90000000 0 0x400000>; backing = \"identical\"; };"

static struct host_tree host = { .irq = host_irq_number, .user = host_user };
static struct vm_config cfg;
static char err[VM_ERROR_MAX];

static int parse_with(const char *source, const struct host_tree *h)
{
	size_t size;
	void *blob = compile(source, &size);
	int rc;

	memset(err, 0, sizeof(err));
	rc = vm_config_parse(blob, size, FILE_NAME, h, &cfg, err);
	free(blob);
	return rc;
}

static void good(const char *source)
{
	if (parse_with(source, &host))
		fail_msg("%s", err);
}

static int group_setup(void **state)
{
	size_t size;

	host_blob = compile(host_source, &size);
	assert_int_equal(fdt_check(host_blob, size), 0);
	host.fdt = host_blob;
	return 0;
}

static int group_teardown(void **state)
{
	free(host_blob);
	return 0;
}

#endif
