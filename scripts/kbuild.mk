# SPDX-License-Identifier: Apache-2.0
#
# One make, one graph.  Directory Makefiles keep the kbuild spelling
# (obj-y, obj-$(CONFIG_X), sub/, ccflags-y, CFLAGS_x.o); walk() below turns
# them into one ordered object list.
#
# Guests are programs of their own and bring their own rules: $(srctree)/guests/guests.mk
# is included with the output directory as working directory and sets
#
#   guest-files		what goes to the boot disk: guests/skernel becomes /sbin/skernel,
#			guests/10-skernel.dtb becomes /vms/10-skernel.dtb
#   test-guest-files	what only the system tests use (from tests/guests/guests.mk,
#			which guests.mk includes)
#
# They may use CC LD OBJCOPY NM, srctree, SRCARCH, arch-flags, CONFIG_*, Q, say and
# if_changed.  For if_changed define name_X (what is printed) and cmd_X (what is run)
# and append the targets to "built", so that their commands are remembered:
#
#   name_guest_cc = CC
#    cmd_guest_cc = $(CC) $(arch-flags) ... -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
#   $(my-objs): guests/%.o: $(srctree)/guests/%.c FORCE
#   	$(call if_changed,guest_cc)
#   built += $(my-objs)
#
# Directories of all of "built" exist before the first command runs.

export srctree
objtree		:= $(CURDIR)
Kconfig		:= Kconfig
conf		:= $(srctree)/scripts/kconfig

need = $(if $(shell command -v $(firstword $1)),,$(error $(firstword $1) is not installed. Try: make setup))

# ---- output: quiet by default, V=1 prints the commands ------------------
say = @printf '  %-7s %s\n' '$1' '$2'
ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
endif
# Short options are the first word of MAKEFLAGS.
ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
  say = @:
endif

empty :=
space := $(empty) $(empty)
hash  := \#
squote := '

# ---- goals --------------------------------------------------------------
# Those that must not need a .config, and the others that are no files.
noconfig    := %config clean mrproper format-check
named       := all checkstack vmcheck qemu run gdb tests tests-long tests-debug test-guests coverage fuzz \
	       bench conformance htmldocs
goals       := $(or $(MAKECMDGOALS),all)
build-goals := $(filter-out $(noconfig),$(goals))

unknown := $(strip $(foreach g,$(filter-out $(named),$(build-goals)),$(if $(findstring /,$g)$(findstring .,$g),,$g)))
ifneq ($(unknown),)
$(error There is no target $(firstword $(unknown)). Try: make help)
endif
ifneq ($(filter-out 0 1,$(LLVM)),)
$(error LLVM=$(LLVM): give 1 for clang and lld, or leave it out)
endif
ifneq ($(filter-out 0 1,$(RECORD)),)
$(error RECORD=$(RECORD): give 1 to record, or leave it out)
endif
ifneq ($(filter-out clean mrproper format-check,$(goals)),)
$(call need,kconfig-conf)
endif

# ---- configuration ------------------------------------------------------
export KCONFIG_CONFIG     := .config
export KCONFIG_AUTOHEADER := include/generated/autoconf.h.new
export KCONFIG_AUTOCONFIG := include/config/auto.conf

