noinst_LIBRARIES += lb-template/liblb.a
lb_template_liblb_a_SOURCES = \
	lb-template/alert.c lb-template/alert.h \
	lb-template/backends.c lb-template/backends.h \
	lb-template/backup.c lb-template/backup.h \
	lb-template/bans.c lb-template/bans.h \
	lb-template/certs.c lb-template/certs.h \
	lb-template/cfg.c lb-template/cfg.h \
	lb-template/claim.c lb-template/claim.h \
	lb-template/dns.h lb-template/dns_server.c \
	lb-template/dns_entry.c lb-template/dns_entry.h \
	lb-template/dns_exchange.c lb-template/dns_exchange.h \
	lb-template/dns_key.c lb-template/dns_key.h \
	lb-template/dns_plan.c lb-template/dns_plan.h \
	lb-template/dns_want.c lb-template/dns_want.h \
	lb-template/dot.c lb-template/dot.h \
	lb-template/exits.c lb-template/exits.h \
	lb-template/files.c lb-template/files.h \
	lb-template/gate.c lb-template/gate.h \
	lb-template/haproxy.c lb-template/haproxy.h \
	lb-template/haproxy_ctmpl.h \
	lb-template/hostmap.c lb-template/hostmap.h \
	lb-template/lb.c lb-template/lb.h \
	lb-template/keep.c lb-template/keep.h \
	lb-template/leavers.c lb-template/leavers.h \
	lb-template/mapview.c lb-template/mapview.h \
	lb-template/model.c lb-template/model.h \
	lb-template/name.c lb-template/name.h \
	lb-template/pass.c lb-template/pass.h \
	lb-template/pass_load.c lb-template/pass_state.h \
	lb-template/patched.c lb-template/patched.h \
	lb-template/pieces.c lb-template/pieces.h \
	lb-template/plan.c lb-template/plan.h \
	lb-template/port.c lb-template/port.h \
	lb-template/quiet.c lb-template/quiet.h \
	lb-template/reload.c lb-template/reload.h \
	lb-template/reload_command.c lb-template/reload_command.h \
	lb-template/render.c lb-template/render.h \
	lb-template/reloaded.c lb-template/reloaded.h \
	lb-template/rendering.c lb-template/rendering.h \
	lb-template/route.c lb-template/route.h \
	lb-template/routes_renderer.c lb-template/routes_renderer.h \
	lb-template/routing.c lb-template/routing.h \
	lb-template/rtconn.c lb-template/rtconn.h \
	lb-template/runs.c lb-template/runs.h \
	lb-template/runtime.c lb-template/runtime.h \
	lb-template/select.c lb-template/select.h \
	lb-template/settings.c lb-template/settings.h \
	lb-template/target.c lb-template/target.h \
	lb-template/target_apply.c lb-template/target_state.h \
	lb-template/targets.c lb-template/targets.h \
	lb-template/trial.c lb-template/trial.h \
	lb-template/tuning.c lb-template/tuning.h \
	lb-template/view.c lb-template/view.h \
	lb-template/wish.c lb-template/wish.h \
	lb-template/words.c lb-template/words.h
if LDNS
lb_template_liblb_a_SOURCES += \
	lb-template/dns.c \
	lb-template/dns_message.c lb-template/dns_message.h \
	lb-template/dns_records.c lb-template/dns_records.h
else
lb_template_liblb_a_SOURCES += lb-template/dns_none.c
endif

# The default template is a part of the program.
nodist_lb_template_liblb_a_SOURCES = lb-template/haproxy_ctmpl.c
CLEANFILES += lb-template/haproxy_ctmpl.c
lb-template/haproxy_ctmpl.c: conf/haproxy.ctmpl
	$(AM_V_GEN)$(MKDIR_P) lb-template && { \
	echo '#include "lb-template/haproxy_ctmpl.h"' && \
	echo 'const char haproxy_ctmpl[] = {' && \
	od -An -v -tu1 $(top_srcdir)/conf/haproxy.ctmpl | sed 's/\([0-9][0-9]*\)/\1,/g' && \
	echo '};' && \
	echo 'const size_t haproxy_ctmpl_len = sizeof haproxy_ctmpl;'; } >$@.tmp && mv $@.tmp $@
