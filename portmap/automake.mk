noinst_LIBRARIES += portmap/libportmap.a
portmap_libportmap_a_SOURCES = \
	portmap/mapping.c portmap/mapping.h \
	portmap/portmap.c portmap/portmap.h
