noinst_LIBRARIES += registrator/libregistrator.a
registrator_libregistrator_a_SOURCES = \
	registrator/adoption.c registrator/adoption.h \
	registrator/address.c registrator/address.h \
	registrator/attrs.c registrator/attrs.h \
	registrator/catalog.c registrator/catalog.h \
	registrator/catalog_file.c registrator/catalog_file.h \
	registrator/consul.c registrator/consul.h \
	registrator/consul_catalog.c registrator/consul_catalog.h \
	registrator/consul_client.c registrator/consul_client.h \
	registrator/consul_hints.c registrator/consul_hints.h \
	registrator/consul_journal.c registrator/consul_journal.h \
	registrator/consul_feed.c registrator/consul_feed.h \
	registrator/consul_json.c registrator/consul_json.h \
	registrator/consul_kv.c registrator/consul_kv.h \
	registrator/consul_kv_write.c registrator/consul_kv_write.h \
	registrator/consul_news.c registrator/consul_news.h \
	registrator/consul_own.c registrator/consul_own.h \
	registrator/consul_probe.c registrator/consul_probe.h \
	registrator/consul_query.c registrator/consul_query.h \
	registrator/consul_reads.c registrator/consul_reads.h \
	registrator/consul_service.c registrator/consul_service.h \
	registrator/consul_unwell.c registrator/consul_unwell.h \
	registrator/delivery.c registrator/delivery.h \
	registrator/derived.c registrator/derived.h \
	registrator/dirwatch.c registrator/dirwatch.h \
	registrator/guard.c registrator/guard.h \
	registrator/instance.c registrator/instance.h \
	registrator/kv_entry.c registrator/kv_entry.h \
	registrator/lbmeta.c registrator/lbmeta.h \
	registrator/lbtuning.c registrator/lbtuning.h \
	registrator/local.c \
	registrator/meta.c registrator/meta.h \
	registrator/metadata.c registrator/metadata.h \
	registrator/mirror.c registrator/mirror.h \
	registrator/naming.c registrator/naming.h \
	registrator/open.c registrator/open.h \
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
	registrator/url.c registrator/url.h \
	registrator/vm.c registrator/vm.h \
	registrator/vmacl.c registrator/vmacl.h \
	registrator/vmcatalog.c registrator/vmcatalog.h \
	registrator/vmdir.c registrator/vmdir.h \
	registrator/vmfile.c registrator/vmfile.h \
	registrator/vmgroup.c registrator/vmgroup.h \
	registrator/vmhealth.c registrator/vmhealth.h \
	registrator/vmkey.c registrator/vmkey.h \
	registrator/vmlock.c registrator/vmlock.h \
	registrator/vmname.c registrator/vmname.h \
	registrator/vmnode.c registrator/vmnode.h \
	registrator/vmprobe.c registrator/vmprobe.h \
	registrator/vmrecord.c registrator/vmrecord.h \
	registrator/vmresolve.c registrator/vmresolve.h \
	registrator/vmservice.c registrator/vmservice.h \
	registrator/vmsession.c registrator/vmsession.h \
	registrator/vmtarget.c registrator/vmtarget.h \
	registrator/vmwatch.c registrator/vmwatch.h \
	registrator/zk_node.c registrator/zk_node.h
if ZOOKEEPER
registrator_libregistrator_a_SOURCES += \
	registrator/zk_own.c registrator/zk_own.h \
	registrator/zk_session.c registrator/zk_session.h \
	registrator/zk_write.c registrator/zk_write.h \
	registrator/zookeeper.c registrator/zookeeper.h
endif
