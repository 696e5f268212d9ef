exampledir = $(docdir)
dist_example_DATA = conf/berth.conf conf/haproxy.ctmpl
examplesdir = $(docdir)/services.d
dist_examples_DATA = conf/services.d/example.conf
