/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VM_CONFIG_H
#define LODGE_VM_CONFIG_H

#include <lodge/host_tree.h>
#include <lodge/irq.h>
#include <lodge/region.h>
#include <lodge/vdev.h>

/* A VM description as C sees it: Documentation/vm-description.rst. */

#define VM_NAME_MAX	 32 /* with the terminating zero */
#define VM_PATH_MAX	 128
#define VM_ARGS_MAX	 512
#define VM_MAX_VCPUS	 8
#define VM_MAX_DEVS	 16
#define VM_MAX_LINES	 64  /* interrupts of passed-through devices */
#define VM_MAX_HOST_DEVS 64  /* devices that are given by their paths */
#define VM_MAX_PORTS	 16  /* ranges of passed-through I/O ports */
#define VM_MAX_ACPI_DEVS 16  /* passed-through devices that ACPI tells of */
#define VM_MAX_VMS	 32  /* descriptions that the host keeps */
#define VM_ERROR_MAX	 512 /* one line for a person */

/* Where a guest's addresses end: what every nested page-table format can translate. */
#define VM_GPA_LIMIT GIB(1024)

enum vm_on_exit { ON_EXIT_KEEP, ON_EXIT_DESTROY, ON_EXIT_RESTART, ON_EXIT_POWEROFF_HOST };
enum vm_on_watchdog { ON_WATCHDOG_RESET, ON_WATCHDOG_STOP, ON_WATCHDOG_NOTIFY };
/* What becomes of a VM whose guest was asked to power off, and has not in time. */
enum vm_on_stop_timeout { STOP_TIMEOUT_KILL, STOP_TIMEOUT_CONTINUE };

/* What a vCPU is entitled to: Documentation/scheduling.rst. */
struct vcpu_config {
	u64 affinity;	       /* bit n: may run on CPU n; 0 means any */
	u32 weight;	       /* of its share of a CPU */
	u32 cap;	       /* percent of a CPU that it gets at most; 0: no cap */
	u32 reservation_us[2]; /* budget in each period, and that; 0: none */
	bool exclusive;
};

/**
 * struct vm_config_claim - a range of the host's addresses that a description names
 * @node:   that names it, cut if it is long
 * @device: it is a device's, not memory
 */
struct vm_config_claim {
	hpa_t hpa;
	u64 size;
	bool device;
	char node[48];
};

/* An interrupt of the host that is the guest's. */
struct line_config {
	char device[24]; /* the node's name */
	u32 irq;	 /* input of the guest's interrupt controller */
	u32 host_irq;	 /* of the host's */
	enum irq_trigger trigger;
	bool by_path; /* the host's tree tells it, not the description */
};

/* A device of the host's that is the guest's, by its path: it has a node in the guest's tree. */
struct host_device_config {
	int node;   /* in the host's tree */
	u64 offset; /* from the host's address of its registers to the guest's */
	unsigned int first_line, nr_lines;
};

/* I/O ports of the host that the guest has as they are. */
struct port_config {
	char device[24]; /* the node's name */
	u32 first, nr;
};

/* A passed-through device that ACPI's tables tell the guest of; its windows and interrupts are among the others. */
struct acpi_device_config {
	char hid[9]; /* its _HID */
	gpa_t base;
	u64 size; /* of its registers in memory; 0: it has none */
	unsigned int first_port, nr_ports, first_line, nr_lines;
};

struct vm_config {
	char file[VM_PATH_MAX]; /* where it was read from, for messages */
	char name[VM_NAME_MAX];
	unsigned int nr_vcpus;
	struct vcpu_config vcpu[VM_MAX_VCPUS];
	struct region_map memory; /* RAM and passed-through devices; no emulated ones */
	unsigned int nr_claims;
	struct vm_config_claim claim[MAX_REGIONS];
	char kernel[VM_PATH_MAX];
	char initrd[VM_PATH_MAX]; /* "" when there is none */
	char dtb[VM_PATH_MAX];	  /* "" for the generated tree */
	char bootargs[VM_ARGS_MAX];
	bool has_entry, has_load;
	gpa_t entry, load;
	bool autostart;
	bool overcommit; /* its lazy memory is not promised to it */
	enum vm_on_exit on_exit;
	u32 restart_limit;		 /* of new starts in a row, with ON_EXIT_RESTART; 0: none */
	enum vm_on_watchdog on_watchdog; /* what it does when one has expired */
	u32 stop_timeout_ms;		 /* that its guest has to power off when it is asked to */
	enum vm_on_stop_timeout on_stop_timeout;
	unsigned int nr_devs; /* the board's, less the disabled, plus the described */
	struct vdev_config dev[VM_MAX_DEVS];
	unsigned int nr_lines;
	struct line_config line[VM_MAX_LINES];
	const void *host_fdt; /* the host's tree; NULL: no device is given by its path */
	unsigned int nr_host_devs;
	struct host_device_config host_dev[VM_MAX_HOST_DEVS];
	unsigned int nr_ports;
	struct port_config port[VM_MAX_PORTS];
	unsigned int nr_acpi_devs;
	struct acpi_device_config acpi_dev[VM_MAX_ACPI_DEVS];
};

/**
 * vm_config_parse() - read a compiled description
 * @dtb, @size: the blob, in host memory, not trusted
 * @file:	what to call it in messages
 * @host:	the machine; NULL: it is not known, and what gives devices by their paths is not judged
 * @cfg:	filled in; refers to the tree of @host, if there are such devices
 * @err:	on failure, one line that names file, node, property and what to do;
 *		VM_ERROR_MAX bytes
 * Return: 0, or -EINVAL with @err set.
 */
__must_check int vm_config_parse(const void *dtb, size_t size, const char *file,
				 const struct host_tree *host, struct vm_config *cfg, char *err);

/* The n-th of some descriptions, NULL after the last. */
typedef const struct vm_config *vm_config_list(unsigned int n);

/**
 * struct vm_machine - what the host has, as far as it is known
 * @cpus:   their number; 0 if that is not known
 * @memory: bytes of RAM that VMs can have; 0 if that is not known
 */
struct vm_machine {
	unsigned int cpus;
	u64 memory;
};

/**
 * vm_config_conflict() - whether VMs claim together what only one can have, or more than there is
 * Names; the host's memory, devices, their interrupts and I/O ports; exclusive CPUs; reservations on the CPUs that vCPUs name, or on
 * all that @m has; and with @m, CPUs that are not there, and RAM of VMs that start by themselves.
 * @a:	    the newcomer, which the message is about
 * @others: those that were there before, which get on with each other
 * @err:    VM_ERROR_MAX bytes
 * Return: 0, or -errno with @err set, which names both.
 */
__must_check int vm_config_conflict(const struct vm_config *a, vm_config_list *others,
				    const struct vm_machine *m, char *err);

/**
 * vm_config_check_affinity() - whether a machine with so many CPUs has all that vCPUs of @cfg name
 * Return: 0, or -EINVAL with @err set.
 */
__must_check int vm_config_check_affinity(const struct vm_config *cfg, unsigned int cpus,
					  char *err);

#endif
