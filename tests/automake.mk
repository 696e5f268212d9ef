# Unit tests (TAP) and fuzz targets. Each room lists its own in tests/unit/<room>.mk:
#     unit_programs += tests/unit/test-foo        its source is tests/unit/test-foo.c
#     fuzz_programs += tests/fuzz/fuzz-foo        its source is tests/fuzz/fuzz-foo.c, its corpus
#                                                 tests/fuzz/corpus/fuzz-foo/
unit_programs =
fuzz_programs =
lint_scripts =

include tests/unit/lib.mk
include tests/unit/portmap.mk
include tests/unit/registrator.mk
include tests/unit/lb-template.mk
include tests/unit/mlb.mk
include tests/unit/tmpl.mk
include tests/unit/agent.mk
include tests/lint/automake.mk
include tests/integration/automake.mk
include tests/bench/automake.mk

noinst_LIBRARIES += tests/libtap.a
tests_libtap_a_SOURCES = tests/tap.c tests/tap.h
TEST_LDADD = tests/libtap.a $(BERTH_LIBS) $(BERTH_LDLIBS)
# A fuzz target takes main() from the replay library, or from libFuzzer.
if FUZZ
REPLAY = $(FUZZ_ENGINE)
else
REPLAY = tests/fuzz/libreplay.a
noinst_LIBRARIES += tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c
endif
LDADD += $(REPLAY) $(TEST_LDADD)

check_PROGRAMS += $(unit_programs) $(fuzz_programs)
TESTS += $(unit_programs) $(lint_scripts)
dist_check_SCRIPTS += $(lint_scripts)
if !FUZZ
TESTS += $(fuzz_programs)
endif

# `make fuzz-programs` builds the libFuzzer targets of a tree configured with --enable-fuzz.
fuzz-programs: $(fuzz_programs)
.PHONY: fuzz-programs

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)'; \
	export top_srcdir top_builddir; ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1; \
	export ASAN_OPTIONS UBSAN_OPTIONS;

EXTRA_DIST += tests/package/machine.sh tests/package/ports.sh tests/package/run \
	tests/package/static
EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/corpus tests/golden tests/fixtures

# For a developer's machine: each says nothing where all is well.
ANALYSED = agent lib lb-template portmap registrator

format-check:
	cd '$(top_srcdir)' && find $(ANALYSED) tests -name '*.[ch]' | xargs clang-format --dry-run -Werror

clang-tidy:
	cd '$(top_srcdir)' && find $(ANALYSED) -name '*.c' | xargs -P "$$(nproc)" -n 8 sh -c \
		'clang-tidy --quiet "$$@" -- -std=gnu11 -include $(abs_top_builddir)/config.h -I.' tidy

# What cppcheck cannot find in a system header is said here.
cppcheck:
	cd '$(top_srcdir)' && cppcheck -q --std=c11 --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 -I. --include='$(abs_top_builddir)/config.h' \
		'-Djson_array_foreach(a,i,v)=for((i)=0;(i)<json_array_size(a);(i)++)' \
		'-Djson_object_foreach(o,k,v)=for(;(v);)' \
		'-Djson_object_foreach_safe(o,n,k,v)=for(;(v);)' $(ANALYSED)

.PHONY: format-check clang-tidy cppcheck
