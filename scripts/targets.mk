# SPDX-License-Identifier: Apache-2.0
#
# Goals that run something: part of kbuild.mk.

# What the scripts take from the environment.
export SMP MEM QEMU QEMU_EXTRA APPEND ARCHS SEED

from-caller = $(if $1,$(if $(filter /%,$1),$1,$(srctree)/$1))

qemu: all
	$(Q)$(srctree)/scripts/qemu-run $(SRCARCH) $(image) --disk disk.img --flash flash.img
run: all $(vmcheck)
	$(Q)$(srctree)/scripts/run-vm $(SRCARCH) '$(call from-caller,$(VM))' \
		'$(call from-caller,$(DISK_ROOT))'
gdb: all
	$(Q)$(srctree)/scripts/gdb-lodge $(SRCARCH)

# On a machine of that size, where it is given; the examples are not all for one. VM= has these checked instead.
host-dtb = $(if $(HOST_DTB),--host=$(call from-caller,$(HOST_DTB)))
checked  = $(objtree)/$(vmcheck) $(if $(SMP),--cpus=$(SMP)) $(if $(MEM),--memory=$(MEM)) $(host-dtb)
vmcheck: $(vmcheck)
ifneq ($(strip $(VM)),)
	$(Q)$(checked) $(foreach f,$(VM),'$(call from-caller,$f)')
else
	$(Q)cd $(srctree) && $(checked) guests/*.dts guests/arch/$(SRCARCH)/*.dts && \
		$(objtree)/$(vmcheck) $(host-dtb) guests/examples/*.dts \
			$(patsubst $(srctree)/%,%,$(wildcard $(srctree)/guests/examples/$(SRCARCH)/*.dts))
endif

# A misspelt TEST= is told before minutes of building.
tests-asked:
	$(Q)$(srctree)/tests/run --asked $(objtree) $(SRCARCH) '$(TEST)'
tests: tests-asked all $(vmcheck) $(test-guest-files)
	$(Q)$(srctree)/tests/run $(objtree) $(SRCARCH) '$(TEST)'
# All that takes long, of which "tests" runs a sample.
tests-long: tests-asked all $(vmcheck) $(test-guest-files)
	$(Q)LODGE_LONG=1 $(srctree)/tests/run $(objtree) $(SRCARCH) '$(TEST)'

# The system tests, on Lodge with its sanitizers and the checks of locks.
tests-debug:
	$(Q)SANITIZERS='$(or $(strip $(SANITIZERS)),UBSAN KASAN DEBUG_LOCKS)' $(srctree)/tests/run $(objtree) $(SRCARCH) '$(TEST)'
# With builds of its own; the configured one only says which architecture is the first.
coverage:
	$(Q)$(srctree)/tests/coverage $(objtree) $(SRCARCH) '$(TEST)'
bench: all $(test-guest-files)
	$(Q)$(srctree)/tests/bench $(objtree) $(SRCARCH) $(RECORD)
# Each target for TIME seconds, or FUZZ="a b" these only.
fuzz:
	$(Q)$(srctree)/tests/fuzz/run --time '$(or $(TIME),60)' $(if $(filter 1,$(RECORD)),--record) \
		$(objtree)/tests/fuzz $(FUZZ)
# Kernels that somebody has built elsewhere: in Lodge, and on bare QEMU.
conformance: all
	$(Q)$(srctree)/tests/conformance $(objtree) $(SRCARCH) $(call from-caller,$(SRC))

htmldocs:
	@command -v sphinx-build >/dev/null || \
		{ echo >&2 '*** sphinx-build is not installed. Try: make setup'; false; }
	$(call say,SPHINX,htmldocs)
	$(Q)sphinx-build -W -n -q -b html -d htmldocs/.doctrees $(srctree)/Documentation htmldocs

.PHONY: qemu run gdb tests tests-asked tests-long tests-debug coverage fuzz bench conformance vmcheck htmldocs
