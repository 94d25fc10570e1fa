# SPDX-License-Identifier: Apache-2.0
#
# Our guests. Included by scripts/kbuild.mk; works in the output directory and
# leaves there, for each guest, guests/NAME (what the boot disk gets),
# guests/NAME.elf (with symbols, for gdb) and guests/NAME.dtb (its description, from
# here or, where it names what only one board has, from the architecture's directory).

include $(srctree)/guests/arch/$(SRCARCH)/flags.mk

guests	   := skernel gkernel pgkernel tkernel mkernel rkernel
guest-programs := hello trespass
guest-dts	   := $(wildcard $(srctree)/guests/*.dts $(srctree)/guests/arch/$(SRCARCH)/*.dts)
guest-vms  := $(patsubst %.dts,guests/%.dtb,$(notdir $(guest-dts)))

guest-arch-dir	:= guests/arch/$(SRCARCH)
guest-lds	:= $(srctree)/$(guest-arch-dir)/guest.lds
guest-lib	:= $(patsubst $(srctree)/%,%.o,$(basename \
		     $(wildcard $(srctree)/guests/lib/*.c) \
		     $(filter-out %/skernel.S,$(wildcard $(srctree)/$(guest-arch-dir)/*.[cS]))))
# Processes of mkernel: programs of their own, with some of the library.
guest-user-lib	:= $(guest-arch-dir)/user/start.o guests/user/console.o guests/lib/printf.o guests/lib/string.o
guest-objs	:= $(guest-lib) $(guest-arch-dir)/skernel.o $(patsubst %,guests/%.o,$(filter-out skernel,$(guests))) \
		   guests/programs.o $(patsubst %,guests/user/%.o,$(guest-programs)) \
		   $(filter-out $(guest-lib),$(guest-user-lib))
# What the hypervisor has as well.
guest-lib	+= guests/lib/elf.o

guest-cppflags	:= -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
		   -I$(srctree)/guests/include -I$(srctree)/$(guest-arch-dir)/include \
		   -I$(srctree)/include
guest-cflags	:= $(guest-arch-flags) $(KCFLAGS) -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fno-pie \
		   -fno-common -fno-strict-aliasing -fno-stack-protector \
		   -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
		   -Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Werror \
		   -ffile-prefix-map=$(srctree)/=
ifneq ($(findstring clang,$(shell $(CC) --version)),)
guest-cflags	:= $(filter-out -fno-tree-loop-distribute-patterns,$(guest-cflags))
endif
guest-ldflags	:= -nostdlib -static --build-id=none -z max-page-size=4096 -z noexecstack

name_guest_cc = CC
 cmd_guest_cc = $(CC) $(guest-cppflags) $(guest-cflags) $(guest-cflags-$@) -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
name_guest_as = AS
 cmd_guest_as = $(CC) $(guest-cppflags) $(guest-arch-flags) $(guest-cflags-$@) -D__ASSEMBLY__ -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
name_guest_ld = LD
 cmd_guest_ld = $(LD) $(guest-ldflags) -T $(guest-lds) -o $@ $(filter %.o,$^)
name_guest_ld_user = LD
 cmd_guest_ld_user = $(LD) $(guest-ldflags) -T $(srctree)/guests/user/user.lds -o $@ $(filter %.o,$^)
name_guest_ld_raw = LD
 cmd_guest_ld_raw = $(LD) $(guest-ldflags) -Ttext=$(guest-raw-addr) -n -o $@ $<
name_guest_strip = STRIP
 cmd_guest_strip = $(OBJCOPY) -S $< $@
name_guest_raw = OBJCOPY
 cmd_guest_raw = $(OBJCOPY) -O binary $< $@
name_dtc = DTC
 cmd_dtc = dtc -q -I dts -O dtb -d $(@D)/.$(@F).d -o $@ $<

$(filter %.o,$(patsubst $(srctree)/%.c,%.o,$(wildcard $(addprefix $(srctree)/,$(guest-objs:.o=.c))))): %.o: $(srctree)/%.c FORCE
	$(call if_changed,guest_cc)
$(filter %.o,$(patsubst $(srctree)/%.S,%.o,$(wildcard $(addprefix $(srctree)/,$(guest-objs:.o=.S))))): %.o: $(srctree)/%.S FORCE
	$(call if_changed,guest_as)

guests/lib/elf.o: $(srctree)/lib/elf.c FORCE
	$(call if_changed,guest_cc)
guests/programs.o: $(addprefix guests/user/,$(guest-programs))
guests/mkernel.elf: guests/programs.o

$(patsubst %,guests/user/%.elf,$(guest-programs)): %.elf: %.o $(guest-user-lib) \
		$(srctree)/guests/user/user.lds FORCE
	$(call if_changed,guest_ld_user)
$(addprefix guests/user/,$(guest-programs)): %: %.elf FORCE
	$(call if_changed,guest_strip)

guests/skernel.elf: $(guest-arch-dir)/skernel.o FORCE
	$(call if_changed,guest_ld_raw)
$(patsubst %,guests/%.elf,$(filter-out skernel,$(guests))): %.elf: %.o $(guest-lib) $(guest-lds) FORCE
	$(call if_changed,guest_ld)

guests/skernel: guests/skernel.elf FORCE
	$(call if_changed,guest_raw)
$(addprefix guests/,$(filter-out skernel,$(guests))): %: %.elf FORCE
	$(call if_changed,guest_strip)
# The same program for Multiboot, where the architecture has that: ELF files of 64 bits are not.
$(patsubst %,guests/%-multiboot,$(guest-multiboot)): %-multiboot: %.elf FORCE
	$(call if_changed,guest_raw)
# One that has gone since is no obstacle.
$(srctree)/%.dts: ;

define guest-dtb
guests/$(notdir $(1:.dts=.dtb)): $1 FORCE
	$$(call if_changed,dtc)
endef
$(foreach d,$(guest-dts),$(eval $(call guest-dtb,$d)))

guest-files := $(addprefix guests/,$(guests) $(addsuffix -multiboot,$(guest-multiboot))) $(guest-vms)

.PHONY: guests
guests: $(guest-files)

built += $(guest-objs) guests/lib/elf.o $(patsubst %,guests/%.elf,$(guests)) $(guest-files) \
	 $(foreach p,$(guest-programs),guests/user/$p guests/user/$p.elf)

include $(srctree)/tests/guests/guests.mk
