#!/bin/sh
# What bash's completion offers is what the commands take.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"
command -v bash >/dev/null || skip_all "there is no bash"

# offers WORD...: what completes the last word, one a line.
offers() {
    bash -c 'complete() { :; }; . "$1" && shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _berth "$1" && printf "%s\n" "${COMPREPLY[@]}"' \
        offers "$top_srcdir/conf/completion/berth.bash" "$berth" "$@" 2>&1
}

# lacks WANTED OFFERED: the lines of WANTED that are not offered.
lacks() {
    printf '%s\n' "$1" | while read -r line; do
        printf '%s\n' "$2" | grep -qxF -- "$line" || echo "not offered: $line"
    done
}

commands=$("$berth" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')
clean "every command" "$(lacks "$commands" "$(offers '')")"
clean "a command begun" "$([ "$(offers stat)" = status ] || offers stat)"
clean "flags of a command" "$(lacks "$(printf '%s\n' --json --admin)" "$(offers status -)")"
clean "no flags of others" "$(offers status --d)"
clean "options of every section" "$(lacks "$(printf '%s\n' agent.node= docker.socket= portmap.pool= \
    registrator.registry= lb.http_port=)" "$(offers agent -o '')")"
clean "what portmap does" "$(lacks "$(printf '%s\n' list flush sync)" "$(offers portmap '')")"
plan
