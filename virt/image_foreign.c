// SPDX-License-Identifier: Apache-2.0
/* Files that people mistake for kernels, told by how they begin. */
#include <lodge/image_loader.h>
#include <lodge/string.h>

#define COMPRESSED(with, tool) "is compressed with " with ": unpack it with " tool " first"
#define OTHER_MACHINE	       "is a Linux kernel for another architecture: use one for this machine"

static const struct {
	u16 offset;
	u8 len;
	const char *magic;
	const char *what;
} kinds[] = {
	{ 0, 2, "\x1f\x8b", COMPRESSED("gzip", "gunzip") },
	{ 0, 6, "\xfd\x37zXZ\0", COMPRESSED("xz", "unxz") },
	{ 0, 4, "\x28\xb5\x2f\xfd", COMPRESSED("zstd", "unzstd") },
	{ 0, 4, "\x04\x22\x4d\x18", COMPRESSED("lz4", "unlz4") },
	{ 0, 4, "\x02\x21\x4c\x18", COMPRESSED("lz4", "unlz4") },
	{ 0, 3, "BZh", COMPRESSED("bzip2", "bunzip2") },
	{ 0, 4, "\xd0\x0d\xfe\xed", "is a devicetree blob: name it in \"dtb\", and a kernel here" },
	{ 0, 6, "070701", "is a cpio archive: name it in \"initrd\", and a kernel here" },
	{ 0, 4, "\x27\x05\x19\x56", "is a U-Boot uImage: use the kernel that was wrapped in it" },
	/* Boot headers of Linux; this machine's own was looked for before. */
	{ 56, 4, "ARM\x64", OTHER_MACHINE },
	{ 56, 4, "RSC\x05", OTHER_MACHINE },
	{ 0x202, 4, "HdrS", OTHER_MACHINE },
	/* A kernel with EFI stub would have been known by its own header. */
	{ 0, 2, "MZ", "is an EFI program for another machine: use a kernel for this one" },
};

/* Code has control bytes before long; text has none. */
static bool is_text(const u8 *p, size_t len)
{
	size_t i, ascii = 0;

	for (i = 0; i < len; i++) {
		if ((p[i] < ' ' && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f)
			return false;
		ascii += p[i] < 0x80;
	}
	/* Some of it may be UTF-8. */
	return ascii >= len - len / 4;
}

const char *image_foreign(const u8 *head, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (len >= (size_t)kinds[i].offset + kinds[i].len &&
		    !memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].len))
			return kinds[i].what;
	return is_text(head, len) ? "is a text file: name a kernel image" : NULL;
}
