# Tests of lb-template/.

# Not a test by itself: tests/integration/test_lb.py drives it.
check_PROGRAMS += tests/integration/lb-driver
tests_integration_lb_driver_LDADD = $(TEST_LDADD)
EXTRA_DIST += tests/integration/test_lb.py
