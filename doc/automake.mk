dist_man_MANS += $(manual_pages)
dist_doc_DATA = doc/dns.md \
	doc/dubbo.md \
	doc/figures.md \
	doc/from-bamboo.md \
	doc/from-consul-template.md \
	doc/from-docker-proxy.md \
	doc/from-marathon-lb.md \
	doc/from-registrator.md \
	doc/haproxy-template.md \
	doc/labels.md \
	doc/metrics.md \
	doc/network-modes.md \
	doc/state.md \
	doc/status-page.md \
	doc/templates.md \
	doc/troubleshooting.md
EXTRA_DIST += doc/README.md doc/bench-net.svg doc/design $(manual_pages:=.in) doc/manual.awk

# A part of them is what the program says of itself. A release has them ready, and makes them anew
# only where the texts in agent/ have changed.
manual_pages = doc/berth.8 doc/berth-doctor.8 doc/berth-render.1 doc/berth.conf.5 doc/services.d.5
CLEANFILES += $(manual_pages)
$(manual_pages): doc/manual.awk $(agent_libagent_a_SOURCES) agent/main.c configure.ac | berth$(EXEEXT)
$(manual_pages): %: %.in
	$(AM_V_GEN)$(MKDIR_P) doc && \
		$(AWK) -v berth=./berth$(EXEEXT) -f $(srcdir)/doc/manual.awk $(srcdir)/$@.in >$@.tmp && \
		mv $@.tmp $@

# What is in git and made of the program's texts: conf/berth.conf.
update-docs: berth$(EXEEXT)
	@top_srcdir='$(srcdir)' top_builddir=. BERTH_GOLDEN=write $(SHELL) $(srcdir)/tests/lint/options.sh
.PHONY: update-docs

# The manual pages by the names of the programs that berth takes the place of.
install-data-hook:
	cd '$(DESTDIR)$(mandir)/man1' && rm -f registrator.1 marathon-lb.1 consul-template.1 && \
		$(LN_S) ../man8/berth.8 registrator.1 && $(LN_S) ../man8/berth.8 marathon-lb.1 && \
		$(LN_S) berth-render.1 consul-template.1

uninstall-man-links:
	rm -f '$(DESTDIR)$(mandir)/man1/registrator.1' '$(DESTDIR)$(mandir)/man1/marathon-lb.1' \
		'$(DESTDIR)$(mandir)/man1/consul-template.1'
uninstall-local: uninstall-man-links
.PHONY: uninstall-man-links
