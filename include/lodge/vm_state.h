/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LODGE_VM_STATE_H
#define LODGE_VM_STATE_H

#include <lodge/types.h>

/* The states of a VM; Documentation/life-cycle.rst has them as a diagram. */
enum vm_state {
	VM_CREATED,   /* its objects are there; nothing has been loaded */
	VM_STARTING,  /* memory and images are being made, at first or for a reset */
	VM_RUNNING,   /* its vCPUs run, or wait as the guest has them do */
	VM_PAUSED,    /* no vCPU is in the guest, nor enters it */
	VM_STOPPING,  /* it runs, and has been asked to end */
	VM_DYING,     /* its vCPUs leave, and what it used is given back */
	VM_STOPPED,   /* it has ended as the guest or somebody wanted */
	VM_CRASHED,   /* it could not go on; its memory is as it was until it is destroyed */
	VM_DESTROYED, /* nobody finds it any more */
	NR_VM_STATES
};

/* What changes them. */
enum vm_event {
	/* what others ask for */
	VM_EV_START,
	VM_EV_PAUSE,
	VM_EV_RESUME,
	VM_EV_RESET, /* the guest may, too */
	VM_EV_STOP,
	VM_EV_KILL,
	VM_EV_DESTROY,
	/* what comes of it */
	VM_EV_LOADED,
	VM_EV_LOADED_PAUSED, /* and was paused meanwhile */
	VM_EV_NOT_STOPPED,   /* the guest has not ended in time */
	VM_EV_END,	     /* the guest ends itself, or can't go on */
	VM_EV_ENDED,	     /* all is quiet, and it was meant to end */
	VM_EV_FAILED,	     /* it can't be loaded; or all is quiet, and it was not meant to end */
	NR_VM_EVENTS
};

/**
 * vm_state_next() - the state that @event brings in @state
 * Return: a state, which may be the same, -EBUSY if it is to be tried later, when what is under way
 * has come to its end, -EINVAL if @event has no place in @state.
 */
__must_check int vm_state_next(enum vm_state state, enum vm_event event);

/** vm_state_name() - as descriptions, messages and commands call it. */
const char *vm_state_name(enum vm_state state);

/** vm_state_alive() - whether a VM in @state has vCPUs in use, or is about to: it is to end first. */
static inline bool vm_state_alive(enum vm_state state)
{
	return state >= VM_STARTING && state <= VM_DYING;
}

#endif
