// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's GIC, version 2 or 3, on a CPU with few list registers or many: traffic that a model
 * follows, and register accesses of any kind, after which the host has to come to rest.
 */
/* links: arch/aarch64/virt/vgic/vgic_state.c arch/aarch64/virt/vgic/vgic_lr.c */
/* links: arch/aarch64/virt/vgic/vgic_refill.c arch/aarch64/virt/vgic/vgic_hw.c */
/* links: arch/aarch64/virt/vgic/vgic_regs.c arch/aarch64/virt/vgic/vgic_dist.c */
/* links: arch/aarch64/virt/vgic/vgic_redist.c arch/aarch64/virt/vgic/vgic_host.c arch/aarch64/virt/vgic/vgic_v2.c arch/aarch64/virt/vgic/vgic_sgi.c */
/* flags: -DCONFIG_NR_CPUS=1 */
/* arch: aarch64 */
/* runs: 1500 */
/* length: 300 */
#include "fuzz.h"

static struct fuzz *input;
#define MODEL_DRAW() fuzz_u8(input)
#include <vgic_traffic.h>

static void wild_step(struct fuzz *in)
{
	static const u64 blocks[] = { 0, 0x400, 0x800, 0xc00, 0x6000, 0xa0000, 0xb0000, 0xd0000 };
	u8 what = fuzz_u8(in);
	unsigned int n = what & 3, width = 1u << (what >> 2 & 3);
	u64 off = blocks[what >> 4 & 7] + fuzz_take(in, 2) % 0x400 / width * width;

	if (n == 3) {
		if (guest_ack() < 32 && what & 0x80)
			guest_eoi(what);
		host();
	} else if (what & 0x80) {
		wrw(n, off, width, fuzz_take(in, width));
	} else {
		rdw(n, off, width);
	}
}

void fuzz_one(struct fuzz *in)
{
	u8 what = fuzz_u8(in);
	unsigned int nr_lrs = what & 1 ? 16 : 1 + (what >> 1 & 3);

	input = in;
	model_start(what & 8 ? 2 : 3, nr_lrs);
	if (what & 16)
		enable_cpu(0xf8);
	while (in->left) {
		if (what & 16) {
			wild_step(in);
		} else {
			step();
			compare();
		}
	}
	finish();
}
