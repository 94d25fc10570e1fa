/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_COMMIT_H
#define LODGE_COMMIT_H

#include <lodge/page_alloc.h>

struct vm;
struct vm_config;

/**
 * struct vm_commit - the host's memory that what runs from one description can have
 * @account:	what all of its VM is charged to; its limit is set when the rest is
 * @claimed:	of the description's regions, those that were seen to: host ranges are claimed
 * @host_pages: of the host's own memory
 * @next, @cfg: of all that there are, and whose they are
 *
 * All zero is none. It outlives the VM, when that is to be made again.
 */
struct vm_commit {
	struct mem_account account;
	unsigned int claimed;
	u64 host_pages;
	struct vm_commit *next;
	const struct vm_config *cfg;
};

/** commit_init() - once, before the first VM: what the host keeps for itself. */
void commit_init(void);

/**
 * vm_commit() - promise @vm, whose vCPUs and devices are there, all that it may come to use
 * Claims the host ranges that its description names as well. A VM that is made again has all
 * of that already. Lazy memory of one that may be overcommitted is not promised.
 * Return: 0, -ENOMEM or -EBUSY with @err set; what it has then is for vm_commit_release().
 */
__must_check int vm_commit(struct vm *vm, char *err);

/**
 * vm_pages_besides_ram() - pages of the host's memory that @vm has now and that are not its RAM
 * Nested tables, its objects, and of the host's own memory stacks and threads of its vCPUs.
 */
u64 vm_pages_besides_ram(const struct vm *vm);

/** vm_commit_release() - the VM is destroyed and is not made again. */
void vm_commit_release(const struct vm_config *cfg, struct vm_commit *c);

#endif
