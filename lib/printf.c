// SPDX-License-Identifier: Apache-2.0
#include <lodge/printf.h>
#include <lodge/string.h>

#define FLAG_LEFT  1u  /* '-' */
#define FLAG_ZERO  2u  /* '0' */
#define FLAG_ALT   4u  /* '#' */
#define FLAG_PLUS  8u  /* '+' */
#define FLAG_SPACE 16u /* ' ' */
#define FLAG_UPPER 32u /* %X */

#define NO_PRECISION (-1)
#define RESULT_MAX   0x7fffffffu

/* Where output goes: what does not fit is only counted. */
struct sink {
	char *buf;
	size_t size; /* room for text */
	size_t pos;  /* length so far, may be over @size */
};

struct spec {
	unsigned int flags;
	int width;
	int precision;
	char length; /* 'H' for hh, 'h', 'l' for l, ll, z and t, or 0 */
};

static void put(struct sink *out, const char *s, size_t n)
{
	if (out->pos < out->size)
		memcpy(out->buf + out->pos, s, min(n, out->size - out->pos));
	out->pos += n;
}

static void pad(struct sink *out, char c, int n)
{
	if (n <= 0)
		return;
	if (out->pos < out->size)
		memset(out->buf + out->pos, c, min((size_t)n, out->size - out->pos));
	out->pos += (size_t)n;
}

static void put_string(struct sink *out, const struct spec *spec, const char *s, size_t n)
{
	int fill = spec->width > (int)n ? spec->width - (int)n : 0;

	if (!(spec->flags & FLAG_LEFT))
		pad(out, ' ', fill);
	put(out, s, n);
	if (spec->flags & FLAG_LEFT)
		pad(out, ' ', fill);
}

/* Digits of @v before @end; returns where they start. Zero has none. */
static char *digits_of(char *end, u64 v, unsigned int base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	if (base == 10)
		for (; v; v /= 10)
			*--end = (char)('0' + v % 10);
	else if (base == 16)
		for (; v; v >>= 4)
			*--end = set[v & 15];
	else
		for (; v; v >>= 3)
			*--end = (char)('0' + (v & 7));
	return end;
}

/* @prefix is a sign, "0x", or "". */
static void put_number(struct sink *out, const struct spec *spec, const char *prefix, u64 v,
		       unsigned int base)
{
	char buf[24];
	char *end = buf + sizeof(buf);
	char *s = digits_of(end, v, base, spec->flags & FLAG_UPPER);
	int n = (int)(end - s);
	int prefix_len = (int)strlen(prefix);
	int zeroes = (spec->precision == NO_PRECISION ? 1 : spec->precision) - n;
	int fill;

	if (zeroes < 0)
		zeroes = 0;
	/* The alternative form of octal is one zero in front, unless there is one. */
	if (base == 8 && (spec->flags & FLAG_ALT) && !zeroes)
		zeroes = 1;
	fill = spec->width - n - prefix_len;
	fill = fill > zeroes ? fill - zeroes : 0;
	if ((spec->flags & FLAG_ZERO) && !(spec->flags & FLAG_LEFT) &&
	    spec->precision == NO_PRECISION) {
		zeroes += fill;
		fill = 0;
	}
	if (!(spec->flags & FLAG_LEFT))
		pad(out, ' ', fill);
	put(out, prefix, (size_t)prefix_len);
	pad(out, '0', zeroes);
	put(out, s, (size_t)n);
	if (spec->flags & FLAG_LEFT)
		pad(out, ' ', fill);
}

static void put_signed(struct sink *out, const struct spec *spec, s64 v)
{
	const char *sign = v < 0		      ? "-"
			   : spec->flags & FLAG_PLUS  ? "+"
			   : spec->flags & FLAG_SPACE ? " "
						      : "";

	if (spec->length == 0)
		v = (int)v;
	put_number(out, spec, sign, v < 0 ? -(u64)v : (u64)v, 10);
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->flags |= FLAG_LEFT;
			break;
		case '0':
			spec->flags |= FLAG_ZERO;
			break;
		case '#':
			spec->flags |= FLAG_ALT;
			break;
		case '+':
			spec->flags |= FLAG_PLUS;
			break;
		case ' ':
			spec->flags |= FLAG_SPACE;
			break;
		default:
			return fmt;
		}
	}
}

