// SPDX-License-Identifier: Apache-2.0
/* The boot disk, and the descriptions of VMs on it. */
#include <lodge/block.h>
#include <lodge/driver.h>
#include <lodge/errno.h>
#include <lodge/fs.h>
#include <lodge/init.h>
#include <lodge/irq.h>
#include <lodge/printf.h>
#include <lodge/slab.h>
#include <lodge/string.h>
#include <lodge/vm_config.h>

#include "manager.h"

#define MAX_DTB_SIZE KIB(64)

static bool is_dtb(const char *name)
{
	static const char suffix[] = ".dtb";
	size_t n = strlen(name), len = sizeof(suffix) - 1;

	if (n <= len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[n - len + i];

		if (c != suffix[i] && !(c >= 'A' && c <= 'Z' && c + 'a' - 'A' == suffix[i]))
			return false;
	}
	return true;
}

/* Hidden files are other systems' notes, as macOS's ._NAME beside every NAME. */
static bool is_description(const struct fs_dirent *e)
{
	return !e->is_dir && !e->hidden && e->name[0] != '.' && is_dtb(e->name);
}

/* The whole of a small file, to be freed; NULL with a reason in @why. */
static void *read_file(struct fs *fs, const char *path, u64 size, const char **why)
{
	struct file *f;
	void *buf = NULL;
	s64 n;
	int err;

	*why = "it is larger than a description can be";
	if (size == 0 || size > MAX_DTB_SIZE) {
		if (size == 0)
			*why = "it is empty";
		return NULL;
	}
	err = fs_open(fs, path, FS_O_READ, &f);
	if (err) {
		*why = errno_name(err);
		return NULL;
	}
	buf = kmalloc(size);
	n = buf ? file_read(f, 0, buf, size) : -ENOMEM;
	fs_close(f);
	if (n == (s64)size)
		return buf;
	*why = errno_name(n < 0 ? (int)n : -EIO);
	kfree(buf);
	return NULL;
}

static void read_description(struct fs *fs, const struct fs_dirent *e)
{
	const struct host_tree host = { .fdt = host_fdt(), .irq = irq_xlate, .user = driver_user };
	char path[VM_PATH_MAX], err[VM_ERROR_MAX];
	struct vm_config *cfg;
	const char *why;
	void *blob;
	int rc;

	if (snprintf(path, sizeof(path), VM_DIR "/%s", e->name) >= (int)sizeof(path)) {
		boot_failure("a name in " VM_DIR " is too long");
		return;
	}
	blob = read_file(fs, path, e->size, &why);
	if (!blob) {
		scnprintf(err, sizeof(err), "%s: can't be read: %s", path, why);
		boot_failure(err);
		return;
	}
	cfg = kzalloc(sizeof(*cfg));
	if (!cfg) {
		boot_failure("not enough memory for the descriptions");
		kfree(blob);
		return;
	}
	rc = vm_config_parse(blob, e->size, path, &host, cfg, err);
	kfree(blob);
	if (rc || !boot_add(cfg, err)) {
		boot_failure(err);
		kfree(cfg);
	}
}

/* Lines are made in functions of their own, so that reading the disk has the stack to itself. */
static __noinline void directory_failure(int err)
{
	char line[VM_ERROR_MAX];

	scnprintf(line, sizeof(line),
		  err == -EUCLEAN ? VM_DIR " can't be read (%s): repair the disk with fsck.fat"
				  : VM_DIR " can't be read (%s): check the boot disk",
		  errno_name(err));
	boot_failure(line);
}

void boot_disk_read(struct fs *fs)
{
	struct fs_dirent *e = kmalloc(sizeof(*e));
	u32 pos = 0;
	int err = -ENOMEM;

	while (e && (err = fs_readdir(fs, VM_DIR, &pos, e)) == 0) {
		if (!is_description(e))
			continue;
		if (!boot_has_room()) {
			boot_failure("more descriptions in " VM_DIR " than VMs there can be");
			break;
		}
		read_description(fs, e);
	}
	kfree(e);
	if (err != -ENOENT)
		directory_failure(err);
}

static __noinline void mount_failure(const char *why)
{
	char line[VM_ERROR_MAX];

	scnprintf(line, sizeof(line),
		  "no FAT file system with the directory " VM_DIR " on any disk (%s): "
		  "make a boot disk with scripts/mkdisk",
		  why);
	boot_failure(line);
}

struct fs *boot_disk_mount(void)
{
	char why[VM_ERROR_MAX / 2] = "";
	struct block_device *disk;
	struct fs *fs;
	int err;

	if (!block_get(0)) {
		boot_failure("no boot disk: attach one as a virtio-blk device "
			     "(QEMU: -drive file=disk.img,if=none,format=raw,id=d0 "
			     "-device virtio-blk-device,drive=d0)");
		return NULL;
	}
	for (unsigned int i = 0; (disk = block_get(i)); i++) {
		err = fs_find(disk, VM_DIR, &fs, why, sizeof(why));
		if (!err) {
			disk->use = "as the boot disk";
			return fs;
		}
		if (err != -ENODEV && err != -EUCLEAN) {
			size_t n = strlen(why);

			scnprintf(why + n, sizeof(why) - n, "%s%s: can't be read (%s)",
				  n ? ", " : "", disk->name, errno_name(err));
		}
	}
	mount_failure(why);
	return NULL;
}
