/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/extable.o: \
 /work/tmp/wt/lead/lib/extable.c \
 /work/tmp/wt/lead/include/lodge/extable.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h
/work/tmp/wt/lead/include/lodge/extable.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
