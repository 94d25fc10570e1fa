# SPDX-License-Identifier: Apache-2.0
#
# "nm -n" of an image -> assembly of its sorted text symbols:
#   ksym_count	 how many (32 bits)
#   ksym_offsets their addresses, 32-bit offsets from __image_start
#   ksym_names	 their names in the same order, each ended by a zero
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
# place the first.
started && $2 ~ /^[tTwW]$/ && $3 !~ /^([.$]|__image_start$)/ {
	off = low($1) - base
	if (off < 0)
		off += 4294967296
	if (count && off == offset[count])
		next
	offset[++count] = off
	name[count] = $3
}

END {
	if (NR && !started) {
		print "ksyms: the linker script defines no __image_start" >"/dev/stderr"
		exit 1
	}
	print "\t.section .symtab_lodge, \"a\""
	print "\t.balign 4"
	print "\t.globl ksym_count, ksym_offsets, ksym_names"
	printf "ksym_count:\n\t.long %d\n", count
	print "ksym_offsets:"
	for (i = 1; i <= count; i++)
		printf "\t.long %.0f\n", offset[i]
	print "ksym_names:"
	for (i = 1; i <= count; i++)
		printf "\t.asciz \"%s\"\n", name[i]
}
