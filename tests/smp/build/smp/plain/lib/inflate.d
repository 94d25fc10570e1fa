/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/inflate.o: \
 /work/tmp/wt/lead/lib/inflate.c /work/tmp/wt/lead/include/lodge/errno.h \
 /work/tmp/wt/lead/include/lodge/inflate.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/string.h
/work/tmp/wt/lead/include/lodge/errno.h:
/work/tmp/wt/lead/include/lodge/inflate.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/string.h:
