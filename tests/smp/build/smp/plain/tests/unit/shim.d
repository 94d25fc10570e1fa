/work/tmp/wt/lead/tests/smp/build/smp/plain/tests/unit/shim.o: \
 /work/tmp/wt/lead/tests/unit/shim.c \
 /work/tmp/wt/lead/tests/unit/include/asm/cpu.h \
 /work/tmp/wt/lead/tests/unit/include/asm/io.h \
 /work/tmp/wt/lead/tests/unit/include/asm/barrier.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/tests/unit/include/asm/irqflags.h \
 /work/tmp/wt/lead/include/lodge/printk.h \
 /work/tmp/wt/lead/include/lodge/slab.h \
 /work/tmp/wt/lead/tests/unit/include/shim.h
/work/tmp/wt/lead/tests/unit/include/asm/cpu.h:
/work/tmp/wt/lead/tests/unit/include/asm/io.h:
/work/tmp/wt/lead/tests/unit/include/asm/barrier.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/tests/unit/include/asm/irqflags.h:
/work/tmp/wt/lead/include/lodge/printk.h:
/work/tmp/wt/lead/include/lodge/slab.h:
/work/tmp/wt/lead/tests/unit/include/shim.h:
