# SPDX-License-Identifier: Apache-2.0
#
# Bare test guests: one per source file here and in the architecture's directory, which
# takes the place of one here of the same name: the list of names is one list.
# For each there is tests/guests/NAME (the boot disk has it as /tests/NAME), NAME.elf,
# and for each description NAME.dts and NAME.dtb. A guest prints TAP and powers off,
# cleanly if all of it passed; those called contain-* misbehave instead, and it is
# the host's report that counts.

test-dir   := tests/guests
test-arch-srcs := $(patsubst $(srctree)/%,%,$(wildcard $(srctree)/$(test-dir)/$(SRCARCH)/*.[cS]))
test-srcs  := $(test-arch-srcs) $(filter-out $(patsubst $(test-dir)/$(SRCARCH)/%,$(test-dir)/%,$(test-arch-srcs)), \
		$(patsubst $(srctree)/%,%,$(wildcard $(srctree)/$(test-dir)/*.c)))
test-names := $(sort $(basename $(notdir $(filter-out %-asm.S,$(filter-out %-arch.c %-devices.c %-modes.c,$(test-srcs))))))
# NAME-asm.S, NAME-arch.c, NAME-devices.c and NAME-modes.c belong to the guest NAME.
test-obj    = $(filter %/$1.o %/$1-asm.o %/$1-arch.o %/$1-devices.o %/$1-modes.o,$(test-objs))
test-objs  := $(addsuffix .o,$(basename $(test-srcs)))

# ---- descriptions: a template, and what differs from it ----
# Further machines for the same guest: NAME runs $(kernel-NAME).
test-variants	 := memory-1g memory-3g fp-2 marks-2 reset-4
kernel-memory-1g := memory
kernel-memory-3g := memory
kernel-fp-2	 := fp
kernel-marks-2	 := marks
kernel-reset-4	 := reset
mib-memory-1g	 := 1024
mib-memory-3g	 := 3072
mib-bench	 := 64
cpus-contain-timers := 8
mib-contain-reset-bss := 300
mib-marks-2	 := 33
cpus-marks	 := 2
cpus-marks-2	 := 2
cpus-entry	 := 2
cpus-ipi	 := 2
cpus-smp	 := 4
cpus-smp-fence	 := 3
cpus-smp-storm	 := 4
cpus-steal	 := 2
cpus-reset-4	 := 4
flash-reset	 := y
flash-reset-4	 := y
flash-steal	 := y

# Adds variants and flags; sets memory-backings, flash-node.
include $(srctree)/$(test-dir)/$(SRCARCH)/guests.mk

# Read-only memory with RAM behind it; before the properties no node may come.
memory-rom = memory-mib = <32>; autostart; on-exit = "poweroff-host"; \
	$(hash)address-cells = <2>; $(hash)size-cells = <2>; \
	memory@30000000 { reg = <0x0 0x30000000 0x0 0x200000>; read-only; }; \
	memory@30200000 { reg = <0x0 0x30200000 0x0 0x100000>; };
memory-steal = $(memory-rom)

test-vms := $(test-names) $(test-variants)

test-dts = /dts-v1/; / { compatible = "lodge,vm"; label = "$1"; cpus = <$(or $(cpus-$1),1)>; \
	$(or $(memory-$1),memory-mib = <$(or $(mib-$1),32)>;) $(if $(memory-$1),,autostart; on-exit = "poweroff-host";) \
	chosen { kernel = "/tests/$(or $(kernel-$1),$1)"; }; $(if $(flash-$1),$(flash-node)) };

name_test_dts = DTS
 cmd_test_dts = printf '%s\n' '$(call test-dts,$(*F))' > $@

$(patsubst %.c,%.o,$(filter %.c,$(test-srcs))): %.o: $(srctree)/%.c FORCE
	$(call if_changed,guest_cc)
$(patsubst %.S,%.o,$(filter %.S,$(test-srcs))): %.o: $(srctree)/%.S FORCE
	$(call if_changed,guest_as)

define test-elf
$(test-dir)/$1.elf: $(call test-obj,$1) $(guest-lib) $(guest-lds) FORCE
	$$(call if_changed,guest_ld)
endef
$(foreach t,$(test-names),$(eval $(call test-elf,$t)))

$(addprefix $(test-dir)/,$(test-names)): %: %.elf FORCE
	$(call if_changed,guest_strip)
$(patsubst %,$(test-dir)/%.dts,$(test-vms)): $(test-dir)/%.dts: FORCE
	$(call if_changed,test_dts)
$(patsubst %,$(test-dir)/%.dtb,$(test-vms)): %.dtb: %.dts FORCE
	$(call if_changed,dtc)

# Those of this architecture: there may be others' from before in the same directory.
name_test_list = GEN
 cmd_test_list = printf '%s\n' $(test-vms) > $@
$(test-dir)/list: FORCE
	$(call if_changed,test_list)

test-guest-files := $(addprefix $(test-dir)/,list $(test-names) $(addsuffix .dtb,$(test-vms)))

.PHONY: test-guests
test-guests: $(test-guest-files)

built += $(test-objs) $(patsubst %,$(test-dir)/%.elf,$(test-names)) \
	 $(patsubst %,$(test-dir)/%.dts,$(test-vms)) $(test-guest-files)
