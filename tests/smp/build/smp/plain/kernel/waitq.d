/work/tmp/wt/lead/tests/smp/build/smp/plain/kernel/waitq.o: \
 /work/tmp/wt/lead/kernel/waitq.c /work/tmp/wt/lead/include/lodge/arch.h \
 /work/tmp/wt/lead/include/lodge/pgtable.h \
 /work/tmp/wt/lead/include/lodge/page_alloc.h \
 /work/tmp/wt/lead/include/lodge/list.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/spinlock.h \
 /work/tmp/wt/lead/tests/unit/include/asm/irqflags.h \
 /work/tmp/wt/lead/tests/unit/include/asm/layout.h \
 /work/tmp/wt/lead/include/lodge/errno.h \
 /work/tmp/wt/lead/include/lodge/sched.h \
 /work/tmp/wt/lead/include/lodge/thread.h \
 /work/tmp/wt/lead/tests/unit/include/asm/cpu.h \
 /work/tmp/wt/lead/include/lodge/time.h
/work/tmp/wt/lead/include/lodge/arch.h:
/work/tmp/wt/lead/include/lodge/pgtable.h:
/work/tmp/wt/lead/include/lodge/page_alloc.h:
/work/tmp/wt/lead/include/lodge/list.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/spinlock.h:
/work/tmp/wt/lead/tests/unit/include/asm/irqflags.h:
/work/tmp/wt/lead/tests/unit/include/asm/layout.h:
/work/tmp/wt/lead/include/lodge/errno.h:
/work/tmp/wt/lead/include/lodge/sched.h:
/work/tmp/wt/lead/include/lodge/thread.h:
/work/tmp/wt/lead/tests/unit/include/asm/cpu.h:
/work/tmp/wt/lead/include/lodge/time.h:
