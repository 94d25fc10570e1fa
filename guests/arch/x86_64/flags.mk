# SPDX-License-Identifier: Apache-2.0
guest-arch-flags := -m64 -mcmodel=small -mno-red-zone -mgeneral-regs-only -fcf-protection=none
guest-raw-addr := 0