# ARCH, as Linux has it, chooses the default configuration. One that is there must be for it.
defconfigs := $(notdir $(wildcard $(srctree)/configs/*_defconfig))
archs	   := $(defconfigs:%_defconfig=%)
ARCH-riscv := riscv64
ARCH-arm64 := aarch64
ARCH-x86   := x86_64
ARCH-amd64 := x86_64
asked	   := $(or $(ARCH-$(ARCH)),$(ARCH))
ifneq ($(filter-out $(archs),$(asked)),)
$(error ARCH=$(ARCH): there are $(archs))
endif
DEFCONFIG  ?= $(or $(asked),riscv64)_defconfig

$(defconfigs):
	$(Q)$(conf) --defconfig=$(srctree)/configs/$@ $(Kconfig)
%_defconfig:
	@echo >&2 '*** There is no $@. There are: $(defconfigs)'; false
defconfig: $(DEFCONFIG)
%config:
	@echo >&2 '*** There is no target $@. Try: make help'; false
# mconf without a terminal would wait for ever.
menuconfig:
	@test -t 0 -a -t 1 || { echo >&2 '*** $@ needs a terminal'; false; }
	$(Q)kconfig-mconf $(Kconfig)
oldconfig olddefconfig allnoconfig allyesconfig randconfig listnewconfig:
	$(Q)$(conf) --$@ $(Kconfig)
savedefconfig: .config
	$(Q)$(conf) --savedefconfig=defconfig $(Kconfig)
.PHONY: $(defconfigs) defconfig menuconfig oldconfig olddefconfig allnoconfig allyesconfig \
	randconfig listnewconfig savedefconfig

.config:
	@echo '  no configuration yet: taking $(DEFCONFIG)'
	$(Q)$(conf) --defconfig=$(srctree)/configs/$(DEFCONFIG) $(Kconfig) >/dev/null

ifneq ($(build-goals),)

rooms	 := init kernel mm virt control drivers fs shell lib
kconfigs := $(srctree)/Kconfig $(shell cd $(srctree) && \
	find $(wildcard arch $(rooms)) -name 'Kconfig*' -printf '$(srctree)/%p ')

include include/config/auto.conf

# kconfig rewrites auto.conf and autoconf.h every time it runs, changed or
# not, and it is not safe to run twice at once in one directory: one rule
# makes both, and autoconf.h is only replaced when its text differs.
include/config/auto.conf: .config $(kconfigs)
	$(Q)mkdir -p include/config include/generated
	$(Q)$(srctree)/scripts/config-unknown .config $(kconfigs)
	$(Q)$(conf) --olddefconfig $(Kconfig) >/dev/null
	$(Q)$(conf) --silentoldconfig $(Kconfig)
	$(Q)cmp -s $(KCONFIG_AUTOHEADER) include/generated/autoconf.h && \
		rm -f $(KCONFIG_AUTOHEADER) || \
		mv -f $(KCONFIG_AUTOHEADER) include/generated/autoconf.h

$(kconfigs): ;

# On the very first pass auto.conf does not exist yet; make builds it by the
# rule above and starts over with the symbols set.
ifdef CONFIG_SRCARCH

# ---- tools and flags ----------------------------------------------------
unquote  = $(patsubst "%",%,$1)
SRCARCH  := $(call unquote,$(CONFIG_SRCARCH))
ifneq ($(filter-out $(SRCARCH),$(asked)),)
$(error ARCH=$(ARCH), but $(objtree)/.config is for $(SRCARCH). Try: make $(asked)_defconfig)
endif
CROSS_COMPILE ?= $(call unquote,$(CONFIG_CROSS_COMPILE))
ifeq ($(LLVM),1)
CC	:= clang --target=$(patsubst %-,%,$(notdir $(CROSS_COMPILE)))
LD	:= ld.lld
OBJCOPY	:= llvm-objcopy
NM	:= llvm-nm
HOSTCC	:= clang
else
CC	:= $(CROSS_COMPILE)gcc
LD	:= $(CROSS_COMPILE)ld
OBJCOPY	:= $(CROSS_COMPILE)objcopy
NM	:= $(CROSS_COMPILE)nm
HOSTCC	:= gcc
endif

$(call need,$(CC))
$(call need,$(LD))

target := $(shell $(CC) -dumpmachine)
ifeq ($(filter $(SRCARCH)-%,$(target)),)
$(error $(firstword $(CC)) is for $(target), .config for $(SRCARCH). Try without CROSS_COMPILE and CC)
endif

cc-option = $(shell $(CC) -Werror $1 -c -x c /dev/null -o /dev/null 2>/dev/null && echo '$1')
ld-option = $(shell $(LD) $1 -v >/dev/null 2>&1 && echo '$1')

cppflags := -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	    -I$(srctree)/arch/$(SRCARCH)/include -Iarch/$(SRCARCH)/include/generated \
	    -I$(srctree)/include -include include/generated/autoconf.h \
	    -D__LODGE__ -DLODGE_VERSION='"$(VERSION)"'
warnings := -Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Wno-unused-parameter -Wvla \
	    -Wframe-larger-than=2048 -Werror
ifeq ($(LLVM),1)
warnings += -Wthread-safety
endif
cflags	 := -std=gnu11 -O2 -g -ffreestanding -fno-pie -fno-common -fno-strict-aliasing \
	    -fno-omit-frame-pointer -fstack-protector-strong \
	    -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	    $(warnings) -ffile-prefix-map=$(srctree)/= -fstack-usage
# Of directories or files (ccflags-y, CFLAGS_x.o) that run at boot, in reports or for a disk, and
# never in an exit: a small program rather than a quick one.
small	 := -Os
asflags	 := -D__ASSEMBLY__ -ffile-prefix-map=$(srctree)/=
ldflags	 := -nostdlib -static --build-id=none --gc-sections -z noexecstack \
	    $(call ld-option,--no-warn-rwx-segments)

include $(srctree)/arch/$(SRCARCH)/Makefile
include $(srctree)/scripts/sanitizers.mk
cflags	 += $(KCFLAGS)

# Objects that set GCOV_PROFILE_x.o := n run where there is no memory for counters.
ifeq ($(CONFIG_COVERAGE),y)
ifeq ($(LLVM),1)
$(error CONFIG_COVERAGE needs gcc: try without LLVM=1)
endif
gcov-flags := -fprofile-arcs -ftest-coverage -fprofile-info-section
# Who merges counters with those of earlier runs: here nobody.
ldflags	 += --defsym=__gcov_merge_add=0
endif

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
 cmd_cc_o_c = $(CC) $(cppflags) $(cflags) $(call kasan-flags-of,$(cflags-$@)) $(cflags-$@) -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
name_as_o_S = AS
 cmd_as_o_S = $(CC) $(cppflags) $(asflags) $(cflags-$@) -MMD -MP -MF $(@D)/.$(@F).d -c -o $@ $<
name_cc_s_c = OFFSETS
 cmd_cc_s_c = $(CC) $(cppflags) $(cflags) -MMD -MP -MF $(@D)/.$(@F).d -S -o $@ $<
name_lds = LDS
 cmd_lds = $(CC) -E -P -x c $(cppflags) $(asflags) -MMD -MP -MT $@ -MF $(@D)/.$(@F).d -o $@ $<
name_ld = LD
 cmd_ld = NM="$(NM)" AS="$(CC) $(asflags) -c" $(srctree)/scripts/link.sh $@ \
	$(LD) $(ldflags) -T $(lds) $(objs)
name_objcopy = OBJCOPY
 cmd_objcopy = $(OBJCOPY) -O binary $< $@

# ---- walk: directory Makefiles -> ordered object list -------------------
define enter
obj := $1
obj-y :=
ccflags-y :=
subdir-ccflags-y := $$(subdir-cflags-$$(patsubst %/,%,$$(dir $1)))
include $$(firstword $$(wildcard $(srctree)/$1/Kbuild) $(srctree)/$1/Makefile)
items-$1 := $$(obj-y)
subdir-cflags-$1 := $$(subdir-ccflags-y)
$$(foreach o,$$(filter %.o,$$(obj-y)),$$(eval cflags-$1/$$o := $$(subdir-ccflags-y) $$(ccflags-y) $$(CFLAGS_$$o) $$(if $$(filter n,$$(GCOV_PROFILE_$$o)),,$(gcov-flags)))$$(eval undefine CFLAGS_$$o))
endef
walk = $(eval $(call enter,$1))$(foreach i,$(items-$1),$(if $(filter %/,$i),$(call walk,$1/$(i:%/=%)),$1/$i))

inhabited := $(patsubst $(srctree)/%/Makefile,%,$(wildcard $(rooms:%=$(srctree)/%/Makefile)))
objs	:= $(strip $(foreach d,arch/$(SRCARCH) $(inhabited),$(call walk,$d)))
lds	:= arch/$(SRCARCH)/boot/lodge.lds
offsets	:= arch/$(SRCARCH)/include/generated/asm-offsets.h
image	:= lodge.elf
built	:= $(objs) $(image) lodge.bin $(lds) arch/$(SRCARCH)/kernel/asm-offsets.s

# ---- rules --------------------------------------------------------------
all: $(image) lodge.bin

$(image): $(objs) $(lds) $(srctree)/scripts/link.sh $(srctree)/scripts/ksyms.awk FORCE
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
s-objs	:= $(patsubst $(srctree)/%.S,%.o,$(wildcard $(addprefix $(srctree)/,$(objs:.o=.S))))
$(s-objs): %.o: $(srctree)/%.S FORCE
	$(call if_changed,as_o_S)
$(filter-out $(c-objs) $(s-objs),$(objs)):
	@echo >&2 '*** $@ is in a Makefile, but there is no $(@:.o=.c) and no $(@:.o=.S)'; false

arch/$(SRCARCH)/kernel/asm-offsets.s: $(srctree)/arch/$(SRCARCH)/kernel/asm-offsets.c FORCE
	$(call if_changed,cc_s_c)
$(offsets): arch/$(SRCARCH)/kernel/asm-offsets.s
	$(Q)sed -n 's/^.*@DEF \([A-Z0-9_]*\) [$$#]*\(-\{0,1\}[0-9]*\).*/#define \1 \2/p' $< > $@.new
	$(Q)cmp -s $@.new $@ && rm $@.new && touch $@ || mv $@.new $@

compile_commands.json: $(objs)
	$(call say,GEN,$@)
	$(Q)$(srctree)/scripts/compdb.py $(objs) > $@.new && mv $@.new $@

# The deepest path of each entry. The image once more, with what the linker knows of addresses.
relocs := lodge.relocs.elf
name_ld_relocs = LD
 cmd_ld_relocs = $(cmd_ld) --emit-relocs
$(relocs): $(image) FORCE
	$(call if_changed,ld_relocs)
built += $(relocs)
checkstack: $(relocs)
	$(Q)$(srctree)/scripts/stack/check $(SRCARCH) $(objtree) $(CROSS_COMPILE)

include $(srctree)/scripts/images.mk
include $(srctree)/scripts/targets.mk

$(shell mkdir -p include/generated $(sort $(dir $(built) $(offsets))))
-include $(foreach t,$(built),$(call cmdfile,$t))

endif # CONFIG_SRCARCH
endif # build-goals

format-check:
	$(Q)$(srctree)/scripts/format-check

# Only ever in a directory that scripts/outdir has marked.
clean:
	$(Q)test ! -e .lodge-output || rm -rf arch init kernel mm virt control drivers fs shell lib guests tests scripts \
		linux boot bench conformance htmldocs run.* .lodge.* lodge.elf lodge.relocs.elf lodge.bin disk.img flash.img defconfig \
		coverage gcov.counters \
		compile_commands.json .*.cmd gdb-console.log
mrproper: clean
	$(Q)test ! -e .lodge-output || rm -rf include .config .config.old
	$(Q)rm -f .lodge-output
.PHONY: all clean mrproper checkstack compile_commands.json format-check FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
FORCE:
