noinst_LIBRARIES += lb-template/liblb.a
lb_template_liblb_a_SOURCES = \
	lb-template/lb.c lb-template/lb.h
