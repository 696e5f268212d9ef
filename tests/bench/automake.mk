# Figures, as a table: `make bench`, as root, on a build without sanitizers.
EXTRA_DIST += tests/bench/run

bench: berth$(EXEEXT)
	BERTH_BUILD='$(abs_top_builddir)' PYTHONDONTWRITEBYTECODE=1 \
	$(PYTHON) $(top_srcdir)/tests/bench/run

.PHONY: bench
