// SPDX-License-Identifier: Apache-2.0
/* Calls of a guest's firmware: which service they are for, and the small ones. */
#include <lodge/random.h>
#include <lodge/string.h>
#include <lodge/vcpu.h>
#include <asm/smccc_guest.h>

/* Of DEN0028's identifiers, so that a guest can tell whose entropy it has; version 4, random. */
static const u32 trng_uuid[4] = { 0x3d9af39a, 0x4f0b5c1e, 0x6fd25a9c, 0x81e7b0d2 };

#define TRNG_WORDS 3

static bool smccc_offers(u32 fid)
{
	switch (fid) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return true;
	}
	return false;
}

static s64 arch_features(const struct vcpu *vcpu, u32 fid)
{
	switch (fid) {
	case PV_TIME_FEATURES:
		return arm64_pv_time_features(vcpu, fid);
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		return arm64_smccc_workaround(fid);
	}
	return smccc_offers(fid) ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
}

/*
 * A workaround that is not required may be called all the same, and does nothing. One that is
 * is the host's firmware's; nothing of the guest's goes there but the number of the workaround.
 */
static s64 workaround(u32 fid)
{
	int needs = arm64_smccc_workaround(fid);

	if (needs < 0)
		return SMCCC_NOT_SUPPORTED;
	if (needs == SMCCC_SUCCESS)
		arm64_smccc_call_workaround(fid);
	return SMCCC_SUCCESS;
}

/* ---- random numbers (DEN0098, 2) ---- */

static bool trng_offers(u32 fid)
{
	switch (fid) {
	case TRNG_VERSION:
	case TRNG_FEATURES:
	case TRNG_GET_UUID:
	case TRNG_RND:
	case TRNG_RND | SMCCC_64:
		return true;
	}
	return false;
}

/* @bits of entropy in the three registers from x1 on, the last of which is the least. */
static s64 trng_random(u64 *x, bool wide)
{
	unsigned int width = wide ? 64 : 32, i;
	u64 bits = wide ? x[1] : (u32)x[1], word[TRNG_WORDS];

	if (bits == 0 || bits > TRNG_WORDS * width)
		return TRNG_INVALID_PARAMETERS;
	if (!random_bytes(word, sizeof(word)))
		return TRNG_NO_ENTROPY;
	for (i = 0; i < TRNG_WORDS; i++) {
		u64 wanted = min(bits, (u64)width);

		x[TRNG_WORDS - i] = wanted ? word[i] >> (64 - wanted) : 0;
		bits -= wanted;
	}
	memset(word, 0, sizeof(word));
	return SMCCC_SUCCESS;
}

static s64 trng_call(u32 fid, u64 *x)
{
	unsigned int i;

	switch (fid) {
	case TRNG_VERSION:
		return TRNG_VERSION_1_0;
	case TRNG_FEATURES:
		return trng_offers((u32)x[1]) ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
	case TRNG_GET_UUID:
		for (i = 1; i < 4; i++)
			x[i] = trng_uuid[i];
		return trng_uuid[0];
	}
	return trng_random(x, fid & SMCCC_64);
}

/* ---- which ---- */

int guest_smccc_call(struct vcpu *vcpu, u64 *x)
{
	u32 fid = (u32)x[0];
	s64 ret = SMCCC_NOT_SUPPORTED;

	if (likely(is_psci(fid)))
		return guest_psci_call(vcpu, x);
	if (trng_offers(fid)) {
		ret = trng_call(fid, x);
	} else {
		switch (fid) {
		case SMCCC_VERSION:
			ret = SMCCC_VERSION_1_2;
			break;
		case SMCCC_ARCH_FEATURES:
			ret = arch_features(vcpu, (u32)x[1]);
			break;
		case SMCCC_ARCH_WORKAROUND_1:
		case SMCCC_ARCH_WORKAROUND_2:
		case SMCCC_ARCH_WORKAROUND_3:
			ret = workaround(fid);
			break;
		case PV_TIME_FEATURES:
			ret = arm64_pv_time_features(vcpu, (u32)x[1]);
			break;
		case PV_TIME_ST:
			ret = arm64_pv_time_st(vcpu);
			break;
		}
	}
	x[0] = (u64)ret;
	return EXIT_RESUME;
}
