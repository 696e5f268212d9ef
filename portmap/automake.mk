noinst_LIBRARIES += portmap/libportmap.a
portmap_libportmap_a_SOURCES = \
	portmap/bridge.c portmap/bridge.h \
	portmap/claim.c portmap/claim.h \
	portmap/committed.c portmap/committed.h \
	portmap/docker_user.c portmap/docker_user.h \
	portmap/element.c portmap/element.h \
	portmap/hold.c portmap/hold.h \
	portmap/kernel.c portmap/kernel.h \
	portmap/legacy.c portmap/legacy.h \
	portmap/mapping.c portmap/mapping.h \
	portmap/nft.c portmap/nft.h \
	portmap/nft_batch.c portmap/nft_batch.h \
	portmap/nft_elems.c portmap/nft_elems.h \
	portmap/nft_rule.c portmap/nft_rule.h \
	portmap/nft_table.c portmap/nft_table.h \
	portmap/plan.c portmap/plan.h \
	portmap/portmap.c portmap/portmap.h
