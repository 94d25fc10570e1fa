# SPDX-License-Identifier: Apache-2.0
#
# "nm -n" of an image -> assembly of its sorted text symbols, from ksym_table to ksym_end. Of
# each there are
#   how far it is from the one before, the first from __image_start (ULEB128)
#   0x80 + n if its name begins with the first n characters of the one before, 0 < n < 64
#   the rest of its name, ended by a zero
# No input gives an empty table, for the first of the links.

# Of a 64-bit address the low half is enough: an image is smaller than 4 GiB, and
# awk's numbers are too short for more.
function low(hex,	i, n)
{
	n = 0
	for (i = length(hex) - 7; i <= length(hex); i++)
		n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
	return n
}

$3 == "__image_start" {
	base = low($1)
	started = 1
}

# Only what lies in the image; not the compiler's labels; of several names for one
# place the first. Longer names than kernel/ksyms.c has room for are cut.
started && $2 ~ /^[tTwW]$/ && $3 !~ /^([.$]|__image_start$)/ {
	off = low($1) - base
	if (off < 0)
		off += 4294967296
	if (count && off == offset[count])
		next
	offset[++count] = off
	name[count] = substr($3, 1, 63)
}

# How many characters two names have in common at their start.
function common(a, b,	n)
{
	while (n < 63 && substr(a, n + 1, 1) != "" && substr(a, n + 1, 1) == substr(b, n + 1, 1))
		n++
	return n + 0
}

END {
	if (NR && !started) {
		print "ksyms: the linker script defines no __image_start" >"/dev/stderr"
		exit 1
	}
	print "\t.section .symtab_lodge, \"a\""
	print "\t.globl ksym_table, ksym_end"
	print "ksym_table:"
	for (i = 1; i <= count; i++) {
		printf "\t.uleb128 %.0f\n", offset[i] - offset[i - 1]
		n = common(name[i - 1], name[i])
		if (n)
			printf "\t.byte %d\n", 128 + n
		printf "\t.asciz \"%s\"\n", substr(name[i], n + 1)
	}
	print "ksym_end:"
}
