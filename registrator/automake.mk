noinst_LIBRARIES += registrator/libregistrator.a
registrator_libregistrator_a_SOURCES = \
	registrator/address.c registrator/address.h \
	registrator/attrs.c registrator/attrs.h \
	registrator/consul.c registrator/consul.h \
	registrator/consul_catalog.c registrator/consul_catalog.h \
	registrator/consul_client.c registrator/consul_client.h \
	registrator/consul_json.c registrator/consul_json.h \
	registrator/consul_kv.c registrator/consul_kv.h \
	registrator/consul_own.c registrator/consul_own.h \
	registrator/consul_query.c registrator/consul_query.h \
	registrator/instance.c registrator/instance.h \
	registrator/kv_entry.c registrator/kv_entry.h \
	registrator/lbmeta.c registrator/lbmeta.h \
	registrator/local.c \
	registrator/meta.c registrator/meta.h \
	registrator/metadata.c registrator/metadata.h \
	registrator/mirror.c registrator/mirror.h \
	registrator/naming.c registrator/naming.h \
	registrator/open.c registrator/open.h \
	registrator/registrator.c registrator/registrator.h \
	registrator/registry.h \
	registrator/roster.c registrator/roster.h \
	registrator/service.c registrator/service.h \
	registrator/source.h \
	registrator/text.c registrator/text.h \
	registrator/url.c registrator/url.h \
	registrator/zk_node.c registrator/zk_node.h
if ZOOKEEPER
registrator_libregistrator_a_SOURCES += \
	registrator/zk_own.c registrator/zk_own.h \
	registrator/zk_session.c registrator/zk_session.h \
	registrator/zk_write.c registrator/zk_write.h \
	registrator/zookeeper.c registrator/zookeeper.h
endif
