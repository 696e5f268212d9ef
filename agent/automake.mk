noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/config.c agent/config.h

bin_PROGRAMS += berth
berth_SOURCES = agent/main.c
berth_LDADD = $(BERTH_LIBS) $(BERTH_LDLIBS)
