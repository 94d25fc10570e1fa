#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# link.sh IMAGE LINKER ARGS...: link, with a table of the image's own text symbols in
# it for backtraces.  The table's size moves what lies behind it and so can change what
# the linker relaxes: link until the table describes the image that it is in.
# $NM and $AS are the tools.
set -eu

image=$1
shift
dir=$(dirname "$image")
tmp=$dir/.lodge.ksyms
trap 'rm -f "$tmp".*' EXIT

awk=$(dirname "$0")/ksyms.awk
: | awk -f "$awk" >"$tmp.S"
for _ in 1 2 3 4 5; do
	$AS -o "$tmp.o" "$tmp.S"
	"$@" "$tmp.o" -o "$tmp.elf"
	$NM -n "$tmp.elf" >"$tmp.nm"
	awk -f "$awk" "$tmp.nm" >"$tmp.new"
	if cmp -s "$tmp.S" "$tmp.new"; then
		mv "$tmp.elf" "$image"
		exit 0
	fi
	mv "$tmp.new" "$tmp.S"
done
echo >&2 "link.sh: the symbol table of $image does not settle"
exit 1
