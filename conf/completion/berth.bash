# bash completion for berth. What there is, it reads from berth's own help.

_berth_commands() {
    "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

_berth_flags() {
    "$1" "$2" --help 2>/dev/null | grep -oE '(^|[^[:alnum:]-])--?[a-z][a-z-]*' | grep -oE -- '--?[a-z-]+'
}

# SECTION.KEY= of every option that has no section with a name of its own.
_berth_options() {
    "$1" check --dump -c /dev/null 2>/dev/null |
        awk '/^\[[a-z]+\]$/ {s = substr($0, 2, length($0) - 2)} / = ?/ && /^[a-z]/ {print s "." $1 "="}'
}

# What the running agent knows: KIND is services, containers or nodes. An agent that is slow offers
# nothing. compgen expands its words, so that no name may have more than what names are made of.
_berth_names() {
    timeout 1 "$1" status --names "$2" 2>/dev/null | grep -xE '[[:alnum:]_.@/-]+'
}

_berth() {
    local program=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
    COMPREPLY=()
    case $before in
    -o)
        compopt -o nospace 2>/dev/null
        words=$(_berth_options "$program")
        ;;
    --service) words=$(_berth_names "$program" services) ;;
    --container) words=$(_berth_names "$program" containers) ;;
    --node) words=$(_berth_names "$program" nodes) ;;
    --names) words="services containers nodes" ;;
    --color) words="auto always never" ;;
    -c | --config | -t | --template | --data)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    *)
        if [ "$COMP_CWORD" = 1 ]; then
            words="$(_berth_commands "$program") --help --version"
        elif [[ $word == -* ]]; then
            words=$(_berth_flags "$program" "${COMP_WORDS[1]}")
        elif [ "${COMP_WORDS[1]}" = portmap ] && [ "$COMP_CWORD" = 2 ]; then
            words="list flush sync"
        elif [ "${COMP_WORDS[1]}" = explain ]; then
            words="$(_berth_names "$program" containers) $(_berth_names "$program" services)"
        else
            return
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word" | sort -u)
}

complete -F _berth berth
