exampledir = $(docdir)
dist_example_DATA = conf/berth.conf
examplesdir = $(docdir)/services.d
dist_examples_DATA = conf/services.d/example.conf
EXTRA_DIST += conf/lb.conf conf/systemd
