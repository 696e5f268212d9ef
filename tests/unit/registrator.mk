# Tests of registrator/.
unit_programs += \
	tests/unit/test-address \
	tests/unit/test-attrs \
	tests/unit/test-consul-json \
	tests/unit/test-instance \
	tests/unit/test-kv-entry \
	tests/unit/test-local-registry \
	tests/unit/test-metadata \
	tests/unit/test-naming \
	tests/unit/test-registrator \
	tests/unit/test-registrator-end \
	tests/unit/test-text \
	tests/unit/test-url \
	tests/unit/test-zk-node

fuzz_programs += \
	tests/fuzz/fuzz-consul-agent \
	tests/fuzz/fuzz-consul-catalog \
	tests/fuzz/fuzz-kv-entry \
	tests/fuzz/fuzz-metadata

# Built by `make check`, run by tests/integration/test_registrator_consul.py.
check_PROGRAMS += tests/integration/registrator-driver
tests_integration_registrator_driver_LDADD = $(TEST_LDADD)
EXTRA_DIST += tests/integration/test_registrator_consul.py
EXTRA_DIST += \
	tests/integration/registrator.py \
	tests/integration/test_registrator_cli.py \
	tests/integration/test_registrator_kv.py \
	tests/integration/test_registrator_zookeeper.py \
	tests/integration/zookeeper.py
