# SPDX-License-Identifier: Apache-2.0
# Guests are built for the base ISA whatever the host is built for; a test of a
# further extension asks for it by itself.
guest-arch-flags := $(arch-flags) -mno-relax
guest-raw-addr   := 0x80200000
