/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/date.o: \
 /work/tmp/wt/lead/lib/date.c /work/tmp/wt/lead/include/lodge/date.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h
/work/tmp/wt/lead/include/lodge/date.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
