#!/bin/sh
# HAProxy itself takes every configuration of tests/golden/mlb.
. "$(dirname "$0")/../lint/tap.sh"

haproxy=$(PATH="$PATH:/usr/sbin:/sbin" command -v haproxy) || skip_all "there is no haproxy"
command -v openssl >/dev/null || skip_all "there is no openssl to make a certificate"

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -days 2 \
    -keyout "$dir/key" -out "$dir/crt" 2>/dev/null
cat "$dir/key" "$dir/crt" >"$dir/cert.pem"
: >"$dir/domain2backend.map"
: >"$dir/app2backend.map"
for cfg in "$top_srcdir"/tests/golden/mlb/*.cfg; do
    sed "s,/etc/haproxy,$dir,g; s,/etc/ssl/[a-z]*\\.pem,$dir/cert.pem,g" "$cfg" >"$dir/haproxy.cfg"
    said=$("$haproxy" -c -f "$dir/haproxy.cfg" 2>&1) && said= ||
        said=$(printf '%s\n' "$said" | grep ALERT)
    clean "${cfg##*/} is taken" "$said"
done
plan
