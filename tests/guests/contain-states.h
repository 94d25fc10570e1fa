/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAIN_STATES_H
#define CONTAIN_STATES_H

#include <guest/cpus.h>

/* What a vCPU does when the firmware can suspend it, or on x86_64 when another sends it INIT. @c: NULL on the boot CPU. */

/* Suspended for good: every second one loses its state, but for the boot CPU. */
void states_suspend(struct cpu *c);
/* Suspended again and again, with a wake-up event pending. */
void states_resume(struct cpu *c);

#endif
