// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/trap.h>
#include <guest/user.h>

static syscall_handler_t handler;

/* Number in x8, arguments from x0 on, result in x0, as Linux has it. */
static void on_svc(struct trap_frame *f)
{
	f->x[0] = (u64)handler(f->x[8], f->x[0], f->x[1], f->x[2]);
}

long arch_user_run(u64 pc, u64 sp, syscall_handler_t on_call)
{
	handler = on_call;
	user_ecall = on_svc;
	return user_enter(pc, sp);
}

void __noreturn arch_user_exit(long status)
{
	user_leave(status);
}
