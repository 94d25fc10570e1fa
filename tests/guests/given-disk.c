// SPDX-License-Identifier: Apache-2.0
#include <arch/cpus.h>
#include <guest/irq.h>
#include <guest/tap.h>

/*
 * A VIRTIO disk of the host's that is the guest's, over memory-mapped registers (VIRTIO 1.2, 4.2). The
 * boot argument dma=N is the first MiB of memory whose addresses are the host's, and do=N has it
 * do something else than its tests: leave with requests under way, 1 by powering off, 2 by a reset, and
 * 3 by a crash: it runs where there is no memory.
 */

enum { TESTS, POWER_OFF, RESET, CRASH };

#define NOWHERE 0x50000000UL

#define DISK 0x0b000000UL
#define LINE 40

#define R_MAGIC	       0x000
#define R_VERSION      0x004
#define R_DEVICE_ID    0x008
#define R_FEATURES     0x010
#define R_FEATURES_SEL 0x014
#define R_OUR_FEATURES 0x020
#define R_OUR_SEL      0x024
#define R_QUEUE_SEL    0x030
#define R_QUEUE_NUM    0x038
#define R_QUEUE_READY  0x044
#define R_QUEUE_NOTIFY 0x050
#define R_IRQ_STATUS   0x060
#define R_IRQ_ACK      0x064
#define R_STATUS       0x070
#define R_DESC	       0x080
#define R_DRIVER       0x090
#define R_DEVICE       0x0a0
#define R_CAPACITY     0x100

#define S_DRIVER      3u
#define S_FEATURES_OK 8u
#define S_DRIVER_OK   4u

#define F_NEXT	1u
#define F_WRITE 2u

#define SECTOR	   512u
#define NR_DESC	   16u
#define NR_LARGE   5u
#define LARGE	   65536u
#define TIMEOUT_US 10000000

struct desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

/* All that the disk reaches. */
struct dma {
	struct desc desc[NR_DESC];
	struct {
		u16 flags, idx, ring[NR_DESC], event;
	} avail;
	u8 pad[4096 - 16 * NR_DESC - 6 - 2 * NR_DESC];
	struct {
		u16 flags, idx;
		struct {
			u32 id, len;
		} ring[NR_DESC];
	} used;
	struct {
		u32 type, reserved;
		u64 sector;
	} header[NR_LARGE];
	u8 status[NR_LARGE];
	u8 data[4096];
	u8 large[NR_LARGE][LARGE];
};

static volatile struct dma *dma;
static volatile u64 taken, wrong;

static u32 get(u64 reg)
{
	return mmio_read32(DISK + reg);
}

static void put(u64 reg, u32 v)
{
	mmio_write32(DISK + reg, v);
}

static void put_address(u64 reg, volatile void *p)
{
	put(reg, (u32)(u64)p);
	put(reg + 4, (u32)((u64)p >> 32));
}

static void on_external(struct trap_frame *f)
{
	u32 irq = dev_irq_claim();

	(void)f;
	if (irq == LINE)
		taken++;
	else
		wrong++;
	put(R_IRQ_ACK, get(R_IRQ_STATUS));
	dev_irq_complete(irq);
}

/* As its driver has to begin: reset, features, a queue. */
static bool begin(void)
{
	put(R_STATUS, 0);
	while (get(R_STATUS))
		;
	put(R_STATUS, S_DRIVER);
	put(R_OUR_SEL, 1);
	put(R_OUR_FEATURES, 1); /* VERSION_1 */
	put(R_OUR_SEL, 0);
	put(R_OUR_FEATURES, 0);
	put(R_STATUS, S_DRIVER | S_FEATURES_OK);
	if (!(get(R_STATUS) & S_FEATURES_OK))
		return false;
	put(R_QUEUE_SEL, 0);
	put(R_QUEUE_NUM, NR_DESC);
	put_address(R_DESC, dma->desc);
	put_address(R_DRIVER, &dma->avail);
	put_address(R_DEVICE, &dma->used);
	memset((void *)dma, 0, sizeof(*dma));
	smp_mb();
	put(R_QUEUE_READY, 1);
	put(R_STATUS, S_DRIVER | S_FEATURES_OK | S_DRIVER_OK);
	irq_set_handler(IRQ_EXT, on_external);
	irq_unmask(IRQ_EXT);
	irq_enable();
	dev_irq_enable(LINE);
	return true;
}

