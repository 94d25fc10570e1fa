// SPDX-License-Identifier: Apache-2.0
/* <lodge/inflate.h>: what gzip has packed, published corner cases, and damaged streams. */
#include <lodge/errno.h>
#include <lodge/inflate.h>
#include <shim.h>

#define DATA_MAX    300000u
#define GZIP_HEADER 10u /* with -n, and from a pipe */

struct stream {
	struct inflate z;
	const u8 *data;
	size_t len, at, piece;
	unsigned int refills;
};

static u8 data[DATA_MAX], packed[DATA_MAX + 1000], out[DATA_MAX], window[INFLATE_WINDOW];

static int refill(struct inflate *z)
{
	struct stream *s = container_of(z, struct stream, z);
	size_t n = min(s->piece, s->len - s->at);

	s->refills++;
	z->in = s->data + s->at;
	z->in_end = z->in + n;
	s->at += n;
	return 0;
}

/* Exactly @len bytes, so that ASan sees the end; unpacked to out[], as far as that goes. */
static int unpack(struct stream *s, const u8 *src, size_t len, size_t piece)
{
	u8 *exact = malloc(len + 1);
	u64 done = 0;
	int rc;

	memcpy(exact, src, len);
	*s = (struct stream){ .data = exact, .len = len, .piece = piece };
	s->z.window = window;
	s->z.refill = refill;
	do {
		rc = inflate_step(&s->z);
		assert_true(s->z.total - done <= INFLATE_STEP);
		for (; done < s->z.total; done++)
			if (done < sizeof(out))
				out[done] = window[done % INFLATE_WINDOW];
	} while (!rc);
	free(exact);
	return rc;
}

/* By gzip, without its header and trailer. */
static size_t pack(const u8 *src, size_t len, int level)
{
	char command[100];
	size_t n;

	snprintf(command, sizeof(command), "gzip -n -c -%d", level);
	n = shim_filter(command, src, len, packed, sizeof(packed));
	assert_true(n >= GZIP_HEADER + 8);
	memmove(packed, packed + GZIP_HEADER, n);
	return n - GZIP_HEADER - 8;
}

/* Text of so many letters with repetitions; 256 letters and none is noise. */
static void make_data(size_t len, unsigned int letters, unsigned int repeat, u64 *seed)
{
	size_t i = 0;

	while (i < len) {
		u32 r = shim_random(seed);

		if (i && r % 100 < repeat) {
			size_t far = 1 + shim_random(seed) % min(i, (size_t)INFLATE_WINDOW);
			size_t n = min(3 + (size_t)shim_random(seed) % 300, len - i);

			for (; n--; i++)
				data[i] = data[i - far];
		} else {
			data[i++] = shim_random(seed) % letters;
		}
	}
}

static void unpacks_what_gzip_packs(void **state)
{
	static const struct {
		size_t len;
		unsigned int letters, repeat;
	} kinds[] = { { 0, 1, 0 },	    { 1, 256, 0 },	  { 40, 20, 10 },
		      { 5000, 256, 0 },	    { 100000, 256, 0 },	  { DATA_MAX, 1, 0 },
		      { DATA_MAX, 60, 20 }, { DATA_MAX, 256, 60 } };
	u64 seed = shim_seed(1);
	struct stream s;

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		for (int level = 1; level <= 9; level += 4) {
			size_t len = kinds[i].len, n;

			make_data(len, kinds[i].letters, kinds[i].repeat, &seed);
			n = pack(data, len, level);
			assert_int_equal(unpack(&s, packed, n, 1 + shim_random(&seed) % 5000), 1);
			assert_int_equal(s.z.total, len);
			assert_memory_equal(out, data, len);
			assert_int_equal(s.at, n);
			assert_int_equal(inflate_step(&s.z), 1);
		}
}

static void what_is_behind_is_left(void **state)
{
	static const u8 stored[] = { 1, 2, 0, 0xfd, 0xff, 'h', 'i', 'X', 'Y' };
	/* Fixed codes: 'a', end of block. */
	static const u8 fixed[] = { 0x4b, 0x04, 0x00, 'X' };
	struct stream s;

	assert_int_equal(unpack(&s, stored, sizeof(stored), 7), 1);
	assert_memory_equal(out, "hi", 2);
	s.data = stored;
	assert_int_equal(inflate_byte(&s.z), 'X');
	assert_int_equal(inflate_byte(&s.z), 'Y');
	assert_int_equal(inflate_byte(&s.z), -EINVAL);

	assert_int_equal(unpack(&s, fixed, sizeof(fixed), 3), 1);
	assert_int_equal(s.z.total, 1);
	assert_int_equal(out[0], 'a');
	s.data = fixed;
	assert_int_equal(inflate_byte(&s.z), 'X');
}

static void damaged_streams(void **state)
{
	static const struct {
		u8 len, bytes[6];
	} t[] = {
		{ 0, { 0 } },
		{ 1, { 7 } },			     /* a block of the fourth kind */
		{ 5, { 1, 2, 0, 0xfd, 0xfe } },	     /* its length's complement is wrong */
		{ 6, { 1, 2, 0, 0xfd, 0xff, 'h' } }, /* a byte short */
		{ 3, { 0x03, 0x02, 0x00 } },	     /* a copy from before the beginning */
		{ 3, { 0x1b, 0x03, 0x00 } },	     /* symbol 286 */
		{ 3, { 0xfc, 0xff, 0xff } },	     /* more literals than there are */
		{ 4, { 0x04, 0x00, 0x92, 0x04 } },   /* four codes of one bit */
		{ 6, { 0x04, 0x00, 0x02, 0x24, 0x00, 0x00 } }, /* the first length is that before */
	};
	struct stream s;

	for (unsigned int i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(unpack(&s, t[i].bytes, t[i].len, 4), -EINVAL);
}

/* Each ends, and takes no more steps than its input allows. */
static void hostile_input_ends(void **state)
{
	unsigned int rounds = shim_rounds(3000), ended = 0;
	u64 seed = shim_seed(2);
	struct stream s;
	size_t n;

	make_data(20000, 60, 20, &seed);
	n = pack(data, 20000, 6);
	for (unsigned int i = 0; i < rounds; i++) {
		size_t len = n;

		if (i % 64 == 0)
			for (size_t k = 0; k < 512; k++)
				packed[k] = shim_random(&seed);
		for (unsigned int k = shim_random(&seed) % 4 + 1; k--;)
			packed[shim_random(&seed) % (i & 1 ? n : 200)] ^= 1u
									  << shim_random(&seed) % 8;
		if (i % 8 == 0)
			len = shim_random(&seed) % n;
		ended += unpack(&s, packed, len, 100) == 1;
		if (i % 16 == 15)
			n = pack(data, 20000, 6);
	}
	assert_true(ended < rounds);
}

static int nothing_comes(struct inflate *z)
{
	return -EIO;
}

static void errors_of_the_input_are_passed_on(void **state)
{
	struct inflate z = { .window = window, .refill = nothing_comes };

	assert_int_equal(inflate_step(&z), -EIO);
	assert_int_equal(inflate_byte(&z), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks_what_gzip_packs),
		cmocka_unit_test(what_is_behind_is_left),
		cmocka_unit_test(damaged_streams),
		cmocka_unit_test(hostile_input_ends),
		cmocka_unit_test(errors_of_the_input_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
