// SPDX-License-Identifier: Apache-2.0
/* FAT: random operations compared with a model of what they should do. */
/* links: fs/file.c fs/find.c fs/partition.c fs/volume.c fs/bio.c fs/cache.c fs/fat/mount.c fs/fat/table.c fs/fat/alloc.c fs/fat/name.c fs/fat/shortname.c fs/fat/dir.c fs/fat/dir_edit.c fs/fat/data.c fs/fat/seek.c fs/fat/date.c fs/fat/namei.c tests/unit/fatdisk.c tests/unit/ramdisk.c */
#include <ctype.h>
#include <shim.h>

#include <asm/layout.h>

#include "fatdisk.h"

#define NODES	 48
#define FILE_MAX 60000
#define NOBODY	 NODES

static const char *const names[] = {
	"A",
	"b.txt",
	"KERNEL.IMG",
	"kernel.image",
	"kernel.image.old",
	"a rather long name, one.text",
	"a rather long name, two.text",
	"a rather long name, three.text",
	"\xc3\x84pfel & \xc3\x96l",
	"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82.txt",
	"x.y.z",
	".dot",
	"\xf0\x9f\x98\x80",
	"thirteen char",
	"twenty-six characters long",
	"0123456789012345678901234567890123456789.bin",
};

struct node {
	bool used, is_dir;
	unsigned int parent, name; /* NOBODY: the root */
	u32 len;
	u8 *data;
};

struct model {
	struct node n[NODES];
	struct disk d;
	struct fs *fs;
	u64 rng;
};

static u32 roll(struct model *m, u32 n)
{
	return shim_random(&m->rng) % n;
}

static void append_name(struct model *m, char *path, unsigned int name)
{
	char *s = path + strlen(path);

	sprintf(s, "/%s", names[name]);
	for (; *s; s++)
		if (isalpha((unsigned char)*s) && !roll(m, 4))
			*s ^= 0x20;
}

/* In any case, since that does not matter. */
static void path_of(struct model *m, unsigned int parent, unsigned int name, char *path)
{
	if (parent == NOBODY)
		*path = '\0';
	else
		path_of(m, m->n[parent].parent, m->n[parent].name, path);
	append_name(m, path, name);
}

static unsigned int pick(struct model *m, bool dir)
{
	unsigned int at = roll(m, NODES);

	for (unsigned int i = 0; i < NODES; i++) {
		unsigned int k = (at + i) % NODES;

		if (m->n[k].used && m->n[k].is_dir == dir)
			return k;
	}
	return NOBODY;
}

static unsigned int pick_parent(struct model *m)
{
	return roll(m, 3) ? pick(m, true) : NOBODY;
}

static unsigned int find(struct model *m, unsigned int parent, unsigned int name)
{
	for (unsigned int i = 0; i < NODES; i++)
		if (m->n[i].used && m->n[i].parent == parent && m->n[i].name == name)
			return i;
	return NOBODY;
}

static unsigned int unused(struct model *m)
{
	for (unsigned int i = 0; i < NODES; i++)
		if (!m->n[i].used)
			return i;
	return NOBODY;
}

static bool has_children(struct model *m, unsigned int dir)
{
	for (unsigned int i = 0; i < NODES; i++)
		if (m->n[i].used && m->n[i].parent == dir)
			return true;
	return false;
}

static void op_create(struct model *m)
{
	unsigned int parent = pick_parent(m), name = roll(m, ARRAY_SIZE(names)), k = unused(m);
	bool dir = !roll(m, 4), excl = roll(m, 2), there = find(m, parent, name) != NOBODY;
	char path[1024], path2[1024];
	struct file *f;
	int err;

	if (k == NOBODY)
		return;
	path_of(m, parent, name, path);
	strcpy(path2, path);
	strcpy(strrchr(path2, '/') + 1, names[name]);
	if (dir) {
		err = fs_mkdir(m->fs, path2);
	} else if (there && !excl) {
		return;
	} else {
		err = fs_open(m->fs, path2, FS_O_WRITE | FS_O_CREATE | (excl ? FS_O_EXCL : 0), &f);
		if (!err)
			fs_close(f);
	}
	if (there) {
		assert_int_equal(err, -EEXIST);
		return;
	}
	if (err == -ENOSPC)
		return;
	assert_int_equal(err, 0);
	m->n[k] = (struct node){ .used = true, .is_dir = dir, .parent = parent, .name = name };
	m->n[k].data = calloc(1, FILE_MAX);
}

