# Tests against real daemons: `make check-integration PYTEST_FLAGS='-k consul -x'`, as root.
PYTHON = /usr/bin/python3
PYTEST_FLAGS =

EXTRA_DIST += \
	tests/integration/agent.py \
	tests/integration/answer.c \
	tests/integration/balancer.py \
	tests/integration/conftest.py \
	tests/integration/consul.py \
	tests/integration/consulcluster.py \
	tests/integration/dockerproxy.py \
	tests/integration/fakeagent.py \
	tests/integration/fakedocker.py \
	tests/integration/fakemarathon.py \
	tests/integration/haproxy.py \
	tests/integration/image.py \
	tests/integration/machine.py \
	tests/integration/procs.py \
	tests/integration/terminal.py \
	tests/integration/test_progress.py \
	tests/integration/test_terminal.py \
	tests/integration/sandbox.py \
	tests/integration/test_admin.py \
	tests/integration/test_allocation.py \
	tests/integration/test_bad_input.py \
	tests/integration/test_bench.py \
	tests/integration/test_chain.py \
	tests/integration/test_churn.py \
	tests/integration/test_consul.py \
	tests/integration/test_container.py \
	tests/integration/test_consul_acl.py \
	tests/integration/test_consul_cluster.py \
	tests/integration/test_crash.py \
	tests/integration/test_deploy.py \
	tests/integration/test_docker.py \
	tests/integration/test_docker_variants.py \
	tests/integration/test_doctor.py \
	tests/integration/test_drain.py \
	tests/integration/test_families.py \
	tests/integration/test_fakedocker.py \
	tests/integration/test_marathon.py \
	tests/integration/test_marathon_lb.py \
	tests/integration/test_marathon_lb_bad.py \
	tests/integration/test_marathon_node.py \
	tests/integration/test_metrics.py \
	tests/integration/test_netlink_trouble.py \
	tests/integration/test_explain.py \
	tests/integration/test_network_modes.py \
	tests/integration/test_quickstart.py \
	tests/integration/test_reach.py \
	tests/integration/test_render_consul.py \
	tests/integration/test_render_follow.py \
	tests/integration/test_render_queries.py \
	tests/integration/test_render_lb.py \
	tests/integration/test_reload.py \
	tests/integration/test_restart.py \
	tests/integration/test_secrets.py \
	tests/integration/test_service_manager.py \
	tests/integration/test_services_d.py \
	tests/integration/test_static.py \
	tests/integration/test_trace.py \
	tests/integration/traffic.py

EXTRA_DIST += tests/integration/test_page.py tests/page/browser.py tests/page/driver.js \
	tests/page/pageagent.py tests/page/package.json

check-integration: berth$(EXEEXT) $(check_PROGRAMS)
	BERTH_BUILD='$(abs_top_builddir)' PYTHONDONTWRITEBYTECODE=1 \
	$(PYTHON) -m pytest -p no:cacheprovider -rs $(PYTEST_FLAGS) $(top_srcdir)/tests/integration

.PHONY: check-integration
