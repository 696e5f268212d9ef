noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/admin.c agent/admin.h \
	agent/agent.c agent/agent.h \
	agent/check.c agent/check.h \
	agent/check_conntrack.c agent/check_forward.c agent/check_links.c \
	agent/check_ports.c agent/check_system.c \
	agent/command.c agent/command.h \
	agent/command_agent.c agent/command_check.c agent/command_doctor.c \
	agent/command_status.c \
	agent/command_render.c \
	agent/config.c agent/config.h \
	agent/container.c agent/container.h \
	agent/derive.c agent/derive.h \
	agent/docker.c agent/docker.h \
	agent/docker_event.c agent/docker_event.h \
	agent/docker_stream.c agent/docker_stream.h \
	agent/docker_view.c agent/docker_view.h \
	agent/doctor.c agent/doctor.h \
	agent/doctor_fix.c agent/doctor_fix.h \
	agent/finding.c agent/finding.h \
	agent/host.c agent/host.h \
	agent/host_ask.c agent/host_ask.h \
	agent/host_links.c agent/host_links.h \
	agent/host_processes.c agent/host_processes.h \
	agent/host_read.c agent/host_read.h \
	agent/hostaddr.c agent/hostaddr.h \
	agent/inventory.c agent/inventory.h \
	agent/metrics.c \
	agent/portrange.c agent/portrange.h \
	agent/procfs.c agent/procfs.h \
	agent/render_job.c agent/render_job.h \
	agent/render_source.c agent/render_source.h \
	agent/state.c agent/state.h \
	agent/status.c agent/status.h \
	agent/table.c agent/table.h \
	agent/unidiff.c agent/unidiff.h

bin_PROGRAMS += berth
berth_SOURCES = agent/main.c
berth_LDADD = $(BERTH_LIBS) $(BERTH_LDLIBS)
