/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/errno.o: \
 /work/tmp/wt/lead/lib/errno.c /work/tmp/wt/lead/include/lodge/errno.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h
/work/tmp/wt/lead/include/lodge/errno.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
