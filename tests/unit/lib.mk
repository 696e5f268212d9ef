# Tests of lib/.
unit_programs += \
	tests/unit/test-base64 \
	tests/unit/test-conf \
	tests/unit/test-conf-where \
	tests/unit/test-diff \
	tests/unit/test-file \
	tests/unit/test-secret \
	tests/unit/test-goflag \
	tests/unit/test-hcl \
	tests/unit/test-ipaddr \
	tests/unit/test-json \
	tests/unit/test-lists \
	tests/unit/test-lock \
	tests/unit/test-log-line \
	tests/unit/test-log-ring \
	tests/unit/test-log-syslog \
	tests/unit/test-marathon-app \
	tests/unit/test-marathon-env \
	tests/unit/test-marathon-event \
	tests/unit/test-mesos \
	tests/unit/test-fdstore \
	tests/unit/test-notify \
	tests/unit/test-passed \
	tests/unit/test-portset \
	tests/unit/test-problem \
	tests/unit/test-proc \
	tests/unit/test-sbuf \
	tests/unit/test-sync \
	tests/unit/test-trace
fuzz_programs += \
	tests/fuzz/fuzz-hcl \
	tests/fuzz/fuzz-log-line \
	tests/fuzz/fuzz-marathon-app \
	tests/fuzz/fuzz-marathon-event \
	tests/fuzz/fuzz-mesos

manager = tests/unit/manager.c tests/unit/manager.h
tests_unit_test_fdstore_SOURCES = tests/unit/test-fdstore.c $(manager)
tests_unit_test_passed_SOURCES = tests/unit/test-passed.c $(manager)
