# Tests of lb-template/tmpl/.
unit_programs += \
	tests/unit/test-tmpl-error \
	tests/unit/test-tmpl-function \
	tests/unit/test-tmpl-lang \
	tests/unit/test-tmpl-print \
	tests/unit/test-tmpl-source

tmpl_run = tests/unit/tmpl-run.c tests/unit/tmpl-run.h
tests_unit_test_tmpl_error_SOURCES = tests/unit/test-tmpl-error.c $(tmpl_run)
tests_unit_test_tmpl_function_SOURCES = tests/unit/test-tmpl-function.c $(tmpl_run)
tests_unit_test_tmpl_lang_SOURCES = tests/unit/test-tmpl-lang.c $(tmpl_run)
tests_unit_test_tmpl_print_SOURCES = tests/unit/test-tmpl-print.c $(tmpl_run)
tests_unit_test_tmpl_source_SOURCES = tests/unit/test-tmpl-source.c $(tmpl_run)

# berth render
unit_programs += tests/unit/test-unidiff
TESTS += tests/unit/render.sh
dist_check_SCRIPTS += tests/unit/render.sh

fuzz_programs += \
	tests/fuzz/fuzz-tmpl-exec \
	tests/fuzz/fuzz-tmpl-parse

# Built by `make check`, run by hand: how long a template takes.
check_PROGRAMS += tests/bench/template
tests_bench_template_LDADD = $(TEST_LDADD)
bench-template: tests/bench/template$(EXEEXT) berth$(EXEEXT)
	./tests/bench/template$(EXEEXT)
	BERTH_BUILD='$(abs_top_builddir)' PYTHONDONTWRITEBYTECODE=1 \
	$(PYTHON) $(top_srcdir)/tests/bench/bench-template $(BENCH_FLAGS)

.PHONY: bench-template
