noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/admin.c agent/admin.h \
	agent/admin_connection.c agent/admin_connection.h \
	agent/admin_guard.c agent/admin_guard.h \
	agent/admin_inside.h \
	agent/admin_listen.c agent/admin_listen.h \
	agent/admin_path.c agent/admin_path.h \
	agent/admin_stream.c \
	agent/adopt.c agent/adopt.h \
	agent/agent.c agent/agent.h \
	agent/agent_admin.c agent/agent_admin.h \
	agent/agent_announce.c agent/agent_announce.h \
	agent/agent_asks.c agent/agent_asks.h \
	agent/agent_catalog.c agent/agent_catalog.h \
	agent/agent_config.c agent/agent_config.h \
	agent/agent_dns.c agent/agent_dns.h \
	agent/agent_dubbo.c agent/agent_dubbo.h \
	agent/agent_lock.c agent/agent_lock.h \
	agent/agent_marathon.c agent/agent_marathon.h \
	agent/agent_paths.c agent/agent_paths.h \
	agent/agent_problems.c agent/agent_problems.h \
	agent/agent_registry.c agent/agent_registry.h \
	agent/agent_resync.c agent/agent_resync.h \
	agent/agent_syncs.c agent/agent_syncs.h \
	agent/agent_want.c agent/agent_want.h \
	agent/chain.c agent/chain.h \
	agent/changes.c agent/changes.h \
	agent/chain_dubbo.c agent/chain_dubbo.h \
	agent/chain_names.c agent/chain_names.h \
	agent/check.c agent/check.h \
	agent/check_conntrack.c agent/check_forward.c agent/check_links.c \
	agent/check_pool.c agent/check_pool.h \
	agent/check_dns.c agent/check_dubbo.c agent/check_haproxy.c \
	agent/check_ports.c agent/check_system.c \
	agent/command.c agent/command.h \
	agent/command_agent.c agent/command_check.c agent/command_doctor.c \
	agent/command_explain.c agent/command_portmap.c agent/command_registrator.c \
	agent/command_deploy.c \
	agent/command_marathon_lb.c \
	agent/command_reload.c \
	agent/command_resync.c \
	agent/command_status.c \
	agent/command_top.c \
	agent/command_render.c \
	agent/command_consul_template.c \
	agent/config_secrets.c agent/config_secrets.h \
	agent/config.c agent/config.h \
	agent/config_change.c agent/config_change.h \
	agent/config_check.c agent/config_check.h \
	agent/config_finish.c \
	agent/config_reload.c agent/config_reload.h \
	agent/config_source.c agent/config_source.h \
	agent/consul_login.c agent/consul_login.h \
	agent/container.c agent/container.h \
	agent/deploy.c agent/deploy.h \
	agent/deploy_app.c agent/deploy_app.h \
	agent/deploy_hosts.c agent/deploy_hosts.h \
	agent/deploy_patience.c agent/deploy_patience.h \
	agent/deploy_plan.c agent/deploy_plan.h \
	agent/deploy_stats.c agent/deploy_stats.h \
	agent/ct_block.c agent/ct_block.h \
	agent/ct_child.c agent/ct_child.h \
	agent/ct_config.c agent/ct_config.h \
	agent/ct_consul.c agent/ct_consul.h \
	agent/ct_exec.c agent/ct_exec.h \
	agent/ct_flags.c agent/ct_flags.h \
	agent/ct_template.c agent/ct_template.h \
	agent/ct_value.c agent/ct_value.h \
	agent/derive.c agent/derive.h \
	agent/docker.c agent/docker.h \
	agent/docker_accept.c agent/docker_accept.h \
	agent/docker_event.c agent/docker_event.h \
	agent/docker_host.c agent/docker_host.h \
	agent/docker_inside.h agent/docker_pass.c \
	agent/docker_runs.c agent/docker_runs.h \
	agent/docker_stream.c agent/docker_stream.h \
	agent/docker_view.c agent/docker_view.h \
	agent/doctor.c agent/doctor.h \
	agent/doctor_fix.c agent/doctor_fix.h \
	agent/dubbo_options.c agent/dubbo_options.h \
	agent/explain.c agent/explain.h \
	agent/explain_state.c agent/explain_state.h \
	agent/feed.c agent/feed.h \
	agent/filter.c agent/filter.h \
	agent/finding.c agent/finding.h \
	agent/host.c agent/host.h \
	agent/host_ask.c agent/host_ask.h \
	agent/host_dns.c agent/host_dns.h \
	agent/host_haproxy.c agent/host_haproxy.h \
	agent/host_links.c agent/host_links.h \
	agent/host_processes.c agent/host_processes.h \
	agent/host_read.c agent/host_read.h \
	agent/hostaddr.c agent/hostaddr.h \
	agent/inspect_value.c agent/inspect_value.h \
	agent/inventory.c agent/inventory.h \
	agent/latency.c agent/latency.h \
	agent/lb_announce.c agent/lb_announce.h \
	agent/metric.c agent/metric.h \
	agent/metrics.c \
	agent/mlb_answers.c agent/mlb_answers.h \
	agent/mlb_flags.c agent/mlb_flags.h \
	agent/mlb_hosts.c agent/mlb_hosts.h \
	agent/mlb_serve.c agent/mlb_serve.h \
	agent/portmap_list.c agent/portmap_list.h \
	agent/portmap_once.c agent/portmap_once.h \
	agent/order.c agent/order.h \
	agent/page.c agent/page.h \
	agent/place.c agent/place.h \
	agent/procfs.c agent/procfs.h \
	agent/question.c agent/question.h \
	agent/reach.c agent/reach.h \
	agent/registrator_env.c agent/registrator_env.h \
	agent/selection.c agent/selection.h \
	agent/self.c agent/self.h \
	agent/serve.c agent/serve.h \
	agent/service_row.c agent/service_row.h \
	agent/row.c agent/row.h \
	agent/row_index.c agent/row_index.h \
	agent/said_ports.c agent/said_ports.h \
	agent/marathon_defs.c agent/marathon_defs.h \
	agent/marathon_node.c agent/marathon_node.h \
	agent/marathon_source.c agent/marathon_source.h \
	agent/live.c agent/live.h \
	agent/lb_template.c agent/lb_template.h \
	agent/near.c agent/near.h \
	agent/said.c agent/said.h \
	agent/render_answer.c agent/render_answer.h \
	agent/render_client.c agent/render_client.h \
	agent/render_commands.c agent/render_commands.h \
	agent/render_dep.c agent/render_dep.h \
	agent/render_files.c agent/render_files.h \
	agent/render_hints.c agent/render_hints.h \
	agent/render_job.c agent/render_job.h \
	agent/render_query.c agent/render_query.h \
	agent/render_queue.c agent/render_queue.h \
	agent/render_runner.c agent/render_runner.h \
	agent/render_source.c agent/render_source.h \
	agent/render_table.c agent/render_table.h \
	agent/render_target.c agent/render_target.h \
	agent/render_watch.c agent/render_watch.h \
	agent/render_work.c agent/render_work.h \
	agent/sse.c agent/sse.h \
	agent/state.c agent/state.h \
	agent/state_digest.c agent/state_digest.h \
	agent/status.c agent/status.h \
	agent/status_part.c agent/status_part.h \
	agent/status_watch.c agent/status_watch.h \
	agent/supervised.c agent/supervised.h \
	agent/table.c agent/table.h \
	agent/tags.c agent/tags.h \
	agent/top.c agent/top.h \
	agent/top_key.c agent/top_key.h \
	agent/top_list.c agent/top_list.h \
	agent/top_screen.c agent/top_screen.h \
	agent/top_view.c agent/top_view.h \
	agent/unidiff.c agent/unidiff.h

