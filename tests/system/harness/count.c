// SPDX-License-Identifier: Apache-2.0
/*
 * A plugin for QEMU: how many instructions each CPU executes, in Lodge's code and elsewhere. The
 * counters are in a file, which can be read while the machine runs: for each CPU, two of 64 bits.
 *
 * Arguments: out=FILE, and lo= and hi=, the virtual addresses between which Lodge's code is. The
 * interface is that of QEMU's plugins, version 1 (docs/devel/tcg-plugins), declared here because
 * distributions do not install its header.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_CPUS 64
#define EXPORT	 __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_info;
typedef void (*tb_fn)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_fn)(unsigned int cpu, void *arg);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_fn fn, int flags,
					  void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 1;

static uint64_t lo, hi;
static struct {
	uint64_t lodge, rest;
} *counts;

/* Each CPU is one thread, which alone writes its counters. */
static void executed_lodge(unsigned int cpu, void *insns)
{
	counts[cpu % MAX_CPUS].lodge += (uintptr_t)insns;
}

static void executed_rest(unsigned int cpu, void *insns)
{
	counts[cpu % MAX_CPUS].rest += (uintptr_t)insns;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t at = qemu_plugin_tb_vaddr(tb);
	uintptr_t insns = qemu_plugin_tb_n_insns(tb);
	bool lodge = at >= lo && at < hi;

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, lodge ? executed_lodge : executed_rest, 0,
					     (void *)insns);
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	int file = -1;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "lo=", 3))
			lo = strtoull(argv[i] + 3, NULL, 0);
		else if (!strncmp(argv[i], "hi=", 3))
			hi = strtoull(argv[i] + 3, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			file = open(argv[i] + 4, O_RDWR | O_CREAT | O_TRUNC, 0644);
	}
	if (file < 0 || ftruncate(file, MAX_CPUS * sizeof(*counts)))
		return 1;
	counts =
		mmap(NULL, MAX_CPUS * sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (counts == MAP_FAILED)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
