/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/bitops.o: \
 /work/tmp/wt/lead/lib/bitops.c /work/tmp/wt/lead/include/lodge/bitops.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h
/work/tmp/wt/lead/include/lodge/bitops.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
