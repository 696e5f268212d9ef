noinst_LIBRARIES += lib/libberth.a
lib_libberth_a_SOURCES = \
	lib/base64.c lib/base64.h \
	lib/clean.h \
	lib/conf.c lib/conf.h \
	lib/conf_value.c lib/conf_value.h \
	lib/diff.c lib/diff.h \
	lib/endpoint.c lib/endpoint.h \
	lib/err.c lib/err.h \
	lib/file.c lib/file.h \
	lib/goflag.c lib/goflag.h \
	lib/http.c lib/http.h \
	lib/http_server.c lib/http_server.h \
	lib/http_tls.c lib/http_tls.h \
	lib/ipaddr.c lib/ipaddr.h \
	lib/json.c lib/json.h \
	lib/kv.c lib/kv.h \
	lib/lock.c lib/lock.h \
	lib/log.c lib/log.h \
	lib/marathon_app.c lib/marathon_app.h \
	lib/marathon_check.c lib/marathon_check.h \
	lib/marathon_json.c lib/marathon_json.h \
	lib/marathon_parse.c \
	lib/marathon_port.c lib/marathon_port.h \
	lib/marathon_task.c lib/marathon_task.h \
	lib/mesos.c lib/mesos.h \
	lib/mesos_process.c lib/mesos_process.h \
	lib/portset.c lib/portset.h \
	lib/problem.c lib/problem.h \
	lib/proc.c lib/proc.h \
	lib/sbuf.c lib/sbuf.h \
	lib/search.c lib/search.h \
	lib/strv.c lib/strv.h \
	lib/sync.c lib/sync.h \
	lib/xmalloc.c lib/xmalloc.h