# The status page: one file with its styles and its script, as C. Scripts stand in their order.
page_sources = agent/page/page.html agent/page/page.css agent/page/dom.js agent/page/faces.js agent/page/model.js \
	agent/page/layout.js agent/page/search.js agent/page/chain.js agent/page/path.js \
	agent/page/top.js agent/page/panel.js agent/page/changes.js agent/page/stream.js \
	agent/page/live.js agent/page/main.js
nodist_agent_libagent_a_SOURCES = agent/page_data.c
EXTRA_DIST += agent/page/assemble.sh $(page_sources)
CLEANFILES += agent/page_data.c agent/page.html agent/page.csp

agent/page_data.c: agent/page/assemble.sh $(page_sources)
	$(AM_V_GEN)$(MKDIR_P) agent && cd '$(srcdir)' && \
		$(SHELL) agent/page/assemble.sh '$(abs_builddir)/agent/page' $(page_sources)

bin_PROGRAMS += berth
berth_SOURCES = agent/main.c
berth_LDADD = $(BERTH_LIBS) $(BERTH_LDLIBS)

# The names of the programs that berth takes the place of.
install-exec-hook:
	cd '$(DESTDIR)$(bindir)' && for name in registrator consul-template marathon-lb; do \
		rm -f $$name && $(LN_S) berth$(EXEEXT) $$name || exit 1; \
	done

uninstall-hook:
	cd '$(DESTDIR)$(bindir)' && rm -f registrator consul-template marathon-lb
