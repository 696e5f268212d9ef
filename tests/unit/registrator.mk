# Tests of registrator/.
unit_programs += \
	tests/unit/test-adoption \
	tests/unit/test-address \
	tests/unit/test-attrs \
	tests/unit/test-catalog \
	tests/unit/test-catalog-file \
	tests/unit/test-catalog-join \
	tests/unit/test-consul-json \
	tests/unit/test-consul-news \
	tests/unit/test-consul-unwell \
	tests/unit/test-delivery \
	tests/unit/test-derived \
	tests/unit/test-dubbo-plan \
	tests/unit/test-dubbo-said \
	tests/unit/test-dubbo-url \
	tests/unit/test-guard \
	tests/unit/test-instance \
	tests/unit/test-kv-entry \
	tests/unit/test-local-registry \
	tests/unit/test-metadata \
	tests/unit/test-naming \
	tests/unit/test-packing \
	tests/unit/test-probe \
	tests/unit/test-registrator \
	tests/unit/test-registrator-end \
	tests/unit/test-standing \
	tests/unit/test-strangers \
	tests/unit/test-text \
	tests/unit/test-url \
	tests/unit/test-vm-dir \
	tests/unit/test-vm-file \
	tests/unit/test-vm-health \
	tests/unit/test-vm-probe \
	tests/unit/test-vm-record \
	tests/unit/test-vm-target \
	tests/unit/test-zk-node

fuzz_programs += \
	tests/fuzz/fuzz-consul-agent \
	tests/fuzz/fuzz-consul-catalog \
	tests/fuzz/fuzz-consul-hints \
	tests/fuzz/fuzz-dubbo-said \
	tests/fuzz/fuzz-dubbo-url \
	tests/fuzz/fuzz-kv-entry \
	tests/fuzz/fuzz-metadata \
	tests/fuzz/fuzz-vm-file \
	tests/fuzz/fuzz-vm-record

scripted_registry = tests/unit/scripted-registry.c tests/unit/scripted-registry.h
tests_unit_test_registrator_SOURCES = tests/unit/test-registrator.c $(scripted_registry)
tests_unit_test_strangers_SOURCES = tests/unit/test-strangers.c $(scripted_registry)

endpoint_table = tests/unit/endpoint-table.c tests/unit/endpoint-table.h
tests_unit_test_metadata_SOURCES = tests/unit/test-metadata.c $(endpoint_table)
tests_unit_test_standing_SOURCES = tests/unit/test-standing.c $(endpoint_table)

# Built by `make check`, run by tests/integration/test_registrator_consul.py.
check_PROGRAMS += tests/integration/registrator-driver
tests_integration_registrator_driver_LDADD = $(TEST_LDADD)
EXTRA_DIST += \
	tests/integration/test_registrator_adopt.py \
	tests/integration/registrator.py \
	tests/integration/test_catalog.py \
	tests/integration/test_registrator_checks.py \
	tests/integration/test_registrator_cli.py \
	tests/integration/test_registrator_consul.py \
	tests/integration/consulproxy.py \
	tests/integration/test_registrator_faults.py \
	tests/integration/test_registrator_health.py \
	tests/integration/test_registrator_kv.py \
	tests/integration/dubbo.py \
	tests/integration/dubbo-npm/consumer.js \
	tests/integration/dubbo-npm/package-lock.json \
	tests/integration/dubbo-npm/package.json \
	tests/integration/dubbo-npm/provider.js \
	tests/integration/test_dubbo.py \
	tests/integration/test_dubbo_npm.py \
	tests/integration/test_registrator_zookeeper.py \
	tests/integration/zookeeper.py
