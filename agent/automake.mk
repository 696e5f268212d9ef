noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/admin.c agent/admin.h \
	agent/adopt.c agent/adopt.h \
	agent/agent.c agent/agent.h \
	agent/agent_catalog.c agent/agent_catalog.h \
	agent/agent_dubbo.c agent/agent_dubbo.h \
	agent/agent_lock.c agent/agent_lock.h \
	agent/agent_registry.c agent/agent_registry.h \
	agent/agent_want.c agent/agent_want.h \
	agent/chain.c agent/chain.h \
	agent/check.c agent/check.h \
	agent/check_conntrack.c agent/check_forward.c agent/check_links.c \
	agent/check_pool.c agent/check_pool.h \
	agent/check_dubbo.c \
	agent/check_ports.c agent/check_system.c \
	agent/command.c agent/command.h \
	agent/command_agent.c agent/command_check.c agent/command_doctor.c \
	agent/command_explain.c agent/command_portmap.c agent/command_registrator.c \
	agent/command_status.c \
	agent/command_render.c \
	agent/config.c agent/config.h \
	agent/consul_login.c agent/consul_login.h \
	agent/container.c agent/container.h \
	agent/derive.c agent/derive.h \
	agent/docker.c agent/docker.h \
	agent/docker_accept.c agent/docker_accept.h \
	agent/docker_event.c agent/docker_event.h \
	agent/docker_host.c agent/docker_host.h \
	agent/docker_stream.c agent/docker_stream.h \
	agent/docker_view.c agent/docker_view.h \
	agent/doctor.c agent/doctor.h \
	agent/doctor_fix.c agent/doctor_fix.h \
	agent/dubbo_options.c agent/dubbo_options.h \
	agent/explain.c agent/explain.h \
	agent/explain_state.c agent/explain_state.h \
	agent/finding.c agent/finding.h \
	agent/host.c agent/host.h \
	agent/host_ask.c agent/host_ask.h \
	agent/host_links.c agent/host_links.h \
	agent/host_processes.c agent/host_processes.h \
	agent/host_read.c agent/host_read.h \
	agent/hostaddr.c agent/hostaddr.h \
	agent/inspect_value.c agent/inspect_value.h \
	agent/inventory.c agent/inventory.h \
	agent/metrics.c \
	agent/portmap_list.c agent/portmap_list.h \
	agent/portmap_once.c agent/portmap_once.h \
	agent/place.c agent/place.h \
	agent/procfs.c agent/procfs.h \
	agent/question.c agent/question.h \
	agent/reach.c agent/reach.h \
	agent/registrator_env.c agent/registrator_env.h \
	agent/selection.c agent/selection.h \
	agent/self.c agent/self.h \
	agent/serve.c agent/serve.h \
	agent/said_ports.c agent/said_ports.h \
	agent/near.c agent/near.h \
	agent/said.c agent/said.h \
	agent/render_answer.c agent/render_answer.h \
	agent/render_consul.c agent/render_consul.h \
	agent/render_job.c agent/render_job.h \
	agent/render_live.c agent/render_live.h \
	agent/render_query.c agent/render_query.h \
	agent/render_source.c agent/render_source.h \
	agent/state.c agent/state.h \
	agent/status.c agent/status.h \
	agent/table.c agent/table.h \
	agent/tags.c agent/tags.h \
	agent/unidiff.c agent/unidiff.h

bin_PROGRAMS += berth
berth_SOURCES = agent/main.c
berth_LDADD = $(BERTH_LIBS) $(BERTH_LDLIBS)

# The names of the programs that berth takes the place of.
install-exec-hook:
	cd '$(DESTDIR)$(bindir)' && rm -f registrator && $(LN_S) berth$(EXEEXT) registrator

uninstall-hook:
	rm -f '$(DESTDIR)$(bindir)/registrator'
