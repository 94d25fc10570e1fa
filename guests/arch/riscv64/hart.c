// SPDX-License-Identifier: Apache-2.0
#include <arch/hart.h>
#include <arch/sbi.h>
#include <guest/guest.h>

struct hart harts[MAX_HARTS];

long hart_start(u64 id, void (*fn)(struct hart *h))
{
	struct hart *h = &harts[id];

	if (!h->sp)
		h->sp = (u64)ram_alloc(1) + PAGE_SIZE;
	h->fn = fn;
	h->id = h->satp = h->sstatus = ~0UL;
	smp_mb();
	return sbi_call3(SBI_HSM, 0, id, (u64)hart_entry, (u64)h).error;
}

long hart_status(u64 id)
{
	struct sbiret r = sbi_call3(SBI_HSM, 2, id, 0, 0);

	return r.error ? r.error : r.value;
}

bool hart_wait_status(u64 id, long status)
{
	u64 end = arch_time() + platform.timer_hz;

	while (hart_status(id) != status)
		if (arch_time() > end)
			return false;
	return true;
}

long hart_send_ipi(u64 mask, u64 base)
{
	return sbi_call3(SBI_IPI, 0, mask, base, 0).error;
}
