// SPDX-License-Identifier: Apache-2.0
/* The line editor: any bytes, on a terminal that knows what it is told. */
/* links: shell/line.c shell/show.c shell/history.c shell/complete.c */
/* runs: 4000 */
/* length: 300 */
#include "fuzz.h"
#include <line_traffic.h>

void fuzz_one(struct fuzz *in)
{
	static const char *const offered[] = { "list",	       "Listing", "\xc3\xa4h",
					       "\xc3\xa4rger", "dir/",	  NULL };

	words = offered;
	line_setup();
	while (in->left)
		key((u8)fuzz_u8(in));
}
