dist_man_MANS += doc/berth.8 doc/berth-render.1 doc/berth.conf.5 doc/services.d.5
dist_doc_DATA = doc/dns.md doc/dubbo.md doc/figures.md doc/from-bamboo.md \
	doc/from-consul-template.md doc/from-marathon-lb.md doc/from-registrator.md \
	doc/haproxy-template.md doc/labels.md doc/network-modes.md doc/state.md doc/templates.md \
	doc/troubleshooting.md
EXTRA_DIST += doc/bench-net.svg doc/design

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
