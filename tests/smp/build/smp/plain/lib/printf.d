/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/printf.o: \
 /work/tmp/wt/lead/lib/printf.c /work/tmp/wt/lead/include/lodge/printf.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/string.h
/work/tmp/wt/lead/include/lodge/printf.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/string.h:
