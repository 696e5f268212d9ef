noinst_LIBRARIES += registrator/libregistrator.a
registrator_libregistrator_a_SOURCES = \
	registrator/adoption.c registrator/adoption.h \
	registrator/attrs.c registrator/attrs.h \
	registrator/consul.c registrator/consul.h \
	registrator/consul_catalog.c registrator/consul_catalog.h \
	registrator/consul_client.c registrator/consul_client.h \
	registrator/consul_feed.c registrator/consul_feed.h \
	registrator/consul_json.c registrator/consul_json.h \
	registrator/consul_own.c registrator/consul_own.h \
	registrator/consul_probe.c registrator/consul_probe.h \
	registrator/consul_query.c registrator/consul_query.h \
	registrator/instance.c registrator/instance.h \
	registrator/lbmeta.c registrator/lbmeta.h \
	registrator/local.c \
	registrator/meta.c registrator/meta.h \
	registrator/metadata.c registrator/metadata.h \
	registrator/mirror.c registrator/mirror.h \
	registrator/naming.c registrator/naming.h \
	registrator/probe.c registrator/probe.h \
	registrator/probe_labels.c registrator/probe_labels.h \
	registrator/reachable.c registrator/reachable.h \
	registrator/registrator.c registrator/registrator.h \
	registrator/registry.h \
	registrator/roster.c registrator/roster.h \
	registrator/service.c registrator/service.h \
	registrator/service_ports.c registrator/service_ports.h \
	registrator/source.h \
	registrator/standing.c registrator/standing.h \
	registrator/text.c registrator/text.h \
	registrator/url.c registrator/url.h
