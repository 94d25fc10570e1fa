// SPDX-License-Identifier: Apache-2.0
/* Which states a VM has, and what leads from one to another: the table of Documentation/life-cycle.rst. */
#include <lodge/errno.h>
#include <lodge/vm_state.h>

static const char *const names[NR_VM_STATES] = {
	[VM_CREATED] = "created", [VM_STARTING] = "starting", [VM_RUNNING] = "running",
	[VM_PAUSED] = "paused",	  [VM_STOPPING] = "stopping", [VM_DYING] = "dying",
	[VM_STOPPED] = "stopped", [VM_CRASHED] = "crashed",   [VM_DESTROYED] = "destroyed",
};

/* An entry is a state and 1, for a place that says nothing is refused; or it says why. */
#define TO(state) (VM_##state + 1)
#define BUSY	  (-1)

/* clang-format off */
static const s8 table[NR_VM_STATES][NR_VM_EVENTS] = {
	[VM_CREATED] = {
		[VM_EV_START]	      = TO(STARTING),
		[VM_EV_DESTROY]	      = TO(DESTROYED),
	},
	[VM_STARTING] = {
		[VM_EV_START]	      = BUSY,
		[VM_EV_PAUSE]	      = TO(STARTING), /* and comes up paused */
		[VM_EV_RESUME]	      = TO(STARTING),
		[VM_EV_RESET]	      = BUSY,
		[VM_EV_STOP]	      = BUSY,
		[VM_EV_KILL]	      = TO(DYING),
		[VM_EV_DESTROY]	      = BUSY,
		[VM_EV_LOADED]	      = TO(RUNNING),
		[VM_EV_LOADED_PAUSED] = TO(PAUSED),
		[VM_EV_FAILED]	      = TO(DYING),
	},
	[VM_RUNNING] = {
		[VM_EV_PAUSE]	      = TO(PAUSED),
		[VM_EV_RESET]	      = TO(STARTING),
		[VM_EV_STOP]	      = TO(STOPPING),
		[VM_EV_KILL]	      = TO(DYING),
		[VM_EV_END]	      = TO(DYING),
	},
	[VM_PAUSED] = {
		[VM_EV_PAUSE]	      = TO(PAUSED),
		[VM_EV_RESUME]	      = TO(RUNNING),
		[VM_EV_RESET]	      = TO(STARTING),
		[VM_EV_KILL]	      = TO(DYING),
		[VM_EV_END]	      = TO(DYING), /* by what a vCPU was about to do */
	},
	[VM_STOPPING] = {
		[VM_EV_PAUSE]	      = BUSY,
		[VM_EV_RESET]	      = TO(STARTING),
		[VM_EV_STOP]	      = BUSY,
		[VM_EV_KILL]	      = TO(DYING),
		[VM_EV_NOT_STOPPED]   = TO(RUNNING),
		[VM_EV_END]	      = TO(DYING),
	},
	[VM_DYING] = {
		[VM_EV_START]	      = BUSY,
		[VM_EV_KILL]	      = TO(DYING),
		[VM_EV_DESTROY]	      = BUSY,
		[VM_EV_ENDED]	      = TO(STOPPED),
		[VM_EV_FAILED]	      = TO(CRASHED),
	},
	[VM_STOPPED] = {
		[VM_EV_START]	      = TO(STARTING),
		[VM_EV_DESTROY]	      = TO(DESTROYED),
	},
	[VM_CRASHED] = {
		[VM_EV_START]	      = TO(STARTING),
		[VM_EV_DESTROY]	      = TO(DESTROYED),
	},
};
/* clang-format on */

int vm_state_next(enum vm_state state, enum vm_event event)
{
	int entry = table[state][event];

	return entry > 0 ? entry - 1 : entry == BUSY ? -EBUSY : -EINVAL;
}

const char *vm_state_name(enum vm_state state)
{
	return names[state];
}
