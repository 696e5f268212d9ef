# Figures, as tables: as root, on a build without sanitizers, on a machine that does nothing else.
#     make bench                        the chain: Docker's event -> Consul -> HAProxy's answer
#     make bench-portmap bench-net bench-registrator bench-lb bench-dubbo bench-marathon
#     make bench-portmap BENCH_FLAGS='--quick --out /tmp/figures'
BENCH_FLAGS =
BENCHES = bench-portmap bench-net bench-registrator bench-lb bench-dubbo bench-marathon

# What makes load. Built by `make check`, too, so that it does not rot.
check_PROGRAMS += tests/bench/accept-load tests/bench/connect-load
# Watches a catalog, for bench-lb.
check_PROGRAMS += tests/bench/catalog-watch
tests_bench_catalog_watch_LDADD = $(TEST_LDADD)
# Marathon's apps to a text, for bench-marathon.
check_PROGRAMS += tests/bench/marathon
tests_bench_marathon_LDADD = $(TEST_LDADD)
tests_bench_accept_load_SOURCES = tests/bench/accept-load.c
tests_bench_connect_load_SOURCES = tests/bench/connect-load.c
tests_bench_accept_load_LDADD = $(TEST_LDADD)
tests_bench_connect_load_LDADD = $(TEST_LDADD)

if ZOOKEEPER
check_PROGRAMS += tests/bench/zk-create
tests_bench_zk_create_SOURCES = tests/bench/zk-create.c
tests_bench_zk_create_LDADD = $(TEST_LDADD)
bench-dubbo: tests/bench/zk-create$(EXEEXT)
endif

EXTRA_DIST += \
	tests/bench/bench-dubbo \
	tests/bench/bench-lb \
	tests/bench/bench-marathon \
	tests/bench/bench-net \
	tests/bench/bench-portmap \
	tests/bench/bench-registrator \
	tests/bench/bench-template \
	tests/bench/catalog.py \
	tests/bench/hosts.py \
	tests/bench/lb_node.py \
	tests/bench/load.py \
	tests/bench/mapper.py \
	tests/bench/reader.py \
	tests/bench/reloader.py \
	tests/bench/report.py \
	tests/bench/rules.py \
	tests/bench/run \
	tests/bench/watch.py

bench: berth$(EXEEXT)
	BERTH_BUILD='$(abs_top_builddir)' PYTHONDONTWRITEBYTECODE=1 \
	$(PYTHON) $(top_srcdir)/tests/bench/run

$(BENCHES): berth$(EXEEXT) tests/bench/accept-load$(EXEEXT) tests/bench/connect-load$(EXEEXT) \
		tests/bench/catalog-watch$(EXEEXT) tests/bench/marathon$(EXEEXT) \
		tests/integration/portmap-driver$(EXEEXT)
	BERTH_BUILD='$(abs_top_builddir)' PYTHONDONTWRITEBYTECODE=1 \
	$(PYTHON) $(top_srcdir)/tests/bench/$@ $(BENCH_FLAGS)

.PHONY: bench $(BENCHES)
