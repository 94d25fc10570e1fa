// SPDX-License-Identifier: Apache-2.0
/* Files that people mistake for kernels, told by how they begin. */
#include <lodge/board.h>
#include <lodge/image_loader.h>
#include <lodge/le.h>
#include <lodge/string.h>

#define COMPRESSED(with, tool) "is compressed with " with ": unpack it with " tool " first"
#define WITHIN		       "use the kernel that is in it"
#define DISK(what)	       "is " what ": " WITHIN
#define ARCHIVE(what)	       "is " what " archive: unpack it, and name the kernel that is in it"
#define OTHER_FORMAT(what)     "is " what " file: use an ELF file or a plain image"
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
	{ 0, 5, "07070", "is a cpio archive: name it in \"initrd\", and a kernel here" },
	{ 0, 3, "\x5d\0\0", COMPRESSED("lzma", "unlzma") },
	{ 0, 5, "\x89LZO\0", COMPRESSED("lzop", "lzop -d") },
	{ 0, 4, "LZIP", COMPRESSED("lzip", "lzip -d") },
	{ 0, 4, "\x27\x05\x19\x56", "is a U-Boot uImage: " WITHIN " (dumpimage)" },
	{ 0, 8, "ANDROID!", "is an Android boot image: " WITHIN " (unpack_bootimg)" },
	{ 0, 8, "VNDRBOOT", "is an Android boot image without a kernel: name one" },
	{ 0, 4, "\x3a\xff\x26\xed", DISK("an Android sparse image") },
	{ 0, 4, "QFI\xfb", DISK("a qcow2 image") },
	{ 0, 4, "KDMV", DISK("a VMDK image") },
	{ 0, 8, "vhdxfile", DISK("a VHDX image") },
	{ 0, 8, "conectix", DISK("a VHD image") },
	{ 512, 8, "EFI PART", DISK("a disk image") },
	{ 4096, 8, "EFI PART", DISK("a disk image") },
	{ 64, 4, "\x7f\x10\xda\xbe", DISK("a VDI image") },
	{ 3, 8, "NTFS    ", DISK("an NTFS image") },
	{ 3, 8, "EXFAT   ", DISK("an exFAT image") },
	{ 54, 3, "FAT", DISK("a FAT image") },
	{ 82, 5, "FAT32", DISK("a FAT image") },
	{ 0, 4, "hsqs", DISK("a squashfs image") },
	{ 0, 4, "XFSB", DISK("an XFS image") },
	{ 1080, 4, "\x53\xef\x01\0", DISK("an ext2, 3 or 4 image") },
	{ 1080, 4, "\x53\xef\0\0", DISK("an ext2, 3 or 4 image") },
	{ 1024, 4, "\xe2\xe1\xf5\xe0", DISK("an EROFS image") },
	{ 1024, 4, "\x10\x20\xf5\xf2", DISK("an F2FS image") },
	{ 0, 4, "PK\3\4", ARCHIVE("a zip") },
	{ 0, 6, "7z\xbc\xaf\x27\x1c", ARCHIVE("a 7z") },
	{ 257, 5, "ustar", ARCHIVE("a tar") },
	{ 0, 8, "!<arch>\n", ARCHIVE("an ar (.a, .deb)") },
	{ 0, 4, "\xed\xab\xee\xdb", ARCHIVE("an RPM") },
	{ 0, 4, "\xcf\xfa\xed\xfe", OTHER_FORMAT("a Mach-O") },
	{ 0, 4, "\xce\xfa\xed\xfe", OTHER_FORMAT("a Mach-O") },
	{ 0, 4, "\xca\xfe\xba\xbe", OTHER_FORMAT("a Mach-O") },
	{ 0, 4, "\x07\x01\x64\0", OTHER_FORMAT("an a.out") },
	{ 0, 4, "\x08\x01\x64\0", OTHER_FORMAT("an a.out") },
	{ 0, 4, "\x0b\x01\x64\0", OTHER_FORMAT("an a.out") },
	{ 0, 4, "%PDF", "is a PDF document: name a kernel image" },
	/* Boot headers of Linux; this machine's own was looked for before. */
	{ 56, 4, "ARM\x64", OTHER_MACHINE },
	{ 56, 4, "RSC\x05", OTHER_MACHINE },
	{ 0x202, 4, "HdrS", OTHER_MACHINE },
	{ 36, 4, "\x18\x28\x6f\x01", OTHER_MACHINE },
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

static bool has(const u8 *head, size_t len, const char *what, size_t n)
{
	size_t i;

	for (i = 0; i + n <= len; i++)
		if (!memcmp(head + i, what, n))
			return true;
	return false;
}

/* A FIT image (U-Boot's Flattened Image Tree) is one too, in which /images comes first. */
static const char *tree_kind(const u8 *head, size_t len)
{
	return has(head, len, "\0\0\0\1images", 11)
		       ? "is a FIT image: " WITHIN " (dumpimage)"
		       : "is a devicetree blob: name it in \"dtb\", and a kernel here";
}

#define MBR_TABLE     446
#define MBR_ENTRY     16
#define MBR_SIGNATURE 510

/* A partition table of PCs: the first byte of an entry says active or not, the fifth of which type. */
static bool is_mbr(const u8 *head, size_t len)
{
	bool used = false;
	unsigned int i;

	if (len < MBR_SIGNATURE + 2 || get_le16(head + MBR_SIGNATURE) != 0xaa55)
		return false;
	for (i = MBR_TABLE; i < MBR_SIGNATURE; i += MBR_ENTRY) {
		if (head[i] & 0x7f)
			return false;
		used |= head[i + 4] && get_le32(head + i + 8) && get_le32(head + i + 12);
	}
	return used;
}

#define PE_OFFSET  0x3c
#define PE_MACHINE 4 /* from the signature on */

/* A kernel with an EFI stub would have been known by its own header. */
static const char *pe_kind(const u8 *head, size_t len)
{
	u64 at = len >= PE_OFFSET + 4 ? get_le32(head + PE_OFFSET) : len;

	if (at + PE_MACHINE + 2 > len || memcmp(head + at, "PE\0\0", 4))
		return "is a program for DOS: name a kernel image";
	if (get_le16(head + at + PE_MACHINE) != arch_guest_board.pe_machine)
		return "is an EFI program for another machine: use a kernel for this one";
	if (has(head, len, ".linux\0\0", 8))
		return "is a unified kernel image: take the kernel out (objcopy -O binary -j .linux)";
	return "is an EFI program, which needs an EFI firmware: start that, or use a plain kernel";
}

const char *image_foreign(const u8 *head, size_t len)
{
	unsigned int i;

	if (len >= 4 && !memcmp(head, "\xd0\x0d\xfe\xed", 4))
		return tree_kind(head, len);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (len >= (size_t)kinds[i].offset + kinds[i].len &&
		    !memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].len))
			return kinds[i].what;
	if (len >= 2 && !memcmp(head, "MZ", 2))
		return pe_kind(head, len);
	if (is_mbr(head, len))
		return DISK("a disk image");
	return is_text(head, len) ? "is a text file: name a kernel image" : NULL;
}
