# Lints print TAP and run in `make check`.
lint_scripts += \
	tests/lint/calls.sh \
	tests/lint/completion.sh \
	tests/lint/dist.sh \
	tests/lint/layers.sh \
	tests/lint/links.sh \
	tests/lint/man.sh \
	tests/lint/metrics.sh \
	tests/lint/options.sh \
	tests/lint/packages.sh \
	tests/lint/page.sh \
	tests/lint/pure.sh \
	tests/lint/readme.sh \
	tests/lint/release.sh \
	tests/lint/size.sh \
	tests/lint/symbols.sh \
	tests/lint/usage.sh
EXTRA_DIST += tests/lint/tap.sh

tests/lint/links.log tests/lint/man.log tests/lint/options.log tests/lint/symbols.log tests/lint/usage.log tests/lint/completion.log: berth$(EXEEXT)

# Who may include whom, alone.
check-layers:
	top_srcdir='$(top_srcdir)' $(SHELL) $(top_srcdir)/tests/lint/layers.sh

# For tests/lint/dist.sh.
print-distfiles:
	@printf '%s\n' $(DISTFILES)
print-docs:
	@printf '%s\n' $(dist_doc_DATA)

.PHONY: check-layers print-distfiles print-docs
