/work/tmp/wt/lead/tests/smp/build/smp/plain/tests/smp/machine.o: \
 /work/tmp/wt/lead/tests/smp/machine.c \
 /work/tmp/wt/lead/tests/smp/machine.h \
 /work/tmp/wt/lead/include/lodge/sched.h \
 /work/tmp/wt/lead/include/lodge/thread.h \
 /work/tmp/wt/lead/include/lodge/list.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/spinlock.h \
 /work/tmp/wt/lead/tests/unit/include/asm/irqflags.h \
 /work/tmp/wt/lead/tests/unit/include/asm/cpu.h \
 /work/tmp/wt/lead/include/lodge/smp.h \
 /work/tmp/wt/lead/include/lodge/time.h \
 /work/tmp/wt/lead/include/lodge/arch.h \
 /work/tmp/wt/lead/include/lodge/pgtable.h \
 /work/tmp/wt/lead/include/lodge/page_alloc.h \
 /work/tmp/wt/lead/tests/unit/include/asm/layout.h \
 /work/tmp/wt/lead/include/lodge/hostmap.h \
 /work/tmp/wt/lead/include/lodge/init.h \
 /work/tmp/wt/lead/include/lodge/slab.h \
 /work/tmp/wt/lead/include/lodge/timer_core.h \
 /work/tmp/wt/lead/tests/unit/include/shim.h
/work/tmp/wt/lead/tests/smp/machine.h:
/work/tmp/wt/lead/include/lodge/sched.h:
/work/tmp/wt/lead/include/lodge/thread.h:
/work/tmp/wt/lead/include/lodge/list.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/spinlock.h:
/work/tmp/wt/lead/tests/unit/include/asm/irqflags.h:
/work/tmp/wt/lead/tests/unit/include/asm/cpu.h:
/work/tmp/wt/lead/include/lodge/smp.h:
/work/tmp/wt/lead/include/lodge/time.h:
/work/tmp/wt/lead/include/lodge/arch.h:
/work/tmp/wt/lead/include/lodge/pgtable.h:
/work/tmp/wt/lead/include/lodge/page_alloc.h:
/work/tmp/wt/lead/tests/unit/include/asm/layout.h:
/work/tmp/wt/lead/include/lodge/hostmap.h:
/work/tmp/wt/lead/include/lodge/init.h:
/work/tmp/wt/lead/include/lodge/slab.h:
/work/tmp/wt/lead/include/lodge/timer_core.h:
/work/tmp/wt/lead/tests/unit/include/shim.h:
