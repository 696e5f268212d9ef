#!/bin/sh
# Metrics are documented; alerts and dashboard ask for some that there are, and promtool takes them.
. "$(dirname "$0")/tap.sh"

page=$top_srcdir/doc/metrics.md
rules=$top_srcdir/conf/monitoring/berth.rules.yaml
dashboard=$top_srcdir/conf/monitoring/dashboard.json
said=$(cd "$top_srcdir" && grep -rhoE '("|HELP )berth_[a-z0-9_]+' agent/*.c |
    grep -oE 'berth_[a-z0-9_]+' | sort -u)
listed=$(sed -n 's/^| `\(berth_[a-z0-9_]*\)` .*/\1/p' "$page" | sort -u)

# lacks WHAT FROM: lines of WHAT that FROM has not.
lacks() {
    printf '%s\n' "$1" | while read -r name; do
        printf '%s\n' "$2" | grep -qx "$name" || echo "$name"
    done
}

# asked FILE: metrics that it names, histograms without the endings of their samples.
asked() {
    grep -oE 'berth_[a-z0-9_]+' "$1" | sed -E 's/_(bucket|sum|count)$//' | sort -u
}

# told COMMAND...: its output, where it fails.
told() {
    out=$("$@" 2>&1) || printf '%s\n' "failed: $*" "$out"
}

clean "berth says metrics" "$([ "$(printf '%s\n' "$said" | wc -l)" -gt 30 ] || echo "$said")"
clean "doc/metrics.md has all of them" "$(lacks "$said" "$listed")"
clean "doc/metrics.md has no other" "$(lacks "$listed" "$said")"
clean "the alerts ask for some of them" "$(lacks "$(asked "$rules")" "$listed")"
clean "the dashboard asks for some of them" "$(lacks "$(asked "$dashboard")" "$listed")"
if command -v python3 >/dev/null; then
    clean "the dashboard is JSON" "$(told python3 -m json.tool "$dashboard" /dev/null)"
fi
if command -v promtool >/dev/null; then
    clean "promtool takes the alerts" "$(told promtool check rules "$rules")"
    clean "the alerts fire when they should" \
        "$(told promtool test rules "$top_srcdir/tests/fixtures/monitoring/rules.test.yaml")"
else
    echo "# there is no promtool: the alerts are not tried"
fi
plan
