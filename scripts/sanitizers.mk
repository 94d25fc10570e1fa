# SPDX-License-Identifier: Apache-2.0
#
# Compiler flags of the sanitizers: part of kbuild.mk. Code that runs before there is a trap
# handler, or address translation, takes $(unsanitized) in its CFLAGS_x.o.

unsanitized :=

ifdef CONFIG_UBSAN
# gcc 12 has only the older name of the option.
cflags	    += -fsanitize=undefined \
	       $(or $(call cc-option,-fsanitize-trap=undefined),-fsanitize-undefined-trap-on-error)
unsanitized += -fno-sanitize=undefined
endif