/* @len bytes at @at in a few pieces, some of them of odd lengths. */
static unsigned int make_segs(struct model *m, u8 *at, u32 len, struct block_seg *segs)
{
	unsigned int nr = 0;

	while (len) {
		u32 n = roll(m, 3) ? 1 + roll(m, len) : min(len, 512 * (1 + roll(m, 8)));

		if (nr == 31)
			n = len;
		segs[nr++] = (struct block_seg){ .addr = kva_to_hpa(at), .len = n };
		at += n;
		len -= n;
	}
	return nr;
}

static void op_write(struct model *m)
{
	unsigned int k = pick(m, false);
	u32 off, len = roll(m, 2) ? 1 + roll(m, 700) : 1 + roll(m, 20000);
	struct block_seg segs[32];
	char path[1024];
	struct file *f;
	struct node *n;
	u8 *data;
	s64 err;

	if (k == NOBODY)
		return;
	n = &m->n[k];
	off = roll(m, 4) ? roll(m, n->len + 1) : roll(m, FILE_MAX - len);
	if (!roll(m, 3))
		off &= ~511u;
	len = min(len, FILE_MAX - off);
	data = pattern(m->rng, len);
	path_of(m, n->parent, n->name, path);
	assert_int_equal(fs_open(m->fs, path, FS_O_WRITE, &f), 0);
	if (roll(m, 2)) {
		err = file_write(f, off, data, len);
		if (err == len)
			err = 0;
	} else {
		err = file_write_segs(f, off, segs, make_segs(m, data, len, segs));
	}
	if (!err) {
		memcpy(n->data + off, data, len);
		n->len = max(n->len, off + len);
	} else {
		assert_int_equal(err, -ENOSPC);
	}
	assert_int_equal(file_size(f), n->len);
	fs_close(f);
	free(data);
}

static void op_truncate(struct model *m)
{
	unsigned int k = pick(m, false);
	char path[1024];
	struct file *f;
	struct node *n;
	u32 len;
	int err;

	if (k == NOBODY)
		return;
	n = &m->n[k];
	len = roll(m, 3) ? roll(m, n->len + 1) : roll(m, FILE_MAX);
	path_of(m, n->parent, n->name, path);
	assert_int_equal(fs_open(m->fs, path, FS_O_WRITE, &f), 0);
	err = file_truncate(f, len);
	fs_close(f);
	if (err == -ENOSPC) {
		assert_true(len > n->len);
		return;
	}
	assert_int_equal(err, 0);
	if (len < n->len)
		memset(n->data + len, 0, FILE_MAX - len);
	n->len = len;
}

static void op_read(struct model *m)
{
	unsigned int k = pick(m, false);
	struct block_seg segs[32];
	char path[1024];
	struct file *f;
	struct node *n;
	u32 off, len;
	u8 *buf;

	if (k == NOBODY)
		return;
	n = &m->n[k];
	path_of(m, n->parent, n->name, path);
	assert_int_equal(fs_open(m->fs, path, FS_O_READ, &f), 0);
	buf = malloc(FILE_MAX + 1);
	for (unsigned int i = 0; i < 4; i++) {
		off = roll(m, n->len + 1);
		len = roll(m, n->len - off + 1);
		assert_int_equal(file_read_segs(f, off, segs, make_segs(m, buf, len, segs)), 0);
		assert_memory_equal(buf, n->data + off, len);
		memset(buf, 0, len);
		assert_int_equal(file_read(f, off, buf, len), len);
		assert_memory_equal(buf, n->data + off, len);
	}
	segs[0] = (struct block_seg){ .addr = kva_to_hpa(buf), .len = n->len + 1 };
	assert_int_equal(file_read_segs(f, 0, segs, 1), -EIO);
	fs_close(f);
	free(buf);
}

static void op_remove(struct model *m)
{
	bool dir = roll(m, 2);
	unsigned int k = pick(m, dir);
	char path[1024];
	int err;

	if (k == NOBODY)
		return;
	path_of(m, m->n[k].parent, m->n[k].name, path);
	err = fs_remove(m->fs, path);
	if (dir && has_children(m, k)) {
		assert_int_equal(err, -ENOTEMPTY);
		return;
	}
	assert_int_equal(err, 0);
	free(m->n[k].data);
	m->n[k].used = false;
}

static bool is_below(struct model *m, unsigned int k, unsigned int dir)
{
	for (; k != NOBODY; k = m->n[k].parent)
		if (k == dir)
			return true;
	return false;
}