/* The @n-th request: a header, @len bytes at @data, a status. */
static void submit(u32 n, bool write, u64 sector, volatile u8 *data, u32 len)
{
	u32 d = 3 * n;

	dma->header[n].type = write;
	dma->header[n].reserved = 0;
	dma->header[n].sector = sector;
	dma->status[n] = 0xff;
	dma->desc[d] = (struct desc){ (u64)&dma->header[n], 16, F_NEXT, (u16)(d + 1) };
	dma->desc[d + 1] =
		(struct desc){ (u64)data, len, F_NEXT | (write ? 0 : F_WRITE), (u16)(d + 2) };
	dma->desc[d + 2] = (struct desc){ (u64)&dma->status[n], 1, F_WRITE, 0 };
	dma->avail.ring[dma->avail.idx % NR_DESC] = (u16)d;
	smp_mb();
	dma->avail.idx++;
	smp_mb();
	put(R_QUEUE_NOTIFY, 0);
}

/* One request, and its interrupt. */
static bool transfer(bool write, u64 sector)
{
	u64 end = arch_time() + arch_ticks_from_us(TIMEOUT_US), before = taken;
	u16 used = dma->used.idx;

	submit(0, write, sector, dma->data, SECTOR);
	while (taken == before && arch_time() < end)
		;
	smp_mb();
	return taken == before + 1 && dma->used.idx == (u16)(used + 1) && !dma->status[0];
}

/* What the test has put into each sector of the disk, and what the guest puts there. */
static void fill(u64 sector, u8 with)
{
	for (u32 i = 0; i < SECTOR; i++)
		dma->data[i] = (u8)(sector * 7 + i) ^ with;
}

static bool holds(u64 sector, u8 with)
{
	for (u32 i = 0; i < SECTOR; i++)
		if (dma->data[i] != ((u8)(sector * 7 + i) ^ with))
			return false;
	return true;
}

static void tests(void)
{
	bool all = true;

	tap_eq(get(R_STATUS), 0, "it is reset when the guest begins");
	tap_ok(get(R_MAGIC) == 0x74726976 && get(R_VERSION) == 2 && get(R_DEVICE_ID) == 2,
	       "it is a modern disk");
	tap_eq(get(R_CAPACITY), 2048, "of a MiB");
	if (!tap_ok(begin(), "it takes a driver"))
		return;
	for (u64 sector = 0; sector < 200; sector++)
		all &= transfer(false, sector) && holds(sector, 0);
	tap_ok(all, "200 sectors are read, each by an interrupt");
	fill(5, 0xff);
	tap_ok(transfer(true, 5), "a sector is written");
	fill(5, 0);
	tap_ok(transfer(false, 5) && holds(5, 0xff), "and is what it was written");
	tap_eq(wrong, 0, "there is no other interrupt");
}

/* Memory that an earlier life has had read into stays what this one makes it. */
static void check_rest(void)
{
	u64 end;

	if (get(R_STATUS) || get(R_QUEUE_READY) || get(R_IRQ_STATUS))
		tap_note("the disk is not reset");
	for (u32 n = 0; n < NR_LARGE; n++)
		memset((void *)dma->large[n], 0xa5, LARGE);
	for (end = arch_time() + arch_ticks_from_us(2000000); arch_time() < end;)
		;
	for (u32 n = 0; n < NR_LARGE; n++)
		for (u32 i = 0; i < LARGE; i++)
			if (dma->large[n][i] != 0xa5) {
				tap_note("the disk writes to memory");
				return;
			}
	tap_note("at rest");
}

/* More than the disk does at once. */
static void __noreturn leave(u64 how)
{
	check_rest();
	if (!begin())
		arch_poweroff(false);
	for (u32 n = 0; n < NR_LARGE; n++)
		submit(n, false, 0, dma->large[n], LARGE);
	while (dma->used.idx == 0)
		;
	tap_note("%u of %u requests done", dma->used.idx, NR_LARGE);
	if (how == RESET)
		arch_reset();
	if (how == POWER_OFF)
		arch_poweroff(true);
	((void (*)(void))NOWHERE)();
	arch_poweroff(false);
}

int guest_main(void)
{
	u64 what = bootarg_number("do", TESTS);

	dma = (volatile struct dma *)(bootarg_number("dma", 0) << 20);
	if (what != TESTS)
		leave(what);
	tests();
	return tap_done();
}
