# SPDX-License-Identifier: Apache-2.0
# Guests are built for the base ISA whatever the host is built for; a test of a
# further extension asks for it by itself. Interrupts come on the running stack.
guest-arch-flags := -m64 -mcmodel=small -mno-red-zone -mgeneral-regs-only -fcf-protection=none
guest-raw-addr   := 0

# A process runs elsewhere than it is linked: its constants are reached from where it is.
guest-cflags-guests/pgkernel.o := -fpie

guest-multiboot := tkernel
