exampledir = $(docdir)
dist_example_DATA = conf/berth.conf
examplesdir = $(docdir)/services.d
dist_examples_DATA = conf/services.d/example.conf

dist_doc_examplesdir = $(docdir)/examples
examplescriptsdir = $(docdir)/examples
dist_examplescripts_SCRIPTS = conf/examples/dubbo-entrypoint.sh
dist_examplescripts_DATA = conf/examples/marathon-dubbo.json
