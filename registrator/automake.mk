noinst_LIBRARIES += registrator/libregistrator.a
registrator_libregistrator_a_SOURCES = \
	registrator/instance.c registrator/instance.h \
	registrator/registry.h
