// SPDX-License-Identifier: Apache-2.0
/* The state in which a vCPU starts. */
#include <asm/cpuid.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/virt.h>

/* After RESET and INIT (AMD APM vol. 2, table 14-1). */
#define DR6_INIT 0xffff0ff0
#define DR7_INIT 0x400
#define PAT_INIT 0x0007040600070406
#define CR0_INIT CR0_ET

static void set_segments(struct x86_system_state *s, const struct x86_seg *code,
			 const struct x86_seg *data)
{
	unsigned int i;

	for (i = 0; i < NR_SEGS; i++)
		s->seg[i] = i == SEG_CS ? *code : *data;
	s->ldtr = (struct x86_seg){ .attrib = 0x82, .limit = 0xffff };
	s->tr = (struct x86_seg){ .attrib = 0x8b, .limit = 0xffff };
}

/* As after INIT, or a start-up IPI, with CS at @cs_base. */
static void real_mode(struct x86_system_state *s, u64 cs_base, u64 rip)
{
	struct x86_seg data = { .attrib = 0x93, .limit = 0xffff };
	struct x86_seg code = { .selector = (u16)(cs_base >> 4),
				.attrib = 0x9b,
				.limit = 0xffff,
				.base = cs_base };

	set_segments(s, &code, &data);
	s->gdtr.limit = s->idtr.limit = 0xffff;
	s->cr0 = CR0_INIT;
	s->rip = rip;
}

/* 32 or 64 bits, segments that begin at 0 and end nowhere. */
static void flat_mode(struct x86_system_state *s, const struct x86_start *st)
{
	bool wide = st->mode == X86_START_LONG;
	struct x86_seg data = { .selector = X86_START_DS, .attrib = 0xc93, .limit = 0xffffffff };
	struct x86_seg code = { .selector = X86_START_CS,
				.attrib = wide ? 0xa9b : 0xc9b,
				.limit = 0xffffffff };

	set_segments(s, &code, &data);
	s->gdtr = (struct x86_seg){ .base = st->gdt, .limit = st->gdt_limit };
	s->cr0 = CR0_PE | CR0_ET;
	if (wide) {
		s->cr0 |= CR0_PG | CR0_WP;
		s->cr3 = st->cr3;
		s->cr4 = CR4_PAE | CR4_PGE;
		s->efer = EFER_LME | EFER_LMA | EFER_NXE;
	}
	s->rip = st->rip;
}

/* The first vCPU starts as its boot protocol asks for. */
void x86_start_state(struct vcpu *vcpu, u64 pc)
{
	const struct x86_start *st = &vcpu->vm->arch.start;
	struct x86_guest_state *g = &vcpu->arch.guest;

	g->sys = (struct x86_system_state){
		.pat = PAT_INIT,
		.dr6 = DR6_INIT,
		.dr7 = DR7_INIT,
		.rflags = X86_FLAG_ONE,
	};
	/* The processor's signature (table 14-1); boot protocols have nothing in rdx. */
	if (vcpu->id != 0 || st->mode == X86_START_REAL)
		g->gpr[GPR_RDX] = cpuid(1, 0).eax;
	if (vcpu->id != 0) {
		real_mode(&g->sys, pc, 0);
		return;
	}
	if (st->mode == X86_START_REAL)
		real_mode(&g->sys, st->cs_base, st->rip);
	else
		flat_mode(&g->sys, st);
	g->gpr[GPR_RSP] = st->rsp;
	g->gpr[GPR_RAX] = st->rax;
	g->gpr[GPR_RBX] = st->rbx;
	g->gpr[GPR_RSI] = st->rsi;
}
