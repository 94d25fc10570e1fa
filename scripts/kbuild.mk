# SPDX-License-Identifier: Apache-2.0
#
# One make, one graph.  Directory Makefiles keep the kbuild spelling
# (obj-y, obj-$(CONFIG_X), sub/, ccflags-y, CFLAGS_x.o); walk() below turns
# them into one ordered object list.

export srctree
Kconfig		:= Kconfig
conf		:= kconfig-conf

# ---- output: quiet by default, V=1 prints the commands ------------------
ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
  say = @printf '  %-7s %s\n' $1 $2
endif
ifneq ($(findstring s,$(filter-out --%,$(MAKEFLAGS))),)
  say = @:
endif

empty :=
space := $(empty) $(empty)
hash  := \#
squote := '

# ---- goals that must not need a .config ---------------------------------
noconfig := %config help clean mrproper tags
goals    := $(or $(MAKECMDGOALS),all)
config-goals := $(filter %config,$(goals))
build-goals  := $(filter-out $(noconfig),$(goals))

ifneq ($(and $(config-goals),$(filter-out %config,$(goals))),)
# Configuration and build goals together: one after the other.
.PHONY: $(goals) __serial
$(goals): __serial ; @:
__serial:
	@set -e; for g in $(goals); do $(MAKE) -f $(srctree)/Makefile $$g; done
else

# ---- configuration ------------------------------------------------------
export KCONFIG_CONFIG     := .config
export KCONFIG_AUTOHEADER := include/generated/autoconf.h.new
export KCONFIG_AUTOCONFIG := include/config/auto.conf

%_defconfig:
	$(Q)$(conf) --defconfig=$(srctree)/configs/$@ $(Kconfig)
menuconfig nconfig:
	$(Q)kconfig-$(patsubst %config,%,$(patsubst menuconfig,mconfig,$@))conf $(Kconfig)
oldconfig olddefconfig allnoconfig allyesconfig randconfig listnewconfig:
	$(Q)$(conf) --$@ $(Kconfig)
savedefconfig:
	$(Q)$(conf) --savedefconfig=defconfig $(Kconfig)
.PHONY: menuconfig nconfig oldconfig olddefconfig allnoconfig allyesconfig \
	randconfig listnewconfig savedefconfig

ifneq ($(build-goals),)

# kconfig rewrites auto.conf and autoconf.h every time it runs, changed or
# not, and it is not safe to run twice at once in one directory: one rule
# makes both, and autoconf.h is only replaced when its text differs.
kconfigs := $(shell find $(srctree) -path '*/.*' -prune -o -name 'Kconfig*' -print)

include include/config/auto.conf

include/config/auto.conf: .config $(kconfigs)
	$(Q)mkdir -p include/config include/generated
	$(Q)$(conf) --olddefconfig $(Kconfig) >/dev/null
	$(Q)$(conf) --silentoldconfig $(Kconfig)
	$(Q)cmp -s $(KCONFIG_AUTOHEADER) include/generated/autoconf.h && \
		rm -f $(KCONFIG_AUTOHEADER) || \
		mv -f $(KCONFIG_AUTOHEADER) include/generated/autoconf.h

.config:
	@echo >&2 "*** No configuration here. Try: make riscv64_defconfig"; false
$(kconfigs): ;

# On the very first pass auto.conf does not exist yet; make builds it by the
# rule above and starts over with the symbols set.
ifdef CONFIG_SRCARCH

# ---- tools and flags ----------------------------------------------------
unquote  = $(patsubst "%",%,$1)
SRCARCH  := $(call unquote,$(CONFIG_SRCARCH))
CROSS_COMPILE ?= $(call unquote,$(CONFIG_CROSS_COMPILE))
CC	:= $(CROSS_COMPILE)gcc
LD	:= $(CROSS_COMPILE)ld
OBJCOPY	:= $(CROSS_COMPILE)objcopy

cppflags := -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	    -I$(srctree)/arch/$(SRCARCH)/include -Iinclude/generated \
	    -I$(srctree)/include -include include/generated/autoconf.h \
	    -D__LODGE__
cflags	 := $(KCFLAGS) -std=gnu11 -O2 -g -ffreestanding -fno-pie -fno-common \
	    -fno-strict-aliasing -Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Wno-unused-parameter -Werror \
	    -ffile-prefix-map=$(srctree)/= -fstack-usage
asflags	 := -D__ASSEMBLY__ -ffile-prefix-map=$(srctree)/=
ldflags	 := -nostdlib -static --build-id=none --no-warn-rwx-segments

include $(srctree)/arch/$(SRCARCH)/Makefile

# ---- if_changed: run when a prerequisite or the command line changed ----
# Each target keeps .target.cmd with the command that made it (and, for
# compiles, its header dependencies).
cmdfile	= $(dir $1).$(notdir $1).cmd
flat	= $(subst $(space),$(empty)__$(empty),$(strip $1))
differs	= $(filter-out x$(call flat,$(cmd_$1)),x$(call flat,$(saved_$@)))
newer	= $(filter-out FORCE,$?)
escsh	= $(subst $(squote),'\$(squote)',$1)
escmk	= $(subst $(hash),$$(hash),$(subst $$,$$$$,$1))
save	= printf '%s\n' 'saved_$@ := $(call escsh,$(call escmk,$(cmd_$1)))'

