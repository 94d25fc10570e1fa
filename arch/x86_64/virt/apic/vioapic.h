/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VIOAPIC_H
#define VIRT_VIOAPIC_H

/*
 * Between the parts of the guest's IOAPIC: vioapic.c has the registers and its interrupts,
 * vioapic_host.c those that the host hands on.
 */
#include <lodge/vdev.h>
#include "vlapic.h"

#define NR_PINS 24

/* A redirection table entry. */
#define RTE_MODE_SHIFT 8
#define RTE_LOGICAL    BIT(11)
#define RTE_REMOTE_IRR BIT(14)
#define RTE_LEVEL      BIT(15)
#define RTE_MASKED     BIT(16)
#define RTE_DEST_SHIFT 56
#define RTE_WRITABLE   (0xff00000000000000ul | 0x1afff) /* not the two of status */

struct vioapic_state {
	struct vdev_state_header header;
	u32 select, id;
	u32 level; /* lines that are up */
	u32 reserved;
	u64 rte[NR_PINS];
};

/**
 * struct vioapic
 * @waiting: pins of which another pulse would have no effect; their devices are to be told when
 *	     that may be over
 * @host:    the host's interrupts that pins are linked to
 * @linked:  pins that are
 * @kept:    those whose interrupt has come and that the host keeps until the guest has ended it; their lines
 *	     are up
 * @owed:    those of them that no local APIC has taken yet
 */
struct vioapic {
	struct vdev vdev;
	struct vioapic_state s;
	u32 waiting;
	u32 linked, kept, owed;
	u32 host[NR_PINS];
};

static inline struct vioapic *to_vioapic(struct vdev *v)
{
	return container_of(v, struct vioapic, vdev);
}

static inline struct apic_msg vioapic_message(u64 rte)
{
	return (struct apic_msg){
		.dest = (u32)(rte >> RTE_DEST_SHIFT),
		.logical = rte & RTE_LOGICAL,
		.mode = rte >> RTE_MODE_SHIFT & 7,
		.vector = (u8)rte,
		.level = rte & RTE_LEVEL,
	};
}

/* Whether an EOI will tell of the end. */
static inline bool vioapic_is_ended_by_eoi(u64 rte)
{
	return (rte & RTE_LEVEL) && (rte >> RTE_MODE_SHIFT & 7) <= APIC_MODE_LOWEST;
}

/* ---- vioapic.c; the rest with its lock held ---- */

/* Return: whether a local APIC has taken it. */
bool vioapic_deliver(struct vioapic *a, unsigned int pin);

/* ---- vioapic_host.c ---- */

int vioapic_link(struct vdev *v, u32 irq, u32 host);
void vioapic_forward(struct vdev *v, u32 irq);
void vioapic_cut(struct vdev *v, u32 irq);
/* The guest has ended @pin, which is kept. If the device's line is still up, or an edge has come meanwhile, it
 * comes again. */
void vioapic_end_host(struct vioapic *a, unsigned int pin);
/* Something that decides about those of @pins that are kept may have changed. */
void vioapic_retry_host(struct vioapic *a, u32 pins);

#endif
