#!/bin/sh
# The template that takes the place of Bamboo's default one, from Marathon's answer to haproxy.cfg.
. "$(dirname "$0")/../lint/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"

golden=$top_srcdir/tests/golden/mlb
unset CONSUL_HTTP_ADDR
said=$(APPS="$golden/bamboo.apps" timeout 60 "$berth" render --once \
    -t "$top_srcdir/conf/examples/bamboo.ctmpl" 2>&1)
clean "it renders as before" "$(printf '%s\n' "$said" | diff -B - "$golden/bamboo.cfg")"
plan
