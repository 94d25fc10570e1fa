// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/irq.h>
#include <guest/user.h>

static syscall_handler_t handler;

/* Number in a7, arguments from a0 on, result in a0, as Linux has it. */
static void on_ecall(struct trap_frame *f)
{
	f->sepc += 4;
	f->x[10] = (u64)handler(f->x[17], f->x[10], f->x[11], f->x[12]);
}

long arch_user_run(u64 pc, u64 sp, syscall_handler_t on_call)
{
	handler = on_call;
	user_ecall = on_ecall;
	return user_enter(pc, sp);
}

void __noreturn arch_user_exit(long status)
{
	user_leave(status);
}
