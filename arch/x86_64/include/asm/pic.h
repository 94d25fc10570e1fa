/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_PIC_H
#define ASM_PIC_H

/** pic_silence() - mask the legacy interrupt controllers for good. */
void pic_silence(void);

#endif
