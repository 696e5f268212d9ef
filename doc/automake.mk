dist_man_MANS += doc/berth.8 doc/berth.conf.5 doc/services.d.5
EXTRA_DIST += doc/figures.md doc/bench-net.svg doc/haproxy-template.md doc/labels.md doc/state.md doc/templates.md doc/design
dist_man_MANS += doc/berth.8 doc/berth-render.1 doc/berth.conf.5 doc/services.d.5
EXTRA_DIST += doc/figures.md doc/bench-net.svg doc/labels.md doc/state.md doc/templates.md doc/design
EXTRA_DIST += doc/figures.md doc/bench-net.svg doc/dns.md doc/labels.md doc/state.md doc/templates.md doc/design
EXTRA_DIST += doc/figures.md doc/bench-net.svg doc/dubbo.md doc/labels.md doc/state.md doc/templates.md doc/design
EXTRA_DIST += doc/from-bamboo.md doc/from-marathon-lb.md \
	doc/figures.md doc/bench-net.svg doc/labels.md doc/state.md doc/templates.md doc/design
