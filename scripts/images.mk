# SPDX-License-Identifier: Apache-2.0
#
# Guests, VM descriptions, boot disk and pflash image: part of kbuild.mk.

guest-files	 :=
test-guest-files :=
include $(wildcard $(srctree)/guests/guests.mk)

# Outside the tree, so that another clone fetches nothing.
LODGE_CACHE	?= $(if $(XDG_CACHE_HOME)$(HOME),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lodge,build/fetch)
vm-dtbs	 := $(filter %.dtb,$(guest-files))
built	 += disk.img flash.img

name_disk = DISK
 cmd_disk = $(srctree)/scripts/boot-files boot linux $(guest-files) && \
	$(srctree)/scripts/mkdisk $@ boot
name_flash = FLASH
 cmd_flash = $(srctree)/scripts/mkflash $@ $(flash-kib-$(SRCARCH))
# So large that the second bank begins where that of the board does.
flash-kib-x86_64 := 3840

all: $(guest-files) disk.img flash.img

# Rewritten only when the Linux that could be had is another one.
linux/status: FORCE
	@$(srctree)/scripts/linux-guest $(SRCARCH) \
		'$(call from-caller,$(LODGE_CACHE))/$(SRCARCH)' linux

disk.img: linux/status $(guest-files) $(srctree)/scripts/boot-files \
		$(srctree)/scripts/mkdisk FORCE
	$(call if_changed,disk)
flash.img: $(srctree)/scripts/mkflash FORCE
	$(call if_changed,flash)

# ---- a checker of VM descriptions, for this machine ---------------------
# The sources that read descriptions in the hypervisor, compiled for the host with the
# stand-ins that the unit tests use. Which kinds of devices there are is in the sources
# that register them.
vmcheck		:= scripts/vmcheck/vmcheck
vmcheck-devices	:= scripts/vmcheck/vmcheck-devices.h
vmcheck-src	:= $(addprefix $(srctree)/,scripts/vmcheck/main.c arch/$(SRCARCH)/virt/board.c \
		   virt/mem/region.c lib/string.c lib/printf.c lib/bitops.c) \
		   $(wildcard $(srctree)/virt/config/*.c $(srctree)/lib/fdt*.c)
built		+= $(vmcheck) $(vmcheck-devices)

name_vmcheck = HOSTCC
 cmd_vmcheck = $(HOSTCC) -std=gnu11 -ffreestanding -O1 -g -Wall -Wextra -Wno-unused-parameter -Werror \
	-I$(srctree)/tests/unit/include -I$(srctree)/include -I$(srctree)/arch/$(SRCARCH)/include \
	-I$(@D) \
	-o $@ $(filter %.c,$^)
name_devices = GEN
 cmd_devices = sed -n '/\.compatible = "/s/.*"\(.*\)".*/DEVICE("\1")/p' \
	$$(grep -l VDEV_REGISTER $(filter %.c,$^)) > $@

$(vmcheck): $(vmcheck-src) $(vmcheck-devices) $(wildcard $(srctree)/include/lodge/*.h) FORCE
	$(call if_changed,vmcheck)
$(vmcheck-devices): $(patsubst %.o,$(srctree)/%.c,$(filter virt/dev/% arch/$(SRCARCH)/virt/%,$(c-objs))) FORCE
	$(call if_changed,devices)
