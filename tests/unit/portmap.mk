# Tests of portmap/.
unit_programs += \
	tests/unit/test-asked \
	tests/unit/test-bridge \
	tests/unit/test-claim \
	tests/unit/test-committed \
	tests/unit/test-element \
	tests/unit/test-flow \
	tests/unit/test-hold \
	tests/unit/test-hold-store \
	tests/unit/test-holder \
	tests/unit/test-lease \
	tests/unit/test-legacy \
	tests/unit/test-mapping \
	tests/unit/test-markuse \
	tests/unit/test-nft \
	tests/unit/test-notice \
	tests/unit/test-quarantine \
	tests/unit/test-remedy \
	tests/unit/test-undo \
	tests/unit/test-sticky \
	tests/unit/test-assign \
	tests/unit/test-assign-properties \
	tests/unit/test-assign-address
fuzz_programs += \
	tests/fuzz/fuzz-asked \
	tests/fuzz/fuzz-element \
	tests/fuzz/fuzz-flow \
	tests/fuzz/fuzz-legacy \
	tests/fuzz/fuzz-notice \
	tests/fuzz/fuzz-sticky \
	tests/fuzz/fuzz-assign

tests_unit_test_hold_store_SOURCES = tests/unit/test-hold-store.c $(manager)

# Not a test by itself: tests/integration/test_portmap.py drives it.
check_PROGRAMS += tests/integration/portmap-driver
tests_integration_portmap_driver_SOURCES = \
	tests/integration/portmap-driver.c tests/integration/trouble.c
EXTRA_DIST += tests/integration/portmapping.py \
	tests/integration/test_portmap.py tests/integration/test_portmap6.py
