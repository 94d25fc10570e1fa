/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/termtext.o: \
 /work/tmp/wt/lead/lib/termtext.c \
 /work/tmp/wt/lead/include/lodge/string.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h \
 /work/tmp/wt/lead/include/lodge/termtext.h
/work/tmp/wt/lead/include/lodge/string.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
/work/tmp/wt/lead/include/lodge/termtext.h:
