noinst_LIBRARIES += registrator/libregistrator.a
registrator_libregistrator_a_SOURCES = \
	registrator/attrs.c registrator/attrs.h \
	registrator/consul.c registrator/consul.h \
	registrator/consul_catalog.c registrator/consul_catalog.h \
	registrator/consul_client.c registrator/consul_client.h \
	registrator/consul_json.c registrator/consul_json.h \
	registrator/consul_own.c registrator/consul_own.h \
	registrator/consul_query.c registrator/consul_query.h \
	registrator/instance.c registrator/instance.h \
	registrator/lbmeta.c registrator/lbmeta.h \
	registrator/local.c \
	registrator/meta.c registrator/meta.h \
	registrator/metadata.c registrator/metadata.h \
	registrator/mirror.c registrator/mirror.h \
	registrator/naming.c registrator/naming.h \
	registrator/registrator.c registrator/registrator.h \
	registrator/registry.h \
	registrator/roster.c registrator/roster.h \
	registrator/service.c registrator/service.h \
	registrator/source.h \
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
	registrator/vmtarget.c registrator/vmtarget.h \
	registrator/vmwatch.c registrator/vmwatch.h
