/work/tmp/wt/lead/tests/smp/build/smp/plain/lib/crc32.o: \
 /work/tmp/wt/lead/lib/crc32.c /work/tmp/wt/lead/include/lodge/crc32.h \
 /work/tmp/wt/lead/include/lodge/types.h \
 /work/tmp/wt/lead/include/lodge/compiler.h
/work/tmp/wt/lead/include/lodge/crc32.h:
/work/tmp/wt/lead/include/lodge/types.h:
/work/tmp/wt/lead/include/lodge/compiler.h:
