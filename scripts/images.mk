# SPDX-License-Identifier: Apache-2.0
#
# Guests, VM descriptions, boot disk and pflash image: part of kbuild.mk.

guest-files	 :=
test-guest-files :=
include $(wildcard $(srctree)/guests/guests.mk)

LODGE_CACHE	?= $(srctree)/build/fetch
vm-dtbs	 := $(filter %.dtb,$(guest-files))
built	 += disk.img flash.img vmcheck

name_disk = DISK
 cmd_disk = $(srctree)/scripts/boot-files boot linux $(guest-files) && \
	$(srctree)/scripts/mkdisk $@ boot
name_flash = FLASH
 cmd_flash = $(srctree)/scripts/mkflash $@

all: $(guest-files) disk.img flash.img

# Rewritten only when the Linux that could be had is another one.
linux/status: FORCE
	@$(srctree)/scripts/linux-guest $(SRCARCH) $(LODGE_CACHE)/$(SRCARCH) linux

disk.img: linux/status $(guest-files) $(srctree)/scripts/boot-files \
		$(srctree)/scripts/mkdisk FORCE
	$(call if_changed,disk)
flash.img: $(srctree)/scripts/mkflash FORCE
	$(call if_changed,flash)

# ---- a checker of VM descriptions, for this machine ---------------------
# The sources that read descriptions in the hypervisor, compiled for the host with the
# stand-ins that the unit tests use.
vmcheck-src := $(addprefix $(srctree)/,scripts/vmcheck/main.c virt/vm_config.c $(vmcheck-y))
name_vmcheck = HOSTCC
 cmd_vmcheck = $(HOSTCC) $(vmcheck-flags) -o $@ $(filter %.c,$(vmcheck-src))

vmcheck: $(vmcheck-src) $(wildcard $(srctree)/include/lodge/*.h) FORCE
	$(call if_changed,vmcheck)
