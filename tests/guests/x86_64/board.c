// SPDX-License-Identifier: Apache-2.0
#include <arch/apic.h>
#include <arch/platform.h>
#include <arch/regs.h>
#include <guest/tap.h>

/* What a guest is told of its PC, and what answers where it has nothing. */

static u32 get32(u64 at)
{
	u32 v;

	memcpy(&v, (const void *)at, 4);
	return v;
}

static u64 get64(u64 at)
{
	return get32(at) | (u64)get32(at + 4) << 32;
}

static u8 sum(u64 at, u32 len)
{
	u8 s = 0;

	while (len--)
		s += mmio_read8(at++);
	return s;
}

static u64 find_rsdp(void)
{
	for (u64 at = 0xe0000; at < 0x100000; at += 16)
		if (!memcmp((const void *)at, "RSD PTR ", 8))
			return at;
	return 0;
}

static u64 find_table(u64 xsdt, const char *signature)
{
	for (u64 at = xsdt + 36; at < xsdt + get32(xsdt + 4); at += 8)
		if (!memcmp((const void *)get64(at), signature, 4))
			return get64(at);
	return 0;
}

static void fadt(u64 t)
{
	u32 flags = get32(t + 112);
	u64 dsdt = get64(t + 140);

	tap_ok(flags >> 20 & 1, "the platform is hardware-reduced");
	tap_ok((flags >> 10 & 1) && get64(t + 120) == 0xcf9, "it has a reset register");
	tap_ok(get64(t + 248) && get64(t + 260), "and those for sleep");
	tap_ok(!memcmp((const void *)dsdt, "DSDT", 4) && !sum(dsdt, get32(dsdt + 4)),
	       "there is a DSDT");
}

static void tables(void)
{
	u64 rsdp = find_rsdp(), xsdt, t;

	if (!tap_ok(rsdp != 0, "there is an RSDP below 1 MiB"))
		return;
	tap_ok(!sum(rsdp, 20) && !sum(rsdp, 36), "its sums are right");
	xsdt = get64(rsdp + 24);
	tap_ok(!memcmp((const void *)xsdt, "XSDT", 4) && !sum(xsdt, get32(xsdt + 4)),
	       "it leads to an XSDT");
	t = find_table(xsdt, "FACP");
	if (tap_ok(t && !sum(t, get32(t + 4)), "there is a FADT"))
		fadt(t);
	t = find_table(xsdt, "APIC");
	tap_ok(t && !sum(t, get32(t + 4)), "there is a MADT");
	tap_eq(get32(t + 36), LAPIC_BASE, "with the local APICs");
	tap_eq(get32(t + 40) & 1, 0, "and no 8259");
	tap_eq(platform.nr_cpus, 1, "as many CPUs as described");
}

static bool is_ram(u64 at)
{
	for (unsigned int i = 0; i < nr_ram_ranges; i++)
		if (at - ram_ranges[i].base < ram_ranges[i].size)
			return true;
	return false;
}

static void memory(void)
{
	tap_ok(is_ram(0) && is_ram(0x9f000), "RAM begins at 0");
	tap_ok(!is_ram(0xa0000) && !is_ram(0xfffff), "has a hole below 1 MiB");
	tap_ok(is_ram(0x100000) && is_ram(MIB(32) - 1) && !is_ram(MIB(32)),
	       "and goes on behind it to its end");
}

/* QEMU's firmware configuration: an item is selected by a word, and read byte by byte. */
#define FW_CFG_SELECT 0x510
#define FW_CFG_DATA   0x511

static u64 fw_cfg_number(u16 key, unsigned int bytes)
{
	u64 v = 0;

	outw(FW_CFG_SELECT, key);
	for (unsigned int i = 0; i < bytes; i++)
		v |= (u64)inb(FW_CFG_DATA) << 8 * i;
	return v;
}

static void firmware_configuration(void)
{
	char text[4];
	void *to = text;
	u64 n = sizeof(text);

	tap_eq(fw_cfg_number(0, 4), 0x554d4551, "QEMU's firmware configuration is there");
	tap_eq(fw_cfg_number(1, 4), 1, "by ports alone");
	tap_eq(fw_cfg_number(3, 8), MIB(32), "it has the size of RAM");
	tap_eq(fw_cfg_number(5, 2), platform.nr_cpus, "and the number of CPUs");
	outw(FW_CFG_SELECT, 0);
	__asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"(FW_CFG_DATA) : "memory");
	tap_ok(!memcmp(text, "QEMU", 4), "a string instruction reads it, too");
	tap_eq(fw_cfg_number(0x19, 4), 1u << 24, "and one file");
	tap_eq(fw_cfg_number(0x4242, 8), 0, "what is not there reads as zeroes");
}

static void absent(void)
{
	static const u16 ports[] = { 0x20, 0x21, 0x60, 0x64, 0xa1, 0x2f8, 0xcfc, 0x80 };
	bool ones = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++) {
		outb(ports[i], 0);
		ones &= inb(ports[i]) == 0xff;
	}
	tap_ok(ones, "where a PC may have something and this has not, there are ones");
	tap_eq(mmio_read32(0xfed00000), ~0u, "so there are for an HPET");
	tap_eq(inb(0xcf9), 0, "the reset register is there");
}

int guest_main(void)
{
	tables();
	memory();
	firmware_configuration();
	absent();
	return tap_done();
}
