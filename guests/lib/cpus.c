// SPDX-License-Identifier: Apache-2.0
#include <guest/cpus.h>

bool cpu_wait_status(u64 id, long status)
{
	u64 end = guest_give_up();

	while (cpu_status(id) != status)
		if (arch_time() > end)
			return false;
	return true;
}
