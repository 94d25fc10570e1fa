// SPDX-License-Identifier: Apache-2.0
#include <arch/sbi.h>
#include <guest/paging.h>
#include <guest/tap.h>
#include <guest/trap.h>

/*
 * Device accesses by code in a page that can be executed and not read, after drivers have
 * used the device from elsewhere: the host may have to look at such an instruction, and
 * what it then meets must not show in the guest. Where the hart has vectors, one of their
 * loads is an instruction that hardware does not describe to the host.
 */

#define VA_CODE	   0x3000000000UL
#define SCRATCH	   7 /* register of the UART */
#define MAX_ROUNDS 4

static u64 page(void)
{
	return (u64)ram_alloc(1);
}

/* Call @code with @addr; what came back is in @val if nothing was caught. */
static struct trap_record run(const u32 *code, size_t n, u64 addr, u64 *val)
{
	static u32 *text;
	static struct address_space as;

	if (!text) {
		text = (u32 *)page();
		as_create(&as, &arch_paging_modes[0], page);
		as_map(&as, platform.ram_base, platform.ram_base,
		       ram_free_end() - platform.ram_base, MAP_R | MAP_W | MAP_X, 1);
		as_map(&as, platform.uart, platform.uart, PAGE_SIZE, MAP_R | MAP_W, 0);
		as_map(&as, VA_CODE, (u64)text, PAGE_SIZE, MAP_X, 0);
	}
	memcpy(text, code, n);
	__asm__ volatile("fence.i" ::: "memory");
	if (!arch_paging_on(&as))
		return (struct trap_record){ 0 };
	mmio_read8(addr);
	trap_catch();
	*val = ((u64(*)(u64))VA_CODE)(addr);
	arch_paging_off();
	return trap_caught();
}

static bool has_vector(void)
{
	for (const char *p = platform.isa + 4; *p && *p != '_'; p++)
		if (*p == 'v')
			return true;
	return false;
}

int guest_main(void)
{
	static const u32 load[] = {
		0x00054503, /* lbu a0, (a0) */
		0x00008067, /* ret */
	};
	static const u32 amo[] = {
		0x0005252f, /* amoadd.w a0, zero, (a0) */
		0x00008067,
	};
	static const u32 vector_load[] = {
		0xcc00f057, /* vsetivli zero, 1, e8, m1, ta, ma */
		0x02050007, /* vle8.v v0, (a0) */
		0x00008067,
	};
	u64 addr = platform.uart + SCRATCH, val = 0;
	struct trap_record r;

	mmio_write8(addr, 0x5a);
	r = run(load, sizeof(load), addr, &val);
	tap_ok(!r.count && val == 0x5a, "a load from the device");
	/* QEMU 7.2 has it fault as a load. */
	r = run(amo, sizeof(amo), addr & ~3UL, &val);
	tap_ok(r.count == 1 && (r.cause == CAUSE_STORE_ACCESS || r.cause == CAUSE_LOAD_ACCESS) &&
		       r.tval == (addr & ~3UL),
	       "an atomic operation on it is refused");
	if (!has_vector()) {
		tap_skip("a vector load: this hart has none");
		return tap_done();
	}
	csr_set(sstatus, SSTATUS_VS);
	for (int i = 0; i < MAX_ROUNDS; i++) {
		r = run(vector_load, sizeof(vector_load), addr, &val);
		if (!tap_ok(r.count == 1 && r.cause == CAUSE_LOAD_ACCESS && r.tval == addr,
			    "a vector load is refused, time %d", i + 1))
			tap_note("%lu traps, cause %lu, tval 0x%lx", r.count, r.cause, r.tval);
	}
	tap_ok(mmio_read8(addr) == 0x5a, "the device is as it was");
	return tap_done();
}
