// SPDX-License-Identifier: Apache-2.0
/* flags: -DCONFIG_CONSOLE_BUFFER_SHIFT=14 -DCONFIG_CONSOLE_KEPT_KIB=0 */
/* The way from those who print to a UART that is slower: nothing is lost, nobody is starved,
 * nobody waits with interrupts off, and a terminal that takes nothing stops nobody. */
#include "console_fixture.h"

#define FIFO 16

static unsigned int notified;

static void on_notify(void *arg)
{
	assert_int_equal(con.lock.locked, 0);
	assert_true(console_port_room(*(struct console_port **)arg));
	notified++;
}

static struct console_port *port_a, *port_b;

/* The FIFO is empty; the UART interrupts if it is to. */
static void uart_ready(void)
{
	fifo_room = FIFO;
	if (tx_on)
		console_tx();
}

static void send_all(void)
{
	unsigned int n;

	for (n = 0; ring_count(&con.tx); n++) {
		assert_true(tx_on);
		uart_ready();
		assert_true(n < 100000);
	}
	assert_false(tx_on);
	fifo_room = ~0u;
}

static void clear(void)
{
	screen_len = 0;
	screen[0] = 0;
}

static int setup(void **state)
{
	if (!con.driver)
		console_register(&driver);
	console_start();
	fifo_room = ~0u;
	console_focus(NULL);
	send_all();
	clear();
	notified = polled = sleeps = 0;
	can_sleep = false;
	meanwhile = NULL;
	con.stuck = false;
	con.owner = OWNER_NONE;
	shim_irqs_enabled = 0;
	port_a = console_port_create("a", on_notify, &port_a);
	port_b = console_port_create("b", on_notify, &port_b);
	return 0;
}

static int teardown(void **state)
{
	console_port_destroy(port_a);
	console_port_destroy(port_b);
	send_all();
	assert_int_equal(polled, 0);
	assert_int_equal(shim_objects, 0);
	return 0;
}

static void what_the_uart_takes_is_not_buffered(void **state)
{
	console_focus(port_a);
	assert_int_equal(guest(port_a, "abc"), CONSOLE_ROOM);
	assert_string_equal(screen, "abc");
	assert_false(tx_on);
	assert_int_equal(con.tx.head, con.tx.tail);
}

static void rest_waits_for_the_interrupt(void **state)
{
	fifo_room = 2;
	console_focus(port_a);
	guest(port_a, "abcdef");
	assert_string_equal(screen, "ab");
	assert_true(tx_on);
	host("lodge: x\n");
	assert_string_equal(screen, "ab");
	send_all();
	assert_string_equal(screen, "abcdef\r\nlodge: x\r\n");
}

static void an_interrupt_sends_one_fifo(void **state)
{
	static char line[400];
	unsigned int n;

	memset(line, 'x', sizeof(line) - 1);
	fifo_room = 0;
	console_write(line, strlen(line));
	for (n = 0; ring_count(&con.tx); n++) {
		size_t before = screen_len;

		uart_ready();
		assert_true(screen_len - before <= FIFO);
	}
	assert_int_equal(n, (399 + FIFO - 1) / FIFO);
	/* One that takes all at once is not given more than a burst, either. */
	fifo_room = ~0u;
	clear();
	console_write(line, strlen(line));
	assert_true(screen_len <= 2 + TX_BURST);
}

/* Lines that go out are whole and of those that were said, in each one's order. */
static void guest_that_floods_is_held_off_and_loses_nothing(void **state)
{
	char line[64], want[80];
	unsigned int said = 0, found = 0, held = 0;
	const char *at = screen;

	fifo_room = 0;
	while (said < 500) {
		enum console_room room = CONSOLE_ROOM;

		/* As a vCPU does: it goes on until it must not. */
		while (room != CONSOLE_OVER && said < 500) {
			sprintf(line, "line %u of a flood\n", said++);
			room = guest(port_a, line);
			assert_true(ring_count(&con.tx) <= 2 * WINDOW_HALF + WINDOW_SLACK + 3 * 64);
		}
		held += room != CONSOLE_ROOM;
		while (!console_port_room(port_a))
			uart_ready();
	}
	assert_true(held > 10);
	assert_true(notified >= held);
	send_all();
	while (*at) {
		sprintf(want, "[a] line %u of a flood\r\n", found++);
		assert_memory_equal(at, want, strlen(want));
		at += strlen(want);
	}
	assert_int_equal(found, said);
}

