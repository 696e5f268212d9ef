#!/bin/sh
# The alerts and the dashboard ask for metrics that there are.
. "$(dirname "$0")/tap.sh"

said=$(cd "$top_srcdir" && grep -rhoE '"berth_[a-z0-9_]+' agent/*.c | tr -d '"' | sort -u)

# unknown FILE: metrics that it names and berth does not say.
unknown() {
    grep -oE 'berth_[a-z0-9_]+' "$top_srcdir/conf/monitoring/$1" | sort -u | while read -r name; do
        printf '%s\n' "$said" | grep -qx "$name" || echo "$name"
    done
}

clean "berth says metrics" "$([ "$(printf '%s\n' "$said" | wc -l)" -gt 15 ] || echo "$said")"
clean "the alerts" "$(unknown berth.rules.yaml)"
clean "the dashboard" "$(unknown dashboard.json)"
plan