static const char *parse_int(const char *fmt, int *out)
{
	u64 v = 0;

	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		if (v < RESULT_MAX)
			v = v * 10 + (u64)(*fmt - '0');
	*out = (int)min(v, (u64)RESULT_MAX);
	return fmt;
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	if (*fmt == 'h') {
		spec->length = fmt[1] == 'h' ? 'H' : 'h';
		return fmt + (spec->length == 'H' ? 2 : 1);
	}
	if (*fmt == 'l' || *fmt == 'z' || *fmt == 't') {
		spec->length = 'l';
		return fmt + (fmt[0] == 'l' && fmt[1] == 'l' ? 2 : 1);
	}
	return fmt;
}

/* All of the longer types have 64 bits. */
static_assert(sizeof(long) == 8 && sizeof(size_t) == 8, "LP64");

/* A va_list is passed on by its address, whatever it is made of. */
struct args {
	va_list ap;
};

static s64 signed_arg(struct args *args, char length)
{
	s64 v;

	if (length == 'l')
		return va_arg(args->ap, long);
	v = va_arg(args->ap, int);
	return length == 'H' ? (s8)v : length == 'h' ? (s16)v : v;
}

static u64 unsigned_arg(struct args *args, char length)
{
	u64 v;

	if (length == 'l')
		return va_arg(args->ap, unsigned long);
	v = va_arg(args->ap, unsigned int);
	return length == 'H' ? (u8)v : length == 'h' ? (u16)v : v;
}

static void convert_string(struct sink *out, const struct spec *spec, const char *s)
{
	if (!s)
		s = "(null)";
	put_string(out, spec, s,
		   spec->precision < 0 ? strlen(s) : strnlen(s, (size_t)spec->precision));
}

/* One conversion; false if @conv is none. */
static bool convert(struct sink *out, struct spec *spec, char conv, struct args *args)
{
	char c;
	u64 v;

	switch (conv) {
	case 'd':
	case 'i':
		put_signed(out, spec, signed_arg(args, spec->length));
		return true;
	case 'u':
		put_number(out, spec, "", unsigned_arg(args, spec->length), 10);
		return true;
	case 'o':
		put_number(out, spec, "", unsigned_arg(args, spec->length), 8);
		return true;
	case 'X':
		spec->flags |= FLAG_UPPER;
		/* fall through */
	case 'x':
		v = unsigned_arg(args, spec->length);
		put_number(out, spec,
			   !v || !(spec->flags & FLAG_ALT) ? ""
			   : conv == 'X'		   ? "0X"
							   : "0x",
			   v, 16);
		return true;
	case 'p':
		put_number(out, spec, "0x", (u64)va_arg(args->ap, void *), 16);
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_string(out, spec, &c, 1);
		return true;
	case 's':
		convert_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case '%':
		put(out, "%", 1);
		return true;
	default:
		return false;
	}
}

static const char *parse_spec(const char *fmt, struct spec *spec, struct args *args)
{
	*spec = (struct spec){ .precision = NO_PRECISION };
	fmt = parse_flags(fmt, spec);
	if (*fmt == '*') {
		spec->width = va_arg(args->ap, int);
		if (spec->width < 0) {
			spec->flags |= FLAG_LEFT;
			spec->width = spec->width < -(int)RESULT_MAX ? (int)RESULT_MAX
								     : -spec->width;
		}
		fmt++;
	} else {
		fmt = parse_int(fmt, &spec->width);
	}
	if (*fmt == '.') {
		if (fmt[1] == '*') {
			spec->precision = va_arg(args->ap, int);
			if (spec->precision < 0)
				spec->precision = NO_PRECISION;
			fmt += 2;
		} else {
			fmt = parse_int(fmt + 1, &spec->precision);
		}
	}
	return parse_length(fmt, spec);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink out = { .buf = buf, .size = size ? size - 1 : 0 };
	struct spec spec;
	struct args args;

	va_copy(args.ap, ap);
	while (*fmt) {
		const char *start = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		if (fmt != start) {
			put(&out, start, (size_t)(fmt - start));
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &args);
		if (!convert(&out, &spec, *fmt, &args)) {
			/* Print a mistake in the format as it stands, and go on after it. */
			put(&out, start, (size_t)(fmt - start) + (*fmt != '\0'));
		}
		if (*fmt)
			fmt++;
	}
	va_end(args.ap);
	if (size)
		buf[min(out.pos, out.size)] = '\0';
	return (int)min(out.pos, (size_t)RESULT_MAX);
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = (size_t)vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n < size ? (int)n : size ? (int)size - 1 : 0;
}