static void focused_guest_has_a_window_too(void **state)
{
	unsigned int n = 0;

	fifo_room = 0;
	console_focus(port_a);
	while (console_port_putc(port_a, 'x') == CONSOLE_ROOM)
		n++;
	assert_in_range(n, 2 * WINDOW_HALF - 2, 2 * WINDOW_HALF + 2);
	/* A FIFO of what it was told there is room for is still taken. */
	for (n = 0; n < FIFO - 1; n++)
		assert_int_equal(console_port_putc(port_a, 'y'), CONSOLE_FULL);
	while (console_port_putc(port_a, 'z') != CONSOLE_OVER)
		assert_true(n++ < 100);
	assert_int_equal(notified, 0);
	while (!notified)
		uart_ready();
	assert_true(console_port_room(port_a));
	/* Its interrupt comes while the other half is still to be sent. */
	assert_true(ring_count(&con.tx) >= WINDOW_HALF - FIFO);
	send_all();
	assert_int_equal(notified, 1);
}

/* Two that flood get the same, one that says little gets all, and the host waits for no more
 * than their windows. */
static void terminal_is_shared_evenly(void **state)
{
	struct console_port *c = console_port_create("c", NULL, NULL);
	struct console_port *port[2] = { port_a, port_b };
	unsigned int t, i, got[2] = { 0, 0 }, quiet = 0, logged = 0, worst = 0;
	const char *s;

	fifo_room = 0;
	for (t = 0; t < 4000; t++) {
		for (i = 0; i < 2; i++)
			while (console_port_room(port[i]))
				guest(port[i],
				      i ? "a longer line than that of the other\n" : "short\n");
		if (t % 100 == 0) {
			assert_true(console_port_room(c));
			guest(c, "quiet\n");
			host("lodge: log\n");
			worst = max(worst, (unsigned int)ring_count(&con.tx));
		}
		uart_ready();
	}
	send_all();
	assert_true(worst < 2 * (2 * WINDOW_HALF + 64) + 64);
	for (s = screen; *s; s = strchr(s, '\n') + 1) {
		size_t n = (size_t)(strchr(s, '\n') - s);

		if (s[0] == 'l')
			logged++;
		else if (s[1] == 'c')
			quiet++;
		else
			got[s[1] == 'b'] += (unsigned int)n + 1;
	}
	assert_int_equal(quiet, 40);
	assert_int_equal(logged, 40);
	assert_in_range(got[0], got[1] * 8 / 10, got[1] * 12 / 10);
	console_port_destroy(c);
}

static void threads_sleep_and_others_have_the_rest(void **state)
{
	unsigned int n;

	fifo_room = 0;
	can_sleep = true;
	meanwhile = uart_ready;
	shim_irqs_enabled = 1;
	for (n = 0; n < 1000; n++) {
		host("lodge: a line of the log of some length\n");
		assert_true(ring_count(&con.tx) <= RING_THREADS + 64);
	}
	assert_true(sleeps > 10);
	assert_int_equal(polled, 0);
	/* What can't sleep has the rest of the ring, and even then loses nothing. */
	shim_irqs_enabled = 0;
	sleeps = 0;
	for (n = 0; ring_count(&con.tx) < RING_SIZE - 64; n++)
		host("lodge: a line of the log of some length\n");
	assert_int_equal(polled, 0);
	for (; n < 1000; n++)
		host("lodge: a line of the log of some length\n");
	assert_true(polled > 0);
	assert_int_equal(sleeps, 0);
	polled = 0;
	send_all();
	assert_int_equal(screen_len, 2000 * strlen("lodge: a line of the log of some length\r\n"));
}

static void stuck_terminal_stops_nobody(void **state)
{
	enum console_room room;
	unsigned int n;

	fifo_room = 0;
	while (guest(port_a, "flood\n") != CONSOLE_OVER)
		;
	console_stuck(); /* its vCPU has waited for long */
	for (n = 0; n < 5000; n++) {
		room = guest(port_a, "drop\n");
		assert_int_equal(room, CONSOLE_ROOM);
		host("lodge: something\n");
	}
	assert_int_equal(polled, 0);
	uart_ready();
	assert_false(con.stuck);
	send_all();
	clear();
	guest(port_a, "again\n");
	host("lodge: again\n");
	send_all();
	assert_non_null(strstr(screen, " bytes were dropped\r\n[a] again\r\n"));
	assert_non_null(strstr(screen, "lodge: warning: "));
	assert_non_null(strstr(screen, " bytes of the log were dropped\r\nlodge: again\r\n"));
}

