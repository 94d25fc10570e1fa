# SPDX-License-Identifier: Apache-2.0
# Guests are built for the base ISA whatever the host is built for; a test of a
# further extension asks for it by itself. With the MMU off all memory is a device's,
# which has no unaligned accesses.
guest-arch-flags := -march=armv8-a -mgeneral-regs-only -mstrict-align
guest-raw-addr   := 0x40200000
