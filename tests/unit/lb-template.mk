# Tests of lb-template/.
unit_programs += \
	tests/unit/test-dns-key \
	tests/unit/test-dns-plan \
	tests/unit/test-dns-want \
	tests/unit/test-lb-bans \
	tests/unit/test-lb-cfg \
	tests/unit/test-lb-files \
	tests/unit/test-lb-model \
	tests/unit/test-lb-name \
	tests/unit/test-lb-plan \
	tests/unit/test-lb-quiet \
	tests/unit/test-lb-render \
	tests/unit/test-lb-routes \
	tests/unit/test-lb-runs \
	tests/unit/test-lb-runtime \
	tests/unit/test-lb-select \
	tests/unit/test-lb-target \
	tests/unit/test-lb-template \
	tests/unit/test-lb-time \
	tests/unit/test-lb-weight
fuzz_programs += \
	tests/fuzz/fuzz-dns-key \
	tests/fuzz/fuzz-haproxy-cfg \
	tests/fuzz/fuzz-render \
	tests/fuzz/fuzz-runtime-answer

if LDNS
unit_programs += tests/unit/test-dns-message
fuzz_programs += tests/fuzz/fuzz-dns-answer
endif

lb_catalog = tests/unit/lb-catalog.c tests/unit/lb-catalog.h
tests_unit_test_lb_render_SOURCES = tests/unit/test-lb-render.c $(lb_catalog)
tests_unit_test_lb_template_SOURCES = tests/unit/test-lb-template.c $(lb_catalog)
tests_unit_test_lb_time_SOURCES = tests/unit/test-lb-time.c $(lb_catalog)
tests_unit_test_lb_routes_SOURCES = tests/unit/test-lb-routes.c $(lb_catalog)
tests_unit_test_lb_weight_SOURCES = tests/unit/test-lb-weight.c $(lb_catalog)
tests_fuzz_fuzz_render_SOURCES = tests/fuzz/fuzz-render.c $(lb_catalog)

# Not a test by itself: tests/integration/test_lb.py drives it.
check_PROGRAMS += tests/integration/lb-driver
tests_integration_lb_driver_LDADD = $(TEST_LDADD)
EXTRA_DIST += tests/integration/nameserver.py tests/integration/test_dns_consul.py \
	tests/integration/test_dns_update.py tests/integration/test_lb.py \
	tests/integration/test_lb_apply.py tests/integration/test_lb_options.py \
	tests/integration/test_lb_tuning.py
