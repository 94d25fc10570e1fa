// SPDX-License-Identifier: Apache-2.0
/* From the architecture's boot code to the first VM. */
#include <lodge/arch.h>
#include <lodge/console.h>
#include <lodge/driver.h>
#include <lodge/init.h>
#include <lodge/kasan.h>
#include <lodge/panic.h>
#include <lodge/printk.h>
#include <lodge/random.h>
#include <lodge/smp.h>
#include <lodge/thread.h>
#include <lodge/vm.h>

static void boot_thread(void *arg)
{
	const void *fdt = arg;

	arch_irq_enable();
	console_start();
	driver_probe_stage(fdt, DRIVER_DEVICE);
	smp_init(fdt);
	if (IS_ENABLED(CONFIG_SANITIZER_TEST))
		sanitizer_test();
	if (IS_ENABLED(CONFIG_LOCK_TEST)) {
		lock_test();
		call_test();
	}
	vm_manager_run();
}

void lodge_main(hpa_t fdt)
{
	const void *boot_fdt;
	struct thread *t;

	kasan_globals_init();
	printk("\nLodge " LODGE_VERSION "\n");
	boot_fdt = host_fdt_init(fdt);
	arch_init(boot_fdt);
	memory_init(boot_fdt);
	hostmap_init();
	random_init(boot_fdt);
	time_init(boot_fdt);
	threads_init();
	/* Before the CPU is asked for what Lodge needs: the machine can then end with a status. */
	driver_probe_stage(boot_fdt, DRIVER_IRQCHIP);
	cpu_init();
	driver_probe_stage(boot_fdt, DRIVER_CONSOLE);
	t = thread_create("boot", boot_thread, (void *)boot_fdt, 0);
	if (!t)
		panic("no memory for the boot thread");
	thread_start(t);
	thread_idle();
}
