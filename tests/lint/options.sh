#!/bin/sh
# conf/berth.conf shows the option table. BERTH_GOLDEN=write writes it; what stands before its first
# section is prose.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
conf=$top_srcdir/conf/berth.conf

# Every option commented out; where haproxy lies is said to configure, and Debian's place is shown.
sed '/^\[/,$d' "$conf" >"$dir/example"
"$berth" check -c /dev/null --dump | sed '
    s/^[a-z0-9_]* = /#&/
    s,^#haproxy = .*,#haproxy = /usr/sbin/haproxy,
    s,Default: [^ ]*haproxy$,Default: /usr/sbin/haproxy,
    s/ $//' >>"$dir/example"

if [ "${BERTH_GOLDEN:-}" = write ]; then
    cat "$dir/example" >"$conf"
fi
clean "the table has options" "$([ "$(grep -c '^#[a-z0-9_]* =' "$dir/example")" -ge 40 ] || cat "$dir/example")"
clean "conf/berth.conf shows every option with its default: see make update-docs" \
    "$(diff "$dir/example" "$conf")"
clean "conf/berth.conf is taken" \
    "$("$berth" check -c "$conf" -o portmap.enabled=no 2>&1 | grep -v 'configuration is good')"
plan
