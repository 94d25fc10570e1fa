# SPDX-License-Identifier: Apache-2.0
test-variants	+= vector-2
kernel-vector-2	:= vector

guest-cflags-tests/guests/riscv64/fp-asm.o := -march=rv64imafdc

define flash-node
devices { flash { compatible = "lodge,passthrough"; reg = <0x0 0x22000000 0x0 0x2000000>; host-reg = <0x0 0x22000000 0x0 0x2000000>; }; };
endef

# Before the properties no node may come: the cells are for the memory nodes.
define memory-backings
autostart; on-exit = "poweroff-host"; $(hash)address-cells = <2>; $(hash)size-cells = <2>; \
memory@80000000 { reg = <0x0 0x80000000 0x0 0x2000000>; backing = "eager"; }; \
memory@b0000000 { reg = <0x0 0xb0000000 0x0 0x400000>; backing = "reserved"; host-reg = <0x0 0x88000000 0x0 0x400000>; }; \
memory@8a000000 { reg = <0x0 0x8a000000 0x0 0x400000>; backing = "identical"; }; \
memory@c0000000 { reg = <0x0 0xc0000000 0x0 0x3000>; };
endef
