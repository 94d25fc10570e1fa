#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The option tree: kconfig-conf has nothing to say about it, every option is explained,
# and the default configurations hold what savedefconfig would write and no more.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$tap_tmp" || exit 1
export KCONFIG_STRICT=1 srctree=$top KCONFIG_CONFIG=.config

for file in "$top"/configs/*_defconfig; do
	name=$(basename "$file")
	succeeds "$name: no warning" "$top/scripts/kconfig" --defconfig="$file" Kconfig
	"$top/scripts/kconfig" --savedefconfig=saved Kconfig >/dev/null 2>&1
	same "$name: is what savedefconfig writes" "$(cat saved)" "$(grep -v '^#' "$file")"
done
for goal in allyesconfig allnoconfig; do
	succeeds "$goal: no warning" "$top/scripts/kconfig" --$goal Kconfig
done

# A symbol without a prompt is not the user's business.
unexplained=$(cd "$top" && find . -path ./build -prune -o -name Kconfig -print | xargs awk '
	function close_entry() { if (name && prompt && !help) print file ": " name }
	/^(config|menuconfig|choice|endchoice|if|endif|menu|endmenu|source|comment)/ {
		close_entry(); name = ""; prompt = help = 0
	}
	/^(config|menuconfig) / { name = $2; file = FILENAME }
	name && /^\t(bool|int|hex|string|tristate|prompt) *"/ { prompt = 1 }
	name && /^\thelp$/ { help = 1 }
	END { close_entry() }')
same "every option has help" "$unexplained" ""
uncosted=$(cd "$top" && find . -path ./build -prune -o -name Kconfig -print | xargs awk '
	function close_entry() { if (name && !cost) print file ": " name }
	/^[a-z]/ { close_entry(); name = ""; cost = help = 0 }
	/^(config|menuconfig) / { name = $2; file = FILENAME }
	/^\thelp$/ { help = 1 }
	help && /[Cc]osts?( |$)/ { cost = 1 }
	END { close_entry() }')
same "the help of every symbol tells its cost" "$uncosted" ""
decimal=$(cd "$top" && find . -path ./build -prune -o -name Kconfig -print | xargs awk '
	/^[a-z]/ { hex = 0 } /^config / { name = $2 } /^\thex/ { hex = 1 }
	hex && /^\tdefault [^0]/ { print FILENAME ": " name }')
same "hex options have 0x in their defaults" "$decimal" ""
tap_end