stale	= $(or $(newer),$(differs),$(if $(wildcard $@),,missing))
if_changed = $(if $(stale),$(call run,$1),@:)
define run
$(call say,$(name_$1),$@)
$(Q)$(cmd_$1)
@{ $(save); test ! -f $(@D)/.$(@F).d || $(srctree)/scripts/fixdep.sh $(@D)/.$(@F).d $@ $<; } > $(call cmdfile,$@); rm -f $(@D)/.$(@F).d
endef

name_cc_o_c = CC
 cmd_cc_o_c = $(CC) $(cppflags) $(cflags) $(cflags-$@) -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
name_as_o_S = AS
 cmd_as_o_S = $(CC) $(cppflags) $(asflags) $(cflags-$@) -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
name_cc_s_c = OFFSETS
 cmd_cc_s_c = $(CC) $(cppflags) $(cflags) -MMD -MP -MF $(@D)/.$(@F).d -S -o $@ $<
name_lds = LDS
 cmd_lds = $(CC) -E -P -x c $(cppflags) $(asflags) -MMD -MP -MT $@ -MF $(@D)/.$(@F).d -o $@ $<
name_ld = LD
 cmd_ld = $(LD) $(ldflags) -T $(lds) -o $@ $(objs)
name_objcopy = OBJCOPY
 cmd_objcopy = $(OBJCOPY) -O binary $< $@

# ---- walk: directory Makefiles -> ordered object list -------------------
define enter
obj := $1
obj-y :=
ccflags-y :=
include $$(firstword $$(wildcard $(srctree)/$1/Kbuild) $(srctree)/$1/Makefile)
items-$1 := $$(obj-y)
$$(foreach o,$$(filter %.o,$$(obj-y)),$$(eval cflags-$1/$$o := $$(ccflags-y) $$(CFLAGS_$$o))$$(eval undefine CFLAGS_$$o))
endef
walk = $(eval $(call enter,$1))$(foreach i,$(items-$1),$(if $(filter %/,$i),$(call walk,$1/$(i:%/=%)),$1/$i))

rooms	:= arch/$(SRCARCH) kernel mm virt drivers fs lib
objs	:= $(strip $(foreach d,$(rooms),$(call walk,$d)))
lds	:= arch/$(SRCARCH)/boot/lodge.lds
offsets	:= include/generated/asm-offsets.h
image	:= lodge.elf

$(shell mkdir -p $(sort $(dir $(objs)) include/generated))

# ---- rules --------------------------------------------------------------
all: $(image) lodge.bin

$(image): $(objs) $(lds) FORCE
	$(call if_changed,ld)
lodge.bin: $(image) FORCE
	$(call if_changed,objcopy)
$(lds): $(srctree)/$(lds).S FORCE
	$(call if_changed,lds)

$(objs) $(lds): | $(offsets)

# Static patterns: an implicit "%.o: $(srctree)/%.c" would never match, since
# make moves a target's directory in front of the prerequisite.
c-objs	:= $(patsubst $(srctree)/%.c,%.o,$(wildcard $(addprefix $(srctree)/,$(objs:.o=.c))))
$(c-objs): %.o: $(srctree)/%.c FORCE
	$(call if_changed,cc_o_c)
$(filter-out $(c-objs),$(objs)): %.o: $(srctree)/%.S FORCE
	$(call if_changed,as_o_S)

arch/$(SRCARCH)/kernel/asm-offsets.s: $(srctree)/arch/$(SRCARCH)/kernel/asm-offsets.c FORCE
	$(call if_changed,cc_s_c)
$(offsets): arch/$(SRCARCH)/kernel/asm-offsets.s
	$(Q)sed -n 's/^.*@DEF \([A-Z0-9_]*\) [$$#]*\(-\{0,1\}[0-9]*\).*/#define \1 \2/p' $< > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new && touch $@ || mv $@.new $@

checkstack: $(image)
	@find . -name '*.su' -exec cat {} + | sort -t'	' -k2,2nr | head -20

built := $(objs) $(image) lodge.bin $(lds) arch/$(SRCARCH)/kernel/asm-offsets.s
-include $(foreach t,$(built),$(call cmdfile,$t))

endif # CONFIG_SRCARCH
endif # build-goals
endif # not serial

clean:
	$(Q)find . -name '*.o' -o -name '.*.cmd' -o -name '*.su' | xargs rm -f
	$(Q)rm -f lodge.elf lodge.bin
mrproper: clean
	$(Q)rm -rf include .config .config.old
help:
	@echo '  <board>_defconfig  menuconfig  savedefconfig  olddefconfig'
	@echo '  all clean mrproper checkstack;  V=1  O=dir'
.PHONY: all clean mrproper help checkstack FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
FORCE:
