#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# On x86_64 only the files of virt/svm/ and the accessors know the control block of SVM, so that another
# kind of processor's can stand beside it.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/build/tap.sh"
cd "$top" || exit 1

# knows FILE...: the lines that need SVM's own names
knows() {
	grep -nHE '<asm/svm\.h>|->(control|save)\.|\bvmcb_[a-oq-z]|\b(VMEXIT|INTERCEPT|EVENT|VMCB|IOIO)_[A-Z]|\bV_IRQ\b|\b(arch\.|a->)vmcb\b|\bsvm_vcpu\.h' "$@"
}

# shellcheck disable=SC2046 # names of files without blanks
same "what is not svm/ uses accessors" \
	"$(knows $(find arch/x86_64/virt arch/x86_64/include virt drivers -name '*.[chS]' \
		-not -path 'arch/x86_64/virt/svm/*' \
		-not -path arch/x86_64/include/asm/svm.h \
		-not -path arch/x86_64/include/asm/guest_regs.h))" ""
same "svm/ itself is found" "$(knows arch/x86_64/virt/svm/*.c | cut -d: -f1 | sort -u | wc -l)" \
	"$(find arch/x86_64/virt/svm -name '*.c' | wc -l)"

cat >"$tap_tmp/wrong.c" <<'END'
#include <asm/svm.h>
u64 a = vcpu->arch.vmcb->save.rip;
vmcb_dirty(vmcb, 1);
if (code == VMEXIT_NPF)
END
same "each of them is seen" "$(knows "$tap_tmp/wrong.c" | wc -l)" 4
tap_end