static void op_rename(struct model *m)
{
	unsigned int k = pick(m, roll(m, 2)), parent = pick_parent(m);
	unsigned int name = roll(m, ARRAY_SIZE(names)), there = find(m, parent, name);
	char from[1024], to[1024];
	int err;

	if (k == NOBODY)
		return;
	path_of(m, m->n[k].parent, m->n[k].name, from);
	path_of(m, parent, name, to);
	strcpy(strrchr(to, '/') + 1, names[name]);
	err = fs_rename(m->fs, from, to);
	if (m->n[k].is_dir && is_below(m, parent, k)) {
		assert_int_equal(err, -EINVAL);
	} else if (there != NOBODY && there != k) {
		assert_int_equal(err, -EEXIST);
	} else if (err != -ENOSPC) {
		assert_int_equal(err, 0);
		m->n[k].parent = parent;
		m->n[k].name = name;
	}
}

static void check_dir(struct model *m, unsigned int dir)
{
	unsigned int want = 0, got = 0, i;
	struct fs_dirent e;
	char path[1024] = "/";
	u32 pos = 0;
	int err;

	if (dir != NOBODY)
		path_of(m, m->n[dir].parent, m->n[dir].name, path);
	for (i = 0; i < NODES; i++)
		want += m->n[i].used && m->n[i].parent == dir;
	while (!(err = fs_readdir(m->fs, path, &pos, &e))) {
		for (i = 0; i < NODES; i++)
			if (m->n[i].used && m->n[i].parent == dir &&
			    !strcmp(names[m->n[i].name], e.name))
				break;
		assert_true(i < NODES);
		assert_int_equal(e.is_dir, m->n[i].is_dir);
		assert_int_equal(e.size, m->n[i].len);
		got++;
	}
	assert_int_equal(err, -ENOENT);
	assert_int_equal(got, want);
}

static void check_everything(struct model *m)
{
	char path[1024];

	check_dir(m, NOBODY);
	for (unsigned int i = 0; i < NODES; i++) {
		if (!m->n[i].used)
			continue;
		path_of(m, m->n[i].parent, m->n[i].name, path);
		if (m->n[i].is_dir)
			check_dir(m, i);
		else
			check_file(m->fs, path, m->n[i].data, m->n[i].len);
	}
	disk_check_clean(&m->d);
}

/* Devices differ in what they take. */
static void remount(struct model *m)
{
	if (m->fs)
		fs_unmount(m->fs);
	m->d.dev.max_segs = 1 + roll(m, roll(m, 2) ? 64 : 4);
	m->d.dev.max_inflight = 1 + roll(m, 8);
	m->d.dev.max_seg_size = 512 * (1 + roll(m, 64));
	m->fs = disk_mount(&m->d);
}

static void run_ops(const char *args, u64 size, unsigned int batches, u64 seed)
{
	static void (*const ops[])(struct model *) = {
		op_create, op_create, op_write,	 op_write,  op_write,
		op_read,   op_read,   op_remove, op_rename, op_truncate,
	};
	struct model m = { .rng = shim_seed(seed) };

	disk_make(&m.d, size, args);
	for (unsigned int b = 0; b < batches; b++) {
		remount(&m);
		for (unsigned int i = 0; i < 60; i++)
			ops[roll(&m, ARRAY_SIZE(ops))](&m);
		check_everything(&m);
	}
	fs_unmount(m.fs);
	for (unsigned int i = 0; i < NODES; i++)
		if (m.n[i].used)
			free(m.n[i].data);
	disk_free(&m.d);
}

static void fat12_does_what_the_model_does(void **state)
{
	run_ops("-F 12 -s 1 -r 64", KIB(360), 40, 1);
	run_ops("-F 12 -s 4", KIB(1440), 25, 2);
}

static void fat16_does_what_the_model_does(void **state)
{
	run_ops("-F 16 -s 1", MIB(4), 40, 3);
	run_ops("-F 16 -s 16", MIB(64), 25, 4);
}

static void fat32_does_what_the_model_does(void **state)
{
	run_ops("-F 32 -s 1", MIB(36), 40, 5);
	run_ops("-F 32 -s 8", MIB(300), 25, 6);
}

static void a_nearly_full_disk_does_what_the_model_does(void **state)
{
	run_ops("-F 12 -s 1 -r 16", KIB(100), 40, 7);
	run_ops("-F 12 -s 8 -r 16", KIB(200), 25, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fat12_does_what_the_model_does),
		cmocka_unit_test(fat16_does_what_the_model_does),
		cmocka_unit_test(fat32_does_what_the_model_does),
		cmocka_unit_test(a_nearly_full_disk_does_what_the_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
