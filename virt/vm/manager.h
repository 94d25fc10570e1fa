/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_MANAGER_H
#define VIRT_MANAGER_H

#include <lodge/fs.h>
#include <lodge/vm_config.h>

#define VM_DIR "/vms" /* where the boot disk has descriptions */

/* manager.c. All of this runs in the boot thread. */

/* One line that says what is wrong; the machine goes on, and ends with a status that tells. */
void boot_failure(const char *line);
/* Whether there can be another VM. */
bool boot_has_room(void);
/* Keep @cfg, whose owner the caller no longer is; false, with a line in @err (VM_ERROR_MAX
 * bytes), when it can't be beside one that was added before. */
bool boot_add(struct vm_config *cfg, char *err);

/* The n-th description that was added, in the order of their file names; NULL if there are not as many. */
const struct vm_config *boot_config(unsigned int n);

/* life_test.c: what a boot argument asks for is done in place of running the VMs; true if it does. */
#ifdef CONFIG_LIFE_TEST
bool life_test(struct fs *fs);
#else
static inline bool life_test(struct fs *fs)
{
	(void)fs;
	return false;
}
#endif

/* boot_disk.c */

/* The file system with the descriptions; NULL, after a line that says why, if there is none. */
struct fs *boot_disk_mount(void);
/* Add every description of @fs. */
void boot_disk_read(struct fs *fs);

#endif
