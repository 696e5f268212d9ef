#!/bin/sh
# What the pages name is there: files, anchors, commands, flags, options.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"
top_builddir=$(cd "$top_builddir" && pwd)
berth=$top_builddir/berth
cd "$top_srcdir" || exit 1

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
pages=$(find ./*.md doc conf deb tests -name '*.md' | sed 's,^\./,,' | sort)
manuals=$(find doc -name '*.[158]' -o -name '*.[158].in' | sort)

# FILE<tab>TARGET for each link out of code, addresses on the web left out.
links() {
    # shellcheck disable=SC2086 # a list
    awk '
        FNR == 1 { fenced = 0 }
        /^```/ { fenced = !fenced; next }
        fenced || /^    / { next }
        { gsub(/`[^`]*`/, "`") }
        { while (match($0, /\]\([^) ]+\)/)) {
              print FILENAME "\t" substr($0, RSTART + 2, RLENGTH - 3)
              $0 = substr($0, RSTART + RLENGTH)
          } }' $pages | grep -vE '	(https?|mailto):'
}

# anchors FILE: those of its headings, as the sites that show Markdown make them.
anchors() {
    awk '/^```/ { fenced = !fenced } !fenced && /^#+ / { sub(/^#+ +/, ""); print }' "$1" |
        sed 's/\[\([^]]*\)\]([^)]*)/\1/g; s/[，。、；：？！（）「」]//g; s/[]!"#$%&'"'"'()*+,./:;<=>?@\\^`{|}~[]//g
             y/ABCDEFGHIJKLMNOPQRSTUVWXYZ /abcdefghijklmnopqrstuvwxyz-/'
}

# dead: the links that lead nowhere.
dead() {
    links | while IFS='	' read -r file target; do
        path=${target%%#*}
        [ -z "$path" ] && path=$file || path=$(dirname "$file")/$path
        if [ ! -e "$path" ]; then
            echo "$file: there is no $target"
        elif [ "$target" != "${target#*#}" ] && ! anchors "$path" | grep -qxF -- "${target#*#}"; then
            echo "$file: no heading makes the anchor of $target"
        fi
    done
}

# The code of the pages and the bold words of the manuals: FILE:LINE<tab>TEXT, lines that go on joined.
code() {
    # shellcheck disable=SC2086 # lists
    awk '
        function say(text) {
            text = held text
            held = ""
            if (sub(/ *\\e?$/, " ", text)) held = text
            else print FILENAME ":" FNR "\t" text
        }
        FNR == 1 { fenced = 0; held = "" }
        FILENAME ~ /\.md$/ && /^ *```/ { fenced = !fenced; next }
        FILENAME ~ /\.md$/ && (fenced || /^    /) { say($0); next }
        FILENAME ~ /\.md$/ {
            if (held != "" && !/`/) { held = held $0 " "; next } # a span over two lines
            n = split(held $0, part, "`")
            held = ""
            for (i = 2; i <= n; i += 2)
                if (i < n) print FILENAME ":" FNR "\t" part[i]
                else held = "`" part[i] " "
            next
        }
        /^\.(EX|nf)/ { fenced = 1; next }
        /^\.(EE|fi)/ { fenced = 0; next }
        { gsub(/\\-/, "-"); gsub(/\\f[BIRP]|\\&|\\\(dq/, "") }
        fenced { say($0); next }
        sub(/^\.(B|BR|RB) /, "") {
            gsub(/"/, "")
            if (/^berth /) print FILENAME ":" FNR "\t" $0
        }' $pages $manuals
}

# What the code says of berth, a line each: WHERE command NAME, WHERE flag COMMAND NAME, WHERE option KEY.
said() {
    awk -F '\t' '
        function flag(word) {
            gsub(/^-+|[]=,.;:)|[].*$/, "", word)
            if (word != "") print where, "flag", command, word
        }
        { where = $1; text = $2; gsub(/: berth /, ": ", text) } # a message
        { gsub(/\[[^][]*-[^][]*\]/, " ", text) } # [-c FILE] of a usage
        { rest = text
          while (match(rest, /\[(agent|docker|portmap|registrator|dubbo|marathon|lb|dns)\] [a-z][a-z0-9_]*/)) {
              key = substr(rest, RSTART + 1, RLENGTH - 1); sub(/\] /, ".", key)
              print where, "option", key
              rest = substr(rest, RSTART + RLENGTH)
          } }
        { while (match(text, /(^ *|[$#;&|([] *|sudo |exec )(build\/)?berth +[a-z][a-z-]*/)) {
              command = substr(text, RSTART, RLENGTH)
              text = substr(text, RSTART + RLENGTH)
              sub(/.*berth +/, "", command)
              print where, "command", command
              rest = text
              sub(/( #|[|;&>]).*/, "", rest)
              n = split(rest, word, /[ \t]+/)
              for (i = 1; i <= n; i++)
                  if (word[i] == "-o" && i < n) {
                      i++; gsub(/^['"'"'"]|=.*/, "", word[i])
                      if (word[i] ~ /^[a-z]+\.[a-z]/) print where, "option", word[i]
                  } else if (word[i] ~ /^--?[a-zA-Z]/) flag(word[i])
          } }' "$dir/code"
}

# unknown: what is said and is not there.
unknown() {
    commands=$("$berth" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p')
    for command in $commands; do
        "$berth" "$command" --help 2>&1 </dev/null | grep -oE -- '(^|[^a-zA-Z0-9-])--?[a-zA-Z][a-zA-Z0-9-]*' |
            sed "s/^[^-]*-*/known flag $command /"
        printf 'known command %s\nknown flag %s help\nknown flag %s h\n' "$command" "$command" "$command"
    done >"$dir/known"
    "$berth" check -c /dev/null --dump |
        sed -n 's/^#\{0,1\}\[\([^] ]*\).*\]$/\1/; t section
                s/^#\{0,1\}\([a-z0-9_]*\) =.*/\1/; t key
                b
                :section
                h; b
                :key
                G; s/\(.*\)\n\(.*\)/known option \2.\1/p' >>"$dir/known"
    awk 'FNR == NR { sub(/^known /, ""); known[$0] = 1; next }
         { where = $1; sub(/^[^ ]+ /, "") }
         /^option (network|driver)\..*\.reach$/ { next }
         !($0 in known) { print where ": there is no " $0 }' "$dir/known" "$dir/said"
}

code >"$dir/code"
said | sort -u >"$dir/said"
clean "there are links" "$([ "$(links | wc -l)" -ge 60 ] || links)"
clean "every link and anchor leads somewhere" "$(dead)"
clean "the pages say commands" "$([ "$(grep -c ' flag ' "$dir/said")" -ge 60 ] || cat "$dir/said")"
clean "every command, flag and option is there" "$(unknown)"
plan
