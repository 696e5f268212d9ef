# `make deb` builds the Debian package: the files of a release, with this folder as debian/.
DEB_FILES = deb/berth.docs deb/berth.examples deb/berth.install \
	deb/berth.lintian-overrides deb/berth.postrm deb/berth.prerm deb/changelog deb/control \
	deb/copyright deb/rules deb/source/format deb/tests/control deb/tests/smoke
EXTRA_DIST += $(DEB_FILES)

deb:
	rm -rf deb-work && mkdir deb-work
	$(MAKE) distdir
	mv '$(distdir)' deb-work/
	cp -R 'deb-work/$(distdir)/deb' 'deb-work/$(distdir)/debian'
	cd 'deb-work/$(distdir)' && cp conf/systemd/berth.service conf/systemd/berth.sysusers \
		conf/systemd/berth.tmpfiles debian/ && \
		cp conf/systemd/berth-lb.service debian/berth.berth-lb.service
	cd 'deb-work/$(distdir)' && dpkg-buildpackage -us -uc -b
	mv deb-work/*.deb .

clean-local-deb:
	rm -rf deb-work *.deb
clean-local: clean-local-deb
.PHONY: deb clean-local-deb
