// SPDX-License-Identifier: Apache-2.0
/*
 * Soft-off without an interpreter of ACPI's byte code. \_S5 is by all firmware a package of
 * constants (ACPI 6.4, 7.4.2.5), so that it can be found by how its definition is spelled
 * (20.2.5.1): NameOp, "_S5_", PackageOp, the package's length, the number of its elements,
 * and then these.
 */
#include "acpi.h"
#include <lodge/string.h>

#define AML_ZERO    0x00
#define AML_ONE	    0x01
#define AML_NAME    0x08
#define AML_BYTE    0x0a
#define AML_WORD    0x0b
#define AML_DWORD   0x0c
#define AML_PACKAGE 0x12
#define AML_ONES    0xff

/* What SLP_TYP has room for. */
#define SLP_TYP_MAX 7u

struct aml {
	const u8 *at, *end;
};

/* The next byte, or -1. */
static int aml_byte(struct aml *a)
{
	return a->at < a->end ? *a->at++ : -1;
}

/* A constant as an element of a package; false if it is something else. */
static bool aml_integer(struct aml *a, u32 *val)
{
	int op = aml_byte(a);
	unsigned int bytes = op == AML_BYTE ? 1 : op == AML_WORD ? 2 : op == AML_DWORD ? 4 : 0;
	unsigned int i;

	*val = op == AML_ONE ? 1 : 0;
	if (op == AML_ZERO || op == AML_ONE)
		return true;
	for (i = 0; i < bytes; i++) {
		int b = aml_byte(a);

		if (b < 0)
			return false;
		*val |= (u32)b << 8 * i;
	}
	return bytes != 0;
}

/* Behind the name: the values for PM1a and PM1b. */
static bool aml_s5_package(struct aml a, u8 slp_typ[2])
{
	int op = aml_byte(&a), lead, i;
	u32 val[2] = { 0, 0 };

	if (op != AML_PACKAGE)
		return false;
	/* PkgLength (20.2.4): the two upper bits say how many bytes follow. */
	lead = aml_byte(&a);
	for (i = 0; lead >= 0 && i < lead >> 6; i++)
		aml_byte(&a);
	if (lead < 0 || aml_byte(&a) < 1 || !aml_integer(&a, &val[0]))
		return false;
	/* Where there is no PM1b the second may be missing. */
	if (!aml_integer(&a, &val[1]))
		val[1] = 0;
	if (val[0] > SLP_TYP_MAX || val[1] > SLP_TYP_MAX)
		return false;
	slp_typ[0] = (u8)val[0];
	slp_typ[1] = (u8)val[1];
	return true;
}

void acpi_s5_read(const struct acpi_header *t, struct boot_platform *out)
{
	const u8 *p = (const u8 *)(t + 1), *end = (const u8 *)t + t->length;

	for (; !out->power.has_s5 && end - p > 4; p++) {
		struct aml a = { p + 4, end };
		const u8 *op = p - 1;

		if (memcmp(p, "_S5_", 4) != 0)
			continue;
		/* The name may be given from the root on. */
		if (*op == '\\')
			op--;
		if (*op == AML_NAME)
			out->power.has_s5 = aml_s5_package(a, out->power.slp_typ);
	}
}
