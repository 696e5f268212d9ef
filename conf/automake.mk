exampledir = $(docdir)
dist_example_DATA = conf/berth.conf conf/haproxy.ctmpl
examplesdir = $(docdir)/services.d
dist_examples_DATA = conf/services.d/example.conf
examplescriptsdir = $(docdir)/examples
dist_examplescripts_SCRIPTS = conf/examples/dubbo-entrypoint.sh
dist_examplescripts_DATA = conf/examples/marathon-dubbo.json conf/examples/bamboo.ctmpl
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = conf/completion/_berth
EXTRA_DIST += conf/container conf/lb.conf conf/monitoring conf/systemd conf/completion/berth.bash

# bash finds it by the command's name.
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) '$(srcdir)/conf/completion/berth.bash' '$(DESTDIR)$(bashcompletiondir)/berth'

uninstall-local:
	rm -f '$(DESTDIR)$(bashcompletiondir)/berth'
