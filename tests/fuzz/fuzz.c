// SPDX-License-Identifier: Apache-2.0
/* Between libFuzzer and a target. */
#include <sys/resource.h>

#include "fuzz.h"

#define SEED_MAX 65536

const char *__asan_default_options(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* What is freed would be kept for long, and new memory be touched instead, at a cost. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1:malloc_context_size=3";
}

static unsigned long executions;
static double began;

static double processor_time(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* The clock also counts what others make this machine do. */
static void print_figures(void)
{
	fprintf(stderr, "fuzz: %lu executions in %.3f s\n", executions, processor_time() - began);
}

__weak void fuzz_init(void)
{
}

__weak size_t fuzz_seed(unsigned int n, u8 *buf, size_t room)
{
	return 0;
}

static void write_seeds(const char *dir)
{
	static u8 buf[SEED_MAX];
	unsigned int n;
	size_t size;

	for (n = 0; (size = fuzz_seed(n, buf, sizeof(buf))); n++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof(path), "%s/made-%u", dir, n);
		f = fopen(path, "w");
		if (!f || fwrite(buf, 1, size, f) != size || fclose(f)) {
			perror(path);
			exit(1);
		}
	}
	exit(0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *dir = getenv("FUZZ_SEEDS");

	/* An assertion that fails outside of a test of cmocka's ends the program. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	shim_quiet = true;
	fuzz_init();
	if (dir)
		write_seeds(dir);
	began = processor_time();
	atexit(print_figures);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz in = { data, size };

	executions++;
	fuzz_one(&in);
	return 0;
}
