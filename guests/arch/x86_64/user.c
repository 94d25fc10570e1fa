// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>
#include <guest/trap.h>
#include <guest/user.h>

static syscall_handler_t handler;

/* Number in rax, arguments in rdi, rsi and rdx, result in rax. */
static void on_syscall(struct trap_frame *f)
{
	f->rax = (u64)handler(f->rax, f->rdi, f->rsi, f->rdx);
}

long arch_user_run(u64 pc, u64 sp, syscall_handler_t on_call)
{
	handler = on_call;
	user_ecall = on_syscall;
	return user_enter(pc, sp);
}

void __noreturn arch_user_exit(long status)
{
	user_leave(status);
}
