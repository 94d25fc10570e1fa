/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USER_TRESPASS_H
#define USER_TRESPASS_H

/*
 * What trespass does, in the three lowest bits of its argument; the others are the address, a
 * multiple of 8, at which it does it.
 */
enum trespass { TRESPASS_LOAD, TRESPASS_STORE, TRESPASS_JUMP, TRESPASS_PRIVILEGED };

#endif
