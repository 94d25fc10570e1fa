// SPDX-License-Identifier: Apache-2.0
#include <guest/guest.h>

/* %[-0][width][l|ll|z](c|s|d|u|x|p|%) into a buffer that is flushed as it fills. */

struct out {
	char buf[64];
	size_t n;
	int total;
};

struct spec {
	bool left, zero;
	int width;
	bool wide; /* the argument has 64 bits */
};

static void out_char(struct out *o, char c)
{
	if (o->n == sizeof(o->buf)) {
		console_write(o->buf, o->n);
		o->n = 0;
	}
	o->buf[o->n++] = c;
	o->total++;
}

static void out_padded(struct out *o, const struct spec *sp, const char *s, int len)
{
	int pad = sp->width - len;

	if (!sp->left)
		for (; pad > 0; pad--)
			out_char(o, sp->zero ? '0' : ' ');
	while (len--)
		out_char(o, *s++);
	for (; sp->left && pad > 0; pad--)
		out_char(o, ' ');
}

static void out_number(struct out *o, const struct spec *sp, u64 v, unsigned int base, bool minus)
{
	char buf[24];
	int i = sizeof(buf);

	do {
		buf[--i] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (minus)
		buf[--i] = '-';
	out_padded(o, sp, buf + i, (int)sizeof(buf) - i);
}

static const char *parse_spec(const char *f, struct spec *sp)
{
	*sp = (struct spec){ 0 };
	for (;; f++) {
		if (*f == '-')
			sp->left = true;
		else if (*f == '0')
			sp->zero = true;
		else
			break;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		sp->width = sp->width * 10 + *f - '0';
	for (; *f == 'l' || *f == 'z'; f++)
		sp->wide = true;
	return f;
}

int vprintf(const char *f, va_list ap)
{
	struct out o = { .n = 0 };

	for (; *f; f++) {
		struct spec sp;
		const char *s;
		char c;
		s64 d;

		if (*f != '%') {
			out_char(&o, *f);
			continue;
		}
		f = parse_spec(f + 1, &sp);
		switch (*f) {
		case 'c':
			c = (char)va_arg(ap, int);
			out_padded(&o, &sp, &c, 1);
			break;
		case 's':
			s = va_arg(ap, const char *);
			out_padded(&o, &sp, s, (int)strlen(s));
			break;
		case 'd':
			d = sp.wide ? va_arg(ap, s64) : va_arg(ap, int);
			out_number(&o, &sp, d < 0 ? -(u64)d : (u64)d, 10, d < 0);
			break;
		case 'u':
			out_number(&o, &sp, sp.wide ? va_arg(ap, u64) : va_arg(ap, u32), 10, false);
			break;
		case 'p':
			sp.wide = true; /* fall through */
		case 'x':
			out_number(&o, &sp, sp.wide ? va_arg(ap, u64) : va_arg(ap, u32), 16, false);
			break;
		default:
			out_char(&o, *f);
		}
	}
	console_write(o.buf, o.n);
	return o.total;
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return n;
}
