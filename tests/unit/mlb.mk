# Tests of lb-template/mlb/.
unit_programs += \
	tests/unit/test-mlb-golden

mlb_document = tests/unit/mlb-document.c tests/unit/mlb-document.h
tests_unit_test_mlb_golden_SOURCES = tests/unit/test-mlb-golden.c $(mlb_document)
