# SPDX-License-Identifier: Apache-2.0
#
# Compiler flags of the sanitizers: part of kbuild.mk. Code that runs before there is a trap
# handler, or address translation, takes $(unsanitized) in its CFLAGS_x.o; code that accesses
# what others may not, $(no-kasan).

no-kasan    :=
unsanitized :=

ifdef CONFIG_UBSAN
# gcc 12 has only the older name of the option.
cflags	    += -fsanitize=undefined \
	       $(or $(call cc-option,-fsanitize-trap=undefined),-fsanitize-undefined-trap-on-error)
unsanitized += -fno-sanitize=undefined
endif

# Each access calls a function of mm/kasan.c; frames are poisoned in place. gcc refuses the offset
# of the shadow where the sanitizer is switched off again, so files without it are left out.
ifdef CONFIG_KASAN
kasan-flags := -fsanitize=kernel-address -Wframe-larger-than=4096
ifeq ($(LLVM),1)
kasan-flags += $(addprefix -mllvm ,-asan-mapping-offset=$(CONFIG_KASAN_SHADOW_OFFSET) \
	       -asan-instrumentation-with-call-threshold=0 -asan-stack=1 -asan-globals=1 \
	       -asan-use-after-scope=1)
else
kasan-flags += -fasan-shadow-offset=$(CONFIG_KASAN_SHADOW_OFFSET) -fsanitize-address-use-after-scope \
	       $(addprefix --param ,asan-stack=1 asan-globals=1 asan-instrumentation-with-call-threshold=0)
endif
no-kasan    := -fno-sanitize=kernel-address
unsanitized += $(no-kasan)
endif
# For a file with these flags of its own.
kasan-flags-of = $(if $(filter $(no-kasan),$1),,$(kasan-flags))
