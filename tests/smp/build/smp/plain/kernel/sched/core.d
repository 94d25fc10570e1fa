/work/tmp/wt/lead/tests/smp/build/smp/plain/kernel/sched/core.o: \
 /work/tmp/wt/lead/kernel/sched/core.c \
 /work/tmp/wt/lead/include/lodge/arch.h \
 /work/tmp/wt/lead/include/lodge/pgtable.h \
 /work/tmp/wt/lead/include/lodge/page_alloc.h \
 /work/tmp/wt/lead/include/lodge/list.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/spinlock.h \
 /work/tmp/wt/lead/tests/unit/include/asm/irqflags.h \
 /work/tmp/wt/lead/tests/unit/include/asm/layout.h \
 /work/tmp/wt/lead/include/lodge/hostmap.h \
 /work/tmp/wt/lead/include/lodge/init.h \
 /work/tmp/wt/lead/include/lodge/irqsoff.h \
 /work/tmp/wt/lead/include/lodge/printf.h \
 /work/tmp/wt/lead/include/lodge/printk.h \
 /work/tmp/wt/lead/include/lodge/sched.h \
 /work/tmp/wt/lead/include/lodge/thread.h \
 /work/tmp/wt/lead/tests/unit/include/asm/cpu.h \
 /work/tmp/wt/lead/include/lodge/slab.h \
 /work/tmp/wt/lead/include/lodge/smp.h \
 /work/tmp/wt/lead/include/lodge/string.h \
 /work/tmp/wt/lead/include/lodge/time.h \
 /work/tmp/wt/lead/tests/unit/include/asm/barrier.h \
 /work/tmp/wt/lead/tests/unit/include/asm/stack.h
/work/tmp/wt/lead/include/lodge/arch.h:
/work/tmp/wt/lead/include/lodge/pgtable.h:
/work/tmp/wt/lead/include/lodge/page_alloc.h:
/work/tmp/wt/lead/include/lodge/list.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/spinlock.h:
/work/tmp/wt/lead/tests/unit/include/asm/irqflags.h:
/work/tmp/wt/lead/tests/unit/include/asm/layout.h:
/work/tmp/wt/lead/include/lodge/hostmap.h:
/work/tmp/wt/lead/include/lodge/init.h:
/work/tmp/wt/lead/include/lodge/irqsoff.h:
/work/tmp/wt/lead/include/lodge/printf.h:
/work/tmp/wt/lead/include/lodge/printk.h:
/work/tmp/wt/lead/include/lodge/sched.h:
/work/tmp/wt/lead/include/lodge/thread.h:
/work/tmp/wt/lead/tests/unit/include/asm/cpu.h:
/work/tmp/wt/lead/include/lodge/slab.h:
/work/tmp/wt/lead/include/lodge/smp.h:
/work/tmp/wt/lead/include/lodge/string.h:
/work/tmp/wt/lead/include/lodge/time.h:
/work/tmp/wt/lead/tests/unit/include/asm/barrier.h:
/work/tmp/wt/lead/tests/unit/include/asm/stack.h:
