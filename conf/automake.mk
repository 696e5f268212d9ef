exampledir = $(docdir)
dist_example_DATA = conf/berth.conf
