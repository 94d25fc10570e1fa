# SPDX-License-Identifier: Apache-2.0
#
# Project sources compiled for the machine that builds: part of unit/Makefile and fuzz/Makefile.
# Those set, before they include this,
#
#   here		their directory
#   programs		what they build: the names of its sources without .c
#   out			where the output goes, absolute
#   HOSTCC		the compiler
#   sanitize		its arguments for sanitizers, of sources, and others of its own
#   sanitize-link	the same, of programs
#   common		sources that all of them link, besides unit/shim.c
#
# A source of a program names what it needs in comments of its own, one of each kind per line:
#   /* links: virt/mem/region.c drivers/foo.c */	sources, from the root of the tree
#   /* libs: -lfdt */				libraries of the building machine
#   /* flags: -DCONFIG_X=1 */			for the program's own source only
#   /* arch: riscv64 */				whose headers it may use, after the shims
# All of lib/ (as an archive) and unit/shim.c are always there; shim.h tells the rules for names
# that the C library has too.

MAKEFLAGS += -rR --no-print-directory

root	:= $(abspath $(here)/../..)
unit	:= $(root)/tests/unit
dir	:= $(patsubst $(root)/%,%,$(here))

ifneq ($(V),1)
  Q := @
  say = @printf '  %-7s %s\n' $1 $(patsubst $(out)/%,%,$2)
endif
ifneq ($(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
  say :=
endif

cppflags = -I$(unit)/include -I$(root)/include $(arch_include) -DLODGE_UNIT_TEST
cflags	 = -std=gnu11 -g -O1 -fno-sanitize-recover=all \
	   -fno-omit-frame-pointer -fno-common -fno-strict-aliasing \
	   -Wall -Wextra -Wshadow -Wundef -Wno-unused-parameter -Werror=incompatible-pointer-types \
	   $(sanitize)

lib	:= $(patsubst $(root)/%,%,$(wildcard $(root)/lib/*.c))
# $(call directive,links,test_x): the words of its comments of that kind.
directive = $(shell sed -n 's|^/\* $1: \(.*\) \*/$$|\1|p' $(here)/$2.c)
$(foreach t,$(programs),\
	$(eval sources-$t := $(sort tests/unit/shim.c $(common) $(filter-out $(lib),$(call directive,links,$t))))\
	$(eval libs-$t := $(call directive,libs,$t))\
	$(eval flags-$t := $(call directive,flags,$t) \
		$(addprefix -I$(root)/arch/,$(addsuffix /include,$(call directive,arch,$t)))))

to-obj	 = $(patsubst %.c,$(out)/%.o,$1)
objs	:= $(call to-obj,$(sort $(lib) $(foreach t,$(programs),$(sources-$t) $(dir)/$t.c)))
missing	:= $(foreach s,$(sort $(foreach t,$(programs),$(sources-$t))),\
		$(if $(wildcard $(root)/$s),,$s))

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: FORCE clean

define link_rule
$(out)/$1: $(call to-obj,$(sources-$1) $(dir)/$1.c) $(out)/lib.a $(out)/.$1.libs
	$$(call say,LINK,$$@)
	$$(Q)$$(HOSTCC) $$(sanitize-link) -o $$@ $$(filter %.o,$$^) $(out)/lib.a $(libs-$1) -lcmocka
$(out)/$(dir)/$1.o: cppflags += $(flags-$1)
# Rewritten when the words in its comments change.
$(out)/.$1.libs: FORCE
	@mkdir -p $$(@D)
	@echo '$(sources-$1) $(libs-$1) $(flags-$1)' | cmp -s - $$@ || \
		echo '$(sources-$1) $(libs-$1) $(flags-$1)' >$$@
endef
$(foreach t,$(programs),$(eval $(call link_rule,$t)))

$(out)/lib.a: $(call to-obj,$(lib))
	$(Q)rm -f $@ && ar rcs $@ $^

# What these define must not take the place of the C library's.
rename	 = $(foreach f,$1,-D$f=lodge_$f)
$(out)/lib/string.o: cflags += -fno-builtin $(call rename,memcpy memmove memset memcmp memchr \
	strlen strnlen strcmp strncmp strchr strrchr)
$(out)/lib/printf.o: cflags += -fno-builtin $(call rename,vsnprintf snprintf)

# Sources below arch/ and their tests may use that architecture's headers, after the shims.
$(foreach a,$(notdir $(wildcard $(root)/arch/*)),\
	$(eval $(filter $(out)/arch/$a/%,$(objs)): arch_include := -I$(root)/arch/$a/include))

$(objs): $(out)/%.o: $(root)/%.c $(here)/Makefile $(root)/tests/hosted.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<
-include $(objs:.o=.d)

$(addprefix $(root)/,$(missing)):
	@echo >&2 "*** $(@:$(root)/%=%): named by a test, but it does not exist"; false

clean:
	rm -rf $(out)
