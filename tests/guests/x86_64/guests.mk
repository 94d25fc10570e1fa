# SPDX-License-Identifier: Apache-2.0
cpus-apic := 2
# Without a first page.
memory-apic = autostart; on-exit = "poweroff-host"; $(hash)address-cells = <2>; $(hash)size-cells = <2>; \
	memory@1000 { reg = <0x0 0x1000 0x0 0x1fff000>; };

cpus-kvmclock := 2
cpus-kick := 2
cpus-init := 3
cpus-eoi := 2

define flash-node
devices { flash { compatible = "lodge,passthrough"; reg = <0x0 0xffc00000 0x0 0x3c0000>; host-reg = <0x0 0xffc00000 0x0 0x3c0000>; }; };
endef

# Before the properties no node may come: the cells are for the memory nodes.
define memory-backings
autostart; on-exit = "poweroff-host"; $(hash)address-cells = <2>; $(hash)size-cells = <2>; \
memory@0 { reg = <0x0 0x0 0x0 0x2000000>; backing = "eager"; }; \
memory@30000000 { reg = <0x0 0x30000000 0x0 0x400000>; backing = "reserved"; host-reg = <0x0 0x8000000 0x0 0x400000>; }; \
memory@a000000 { reg = <0x0 0xa000000 0x0 0x400000>; backing = "identical"; }; \
memory@40000000 { reg = <0x0 0x40000000 0x0 0x3000>; };
endef
