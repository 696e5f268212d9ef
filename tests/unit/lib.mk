# Tests of lib/.
unit_programs += \
	tests/unit/test-conf \
	tests/unit/test-diff \
	tests/unit/test-ipaddr \
	tests/unit/test-problem \
	tests/unit/test-sbuf \
	tests/unit/test-sync
