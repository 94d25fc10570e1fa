/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VPIT_H
#define VIRT_VPIT_H

#include <lodge/types.h>

/* Between the two parts of the 8254: vpit.c is the device, vpit_counter.c each of its counters.
 * Time in these functions is in clocks of the counters. */

#define PIT_HZ 1193182u

/**
 * struct pit_counter - one counter; times are in its clocks
 * @start:	  when counting began; while @running is not set, clocks that were counted before
 * @reload:	  what it counts down from, 1 to 0x10000
 * @mode, @access, @bcd: of the last control word; access 1 and 2 are the low and the high byte, 3 both
 * @gate:	  level of that input
 * @loaded:	  it has a count since the control word, so that it counts if gate and mode let it
 * @write_low:	  the first byte of two that are written
 * @write_high, @read_high: the second byte is next
 * @latched:	  bytes of @latch that are still to be read
 * @status_latched: @status is to be read first
 */
struct pit_counter {
	u64 start;
	u32 reload;
	u16 latch;
	u8 mode, access, bcd;
	u8 gate, loaded, running;
	u8 write_low, write_high, read_high;
	u8 latched, status_latched, status;
	u8 reserved[6];
};

/** pit_clocks() - how many clocks there are in so many ticks. */
u64 pit_clocks(u64 ticks);
/** pit_to_ticks() - host ticks that so many clocks take, rounded up. */
u64 pit_to_ticks(u64 clocks);
/** pit_counter_reset() - no mode yet, gate as wired. */
void pit_counter_reset(struct pit_counter *c, bool gate);
/** pit_elapsed() - clocks since its count began. */
u64 pit_elapsed(const struct pit_counter *c, u64 now);
/** pit_output() - level of its output. */
bool pit_output(const struct pit_counter *c, u64 now);
/** pit_next_rise() - when its output rises next; 0 for never. */
u64 pit_next_rise(const struct pit_counter *c, u64 now);
/** pit_set_gate() - level of its gate. */
void pit_set_gate(struct pit_counter *c, bool gate, u64 now);
/** pit_command() - a control word, or 0 in its access bits to latch the count. */
void pit_command(struct pit_counter *c, u8 val, u64 now);
/** pit_read_back() - a read-back command that means this counter. */
void pit_read_back(struct pit_counter *c, u8 val, u64 now);
/** pit_read() - a byte of status or count. */
u8 pit_read(struct pit_counter *c, u64 now);
/** pit_write() - a byte of a new count. */
void pit_write(struct pit_counter *c, u8 val, u64 now);
/** pit_counter_check() - one that was saved, with clocks counted as its start; -EINVAL, or it
 * goes on at @now. */
__must_check int pit_counter_check(struct pit_counter *c, u64 now);

#endif
