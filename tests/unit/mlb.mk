# Tests of lb-template/mlb/.
unit_programs += \
	tests/unit/test-mlb-change \
	tests/unit/test-mlb-golden \
	tests/unit/test-mlb-text
TESTS += tests/unit/mlb-haproxy.sh
dist_check_SCRIPTS += tests/unit/mlb-haproxy.sh
fuzz_programs += tests/fuzz/fuzz-mlb

mlb_document = tests/unit/mlb-document.c tests/unit/mlb-document.h
tests_unit_test_mlb_change_SOURCES = tests/unit/test-mlb-change.c $(mlb_document)
tests_unit_test_mlb_golden_SOURCES = tests/unit/test-mlb-golden.c $(mlb_document)
tests_fuzz_fuzz_mlb_SOURCES = tests/fuzz/fuzz-mlb.c $(mlb_document)
