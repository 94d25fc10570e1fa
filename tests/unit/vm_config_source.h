/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_CONFIG_SOURCE_H
#define VM_CONFIG_SOURCE_H

#include "vm_config_fixture.h"

#define FILE_NAME "vms/linux.dtb"

/* Descriptions that are right but for what is passed. */
#define ROOT_HEAD	    "/dts-v1/; / { compatible = \"lodge,vm\"; "
#define LABEL		    "label = \"linux\"; "
#define MEMORY		    "memory-mib = <256>; "
#define CHOSEN		    "chosen { kernel = \"/k\"; }; "
#define ROOT(props, nodes)  ROOT_HEAD LABEL props nodes "};"
#define WITH(props)	    ROOT(MEMORY props, CHOSEN)
#define WITH_NODE(nodes)    ROOT(MEMORY, CHOSEN nodes)
#define WITH_CHOSEN(props)  ROOT(MEMORY, "chosen { kernel = \"/k\"; " props " };")
#define WITH_MEMORY(nodes)  ROOT("", CHOSEN nodes)
#define WITH_DEVICES(nodes) WITH_NODE("devices { " nodes " };")

static inline int parse(const char *source, struct vm_config *cfg, char *err)
{
	size_t size;
	void *blob = compile(source, &size);
	int rc = vm_config_parse(blob, size, FILE_NAME, NULL, cfg, err);

	free(blob);
	return rc;
}

static inline void parse_good(const char *source, struct vm_config *cfg)
{
	char err[VM_ERROR_MAX] = "";

	if (parse(source, cfg, err))
		fail_msg("%s", err);
}

#endif
