# Tests of agent/.
unit_programs += \
	tests/unit/test-admin \
	tests/unit/test-admin-connection \
	tests/unit/test-admin-guard \
	tests/unit/test-admin-path \
	tests/unit/test-state-digest \
	tests/unit/test-changes \
	tests/unit/test-config \
	tests/unit/test-config-change \
	tests/unit/test-config-source \
	tests/unit/test-container \
	tests/unit/test-deploy \
	tests/unit/test-ct-config \
	tests/unit/test-derive \
	tests/unit/test-docker-accept \
	tests/unit/test-docker-event \
	tests/unit/test-docker-host \
	tests/unit/test-doctor \
	tests/unit/test-explain \
	tests/unit/test-hostaddr \
	tests/unit/test-inventory \
	tests/unit/test-portmap-list \
	tests/unit/test-marathon-source \
	tests/unit/test-latency \
	tests/unit/test-lb-announce \
	tests/unit/test-page \
	tests/unit/test-place \
	tests/unit/test-procfs \
	tests/unit/test-registrator-env \
	tests/unit/test-render-answer \
	tests/unit/test-render-query \
	tests/unit/test-selection \
	tests/unit/test-tags \
	tests/unit/test-filter \
	tests/unit/test-sse \
	tests/unit/test-table \
	tests/unit/test-top \
	tests/unit/test-status
fuzz_programs += \
	tests/fuzz/fuzz-admin-guard \
	tests/fuzz/fuzz-deploy-stats \
	tests/fuzz/fuzz-docker-event \
	tests/fuzz/fuzz-inspect \
	tests/fuzz/fuzz-render-answer \
	tests/fuzz/fuzz-sse \
	tests/fuzz/fuzz-procfs
