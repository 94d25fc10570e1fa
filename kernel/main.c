// SPDX-License-Identifier: Apache-2.0
/* From the architecture's boot code to the first VM. */
#include <lodge/arch.h>
#include <lodge/console.h>
#include <lodge/driver.h>
#include <lodge/fdt.h>
#include <lodge/init.h>
#include <lodge/irq.h>
#include <lodge/kasan.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/random.h>
#include <lodge/smp.h>
#include <lodge/string.h>
#include <lodge/thread.h>

static const void *boot_fdt;

const void *host_fdt(void)
{
	return boot_fdt;
}

static void boot_thread(void *arg)
{
	const void *fdt = arg;

	arch_irq_enable();
	console_start();
	driver_probe_stage(fdt, DRIVER_DEVICE);
	smp_init(fdt);
	if (IS_ENABLED(CONFIG_SANITIZER_TEST))
		sanitizer_test();
	boot_vms();
}

void lodge_main(hpa_t fdt)
{
	struct thread *t;

	kasan_globals_init();
	printk("\nLodge " LODGE_VERSION "\n");
	boot_fdt = hpa_to_kva(fdt);
	/* The header says how long it is; the firmware is trusted to have put it in RAM. */
	if (!fdt.v || fdt.v > DIRECT_MAP_SIZE - MIB(2) || fdt_check(boot_fdt, MIB(2)))
		panic_plain("the firmware passed no valid devicetree (at %#lx)", fdt.v);
	arch_init(boot_fdt);
	memory_init(boot_fdt);
	hostmap_init();
	random_init(boot_fdt);
	time_init(boot_fdt);
	threads_init();
	/* Before the CPU is asked for what Lodge needs: the machine can then end with a status. */
	driver_probe_stage(boot_fdt, DRIVER_IRQCHIP);
	arch_cpu_init();
	irq_cpu_init();
	driver_probe_stage(boot_fdt, DRIVER_CONSOLE);
	t = thread_create("boot", boot_thread, (void *)boot_fdt, 0);
	if (!t)
		panic("no memory for the boot thread");
	thread_start(t);
	thread_idle();
}
