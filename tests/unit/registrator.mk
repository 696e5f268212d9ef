# Tests of registrator/.
unit_programs += \
	tests/unit/test-attrs \
	tests/unit/test-consul-json \
	tests/unit/test-instance \
	tests/unit/test-local-registry \
	tests/unit/test-metadata \
	tests/unit/test-naming \
	tests/unit/test-registrator \
	tests/unit/test-text \
	tests/unit/test-url \
	tests/unit/test-vm-file \
	tests/unit/test-vm-health \
	tests/unit/test-vm-record \
	tests/unit/test-vm-target

fuzz_programs += \
	tests/fuzz/fuzz-consul-agent \
	tests/fuzz/fuzz-consul-catalog \
	tests/fuzz/fuzz-metadata \
	tests/fuzz/fuzz-vm-file \
	tests/fuzz/fuzz-vm-record

# Built by `make check`, run by tests/integration/test_registrator_consul.py.
check_PROGRAMS += tests/integration/registrator-driver
tests_integration_registrator_driver_LDADD = $(TEST_LDADD)
EXTRA_DIST += tests/integration/test_registrator_consul.py
