# shellcheck shell=sh disable=SC2119
# Sourced by the lints: TAP, one check a call.
top_srcdir=${top_srcdir:-.}
top_builddir=${top_builddir:-$top_srcdir}
checks=0

# clean NAME FINDINGS: passes where there is nothing in FINDINGS, else shows them.
clean() {
    checks=$((checks + 1))
    if [ -z "$2" ]; then
        echo "ok $checks - $1"
    else
        echo "not ok $checks - $1"
        printf '%s\n' "$2" | sed 's/^/#   /'
    fi
}

# skip_all REASON: nothing can be checked here.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

plan() { echo "1..$checks"; }

# Every C file of the program that somebody wrote, or of the folders that are named.
sources() {
    (cd "$top_srcdir" && find "${@:-.}" -name '*.[ch]' -not -path './build*' \
        -not -name page_data.c | sed 's,^\./,,' |
        grep -E '^(lib|portmap|registrator|lb-template|agent|tests)/' | sort)
}
