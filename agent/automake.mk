noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/admin.c agent/admin.h \
	agent/agent.c agent/agent.h \
	agent/command.c agent/command.h \
	agent/command_agent.c agent/command_check.c agent/command_status.c \
	agent/config.c agent/config.h \
	agent/container.c agent/container.h \
	agent/derive.c agent/derive.h \
	agent/docker.c agent/docker.h \
	agent/docker_event.c agent/docker_event.h \
	agent/docker_stream.c agent/docker_stream.h \
	agent/hostaddr.c agent/hostaddr.h \
	agent/inventory.c agent/inventory.h \
	agent/metrics.c \
	agent/state.c agent/state.h \
	agent/status.c agent/status.h \
	agent/table.c agent/table.h

bin_PROGRAMS += berth
berth_SOURCES = agent/main.c
berth_LDADD = $(BERTH_LIBS) $(BERTH_LDLIBS)
