#!/bin/sh
# What the shells' completion offers is what the commands take, and what a running agent knows.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"
command -v bash >/dev/null || skip_all "there is no bash"

# A berth whose agent has names that a shell would take for something else.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/berth" <<EOF
#!/bin/sh
[ "\$1 \$2" = "status --names" ] || exec "$(realpath "$berth")" "\$@"
printf '%s\n' "\$3-1" "\$3-2" '\$(touch $scratch/run)' '\`touch $scratch/run\`' 'a;b' '*'
EOF
chmod +x "$scratch/berth"

# offers PROGRAM WORD...: what completes the last word in bash, one a line.
offers() {
    bash -c 'complete() { :; }; . "$1" && shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _berth "$1" && printf "%s\n" "${COMPREPLY[@]}"' \
        offers "$top_srcdir/conf/completion/berth.bash" "$@" 2>&1
}

# zsh_offers PROGRAM WORD...: what zsh is given for the last word.
zsh_offers() {
    zsh -f -c 'setopt extended_glob
        compadd() {
            if (( ${@[(I)-a]} )); then print -l -- ${(P)@[-1]}; else print -l -- $@; fi
        }
        _files() { :; }
        file=$1; shift; words=("$@"); CURRENT=$#; set --; . $file' \
        offers "$top_srcdir/conf/completion/_berth" "$@" 2>&1
}

# lacks WANTED OFFERED: the lines of WANTED that are not offered.
lacks() {
    printf '%s\n' "$1" | while read -r line; do
        printf '%s\n' "$2" | grep -qxF -- "$line" || echo "not offered: $line"
    done
}

lines() { printf '%s\n' "$@"; }

commands=$("$berth" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')
clean "every command" "$(lacks "$commands" "$(offers "$berth" '')")"
clean "a command begun" "$([ "$(offers "$berth" stat)" = status ] || offers "$berth" stat)"
clean "flags of a command" "$(lacks "$(lines --json --admin --watch)" "$(offers "$berth" status -)")"
clean "no flags of others" "$(offers "$berth" status --d)"
clean "options of every section" "$(lacks "$(lines agent.node= docker.socket= portmap.pool= \
    registrator.registry= lb.http_port=)" "$(offers "$berth" agent -o '')")"
clean "what portmap does" "$(lacks "$(lines list flush sync)" "$(offers "$berth" portmap '')")"
clean "words of an option" "$(lacks "$(lines auto always never)" "$(offers "$berth" top --color '')")"
clean "kinds of names" "$(lacks nodes "$(offers "$berth" status --names '')")"
for pair in service:services container:containers node:nodes; do
    offered=$(offers "$scratch/berth" status "--${pair%:*}" '')
    clean "names for --${pair%:*}" "$(lacks "$(lines "${pair#*:}-1" "${pair#*:}-2")" "$offered")"
    clean "no others for --${pair%:*}" "$(printf '%s\n' "$offered" | grep -v "^${pair#*:}-[12]$")"
done
clean "what is explained" "$(lacks "$(lines containers-1 services-2)" \
    "$(offers "$scratch/berth" explain '')")"
clean "no name was run" "$(ls "$scratch/run" 2>/dev/null)"

if command -v zsh >/dev/null; then
    clean "zsh: every command" "$(lacks "$commands" "$(zsh_offers "$berth" '')")"
    clean "zsh: flags of a command" "$(lacks "$(lines --watch --service)" \
        "$(zsh_offers "$berth" status -)")"
    clean "zsh: options" "$(lacks "$(lines agent.node= lb.http_port=)" \
        "$(zsh_offers "$berth" agent -o '')")"
    clean "zsh: names" "$(lacks "$(lines services-1 services-2)" \
        "$(zsh_offers "$scratch/berth" status --service '')")"
    clean "zsh: what is explained" "$(lacks "$(lines containers-1 services-2)" \
        "$(zsh_offers "$scratch/berth" explain '')")"
    clean "zsh: no name was run" "$(ls "$scratch/run" 2>/dev/null)"
fi
plan