static void uart_without_interrupt_is_served_by_a_timer(void **state)
{
	unsigned int n;

	driver.tx_irq = NULL;
	fifo_room = 0;
	armed_timer = NULL;
	host("lodge: twenty characters and more\n");
	assert_ptr_equal(armed_timer, &con.pump);
	assert_int_equal(con.pump.deadline, now + PUMP_US);
	for (n = 0; armed_timer; n++) {
		struct timer *t = armed_timer;

		armed_timer = NULL;
		fifo_room = FIFO;
		t->fn(t);
	}
	assert_int_equal(n, 3);
	assert_string_equal(screen, "lodge: twenty characters and more\r\n");
	driver.tx_irq = fake_tx_irq;
}

/* A guest may end while the last of what it said is still to be sent. */
static void port_goes_before_its_text(void **state)
{
	struct console_port *c = console_port_create("c", NULL, NULL);

	fifo_room = 0;
	guest(c, "last words\nand half a line");
	console_port_destroy(c);
	host("lodge: vm c: powered off\n");
	send_all();
	assert_string_equal(screen, "[c] last words\r\n[c] and half a line\r\n"
				    "lodge: vm c: powered off\r\n");
}

static void machine_ends_when_all_is_said(void **state)
{
	fifo_room = 0;
	host("lodge: a\n");
	guest(port_a, "b\n");
	console_finish();
	host("lodge: c\n");
	assert_string_equal(screen, "lodge: a\r\n[a] b\r\nlodge: c\r\n");
	assert_false(ring_count(&con.tx));
	polled = 0;
	con.armed = false;
	tx_on = false;
}

/* Any traffic: what each has said comes out whole and in its order. */
static void random_traffic_loses_nothing(void **state)
{
	static char want[3][1 << 17], got[3][1 << 17];
	size_t wanted[3] = { 0 }, n[3] = { 0 };
	struct console_port *port[2] = { port_a, port_b };
	char line[260], *s, *end;
	u64 seed = shim_seed(7);
	unsigned int round, i, k;

	for (round = 0; round < 12000; round++) {
		u64 r = shim_random(&seed);

		i = r % 3;
		if ((r >> 8) % 4 == 0) {
			fifo_room = (r >> 16) % 40;
			if (tx_on)
				console_tx();
			continue;
		}
		if (i < 2 && !console_port_room(port[i]))
			continue;
		if (i == 2 && ring_count(&con.tx) > RING_SIZE / 8)
			continue;
		k = (unsigned int)(r >> 16) % 190;
		memset(line, 'a' + round % 26, k);
		line[k] = '\n';
		line[k + 1] = 0;
		memcpy(want[i] + wanted[i], line, k + 1);
		wanted[i] += k + 1;
		if (i == 2)
			host(line);
		else
			guest(port[i], line);
		assert_true(ring_count(&con.tx) < RING_SIZE);
	}
	send_all();
	assert_int_equal(polled, 0);
	for (s = screen; *s; s = end + 2) {
		end = strstr(s, "\r\n");
		i = *s != '[' ? 2 : s[1] - 'a';
		s += i == 2 ? 0 : 4;
		memcpy(got[i] + n[i], s, (size_t)(end - s));
		n[i] += (size_t)(end - s);
		got[i][n[i]++] = '\n';
	}
	for (i = 0; i < 3; i++) {
		assert_true(n[i] > 10000);
		assert_int_equal(n[i], wanted[i]);
		assert_memory_equal(got[i], want[i], n[i]);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_uart_takes_is_not_buffered),
		TEST(rest_waits_for_the_interrupt),
		TEST(an_interrupt_sends_one_fifo),
		TEST(guest_that_floods_is_held_off_and_loses_nothing),
		TEST(focused_guest_has_a_window_too),
		TEST(terminal_is_shared_evenly),
		TEST(threads_sleep_and_others_have_the_rest),
		TEST(stuck_terminal_stops_nobody),
		TEST(uart_without_interrupt_is_served_by_a_timer),
		TEST(port_goes_before_its_text),
		TEST(random_traffic_loses_nothing),
		TEST(machine_ends_when_all_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
