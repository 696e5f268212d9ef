# marathon-lb's labels and templates -> a rendering.
lb_template_liblb_a_SOURCES += \
	lb-template/mlb/backend.c lb-template/mlb/backend.h \
	lb-template/mlb/claim.c lb-template/mlb/claim.h \
	lb-template/mlb/deployment.c lb-template/mlb/deployment.h \
	lb-template/mlb/format.c lb-template/mlb/format.h \
	lb-template/mlb/front.c lb-template/mlb/front.h \
	lb-template/mlb/head.c lb-template/mlb/head.h \
	lb-template/mlb/label.c lb-template/mlb/label.h \
	lb-template/mlb/mlb.c lb-template/mlb/mlb.h \
	lb-template/mlb/options.c lb-template/mlb/options.h \
	lb-template/mlb/rules.c lb-template/mlb/rules.h \
	lb-template/mlb/servers.c lb-template/mlb/servers.h \
	lb-template/mlb/service.c lb-template/mlb/service.h \
	lb-template/mlb/template.c lb-template/mlb/template.h \
	lb-template/mlb/text.c lb-template/mlb/text.h \
	lb-template/mlb/translate.c lb-template/mlb/translate.h \
	lb-template/mlb/unit.c lb-template/mlb/unit.h \
	lb-template/mlb/value.c lb-template/mlb/value.h \
	lb-template/mlb/vhost.c lb-template/mlb/vhost.h
