/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/fdt_prop.o: \
 /work/tmp/wt/lead/lib/fdt_prop.c /work/tmp/wt/lead/lib/fdt_internal.h \
 /work/tmp/wt/lead/tests/unit/include/lodge/fdt.h \
 /work/tmp/wt/lead/include/lodge/fdt.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/errno.h \
 /work/tmp/wt/lead/include/lodge/string.h
/work/tmp/wt/lead/lib/fdt_internal.h:
/work/tmp/wt/lead/tests/unit/include/lodge/fdt.h:
/work/tmp/wt/lead/include/lodge/fdt.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/errno.h:
/work/tmp/wt/lead/include/lodge/string.h:
