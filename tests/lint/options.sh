#!/bin/sh
# The option table, the manual page and the example file say the same.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
"$berth" check -c /dev/null --dump >"$dir/dump"
# A section that needs a name is shown as a comment.
sed 's/^#\(\[.*\]\)$/\1/; s/^#\([a-z_]* = \)/\1/' "$dir/dump" >"$dir/options"

# "section.key = default: help" from the dump.
sed -n '
    s/^\[\(.*\)\]$/\1/; t section
    s/^# \(.*\) Default: \(.*\)$/\2: \1/; t help
    /^[a-z0-9_]* = /{ s/ = .*//; G; s/^\([^\n]*\)\n\([^\n]*\)\n\(.*\)$/\2.\1 = \3/; p; }
    b
    :section
    h; x; s/\n.*//; x; b
    :help
    x; s/\n.*//; x; H; b
' "$dir/options" >"$dir/table"

# The same from the page: .SS [section], then .TP, .B key = default, help on the next line.
awk '
    /^\.SS \[/ { section = substr($0, 5); gsub(/[][]/, "", section); gsub(/\\\(dq/, "\"", section) }
    key != "" { gsub(/\\-/, "-"); print section "." key ": " $0; key = "" }
    /^\.B [a-z0-9_]+ = / { key = $0; sub(/^\.B /, "", key); gsub(/\\-/, "-", key) }
' "$top_srcdir/doc/berth.conf.5" >"$dir/page"

# Where haproxy lies is said to configure.
for f in table page; do
    sed -i 's,^lb\.haproxy = [^:]*:,lb.haproxy = PROGRAM:,; s, = (none):, = :,' "$dir/$f"
done
clean "the table has options" "$([ "$(wc -l <"$dir/table")" -ge 10 ] || cat "$dir/table")"
clean "berth.conf(5) says what the table says" "$(diff "$dir/table" "$dir/page")"

# Options commented out, whatever haproxy the build was told of.
normal() {
    sed 's/^[a-z0-9_]* = /#&/; s/^#haproxy = .*/#haproxy = PROGRAM/
         s/Default: [^ ]*haproxy$/Default: PROGRAM/; s/ $//'
}

normal <"$dir/dump" >"$dir/example"
sed -n '/^\[/,$p' "$top_srcdir/conf/berth.conf" | normal >"$dir/conf"
clean "conf/berth.conf shows every option with its default" "$(diff "$dir/example" "$dir/conf")"
clean "conf/berth.conf is taken" \
    "$("$berth" check -c "$top_srcdir/conf/berth.conf" -o portmap.enabled=no 2>&1 | grep -v 'configuration is good')"
plan
