# SPDX-License-Identifier: Apache-2.0
cpus-debug := 2

define flash-node
devices { flash { compatible = "lodge,passthrough"; reg = <0x0 0x04000000 0x0 0x4000000>; host-reg = <0x0 0x04000000 0x0 0x4000000>; }; };
endef

# Before the properties no node may come: the cells are for the memory nodes.
define memory-backings
autostart; on-exit = "poweroff-host"; $(hash)address-cells = <2>; $(hash)size-cells = <2>; \
memory@40000000 { reg = <0x0 0x40000000 0x0 0x2000000>; backing = "eager"; }; \
memory@70000000 { reg = <0x0 0x70000000 0x0 0x400000>; backing = "reserved"; host-reg = <0x0 0x46000000 0x0 0x400000>; }; \
memory@4a000000 { reg = <0x0 0x4a000000 0x0 0x400000>; backing = "identical"; }; \
memory@80000000 { reg = <0x0 0x80000000 0x0 0x3000>; };
endef
