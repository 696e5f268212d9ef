#!/bin/sh
# README.md and README.zh-CN.md say the same: sections, code and links in the same order.
. "$(dirname "$0")/tap.sh"

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

# shape FILE: a line for each heading, line of code, table row and link, without what is translated.
shape() {
    awk '
        /^```/ { fenced = !fenced; next }
        fenced || /^    / {
            if (!fenced) sub(/^    /, "")
            sub(/ +# .*$/, "")
            if (!/^#/ || /^# \//) print "code: " $0
            next
        }
        /^#+ / { print "heading: " $1 }
        /^\|/ { print "row: " gsub(/\|/, "") " cells" }
        { while (match($0, /`[^`]*`|\]\([^)#]+\)/)) {
              print "inline: " substr($0, RSTART, RLENGTH)
              $0 = substr($0, RSTART + RLENGTH)
          } }' "$1"
}

# The order of words differs between the languages: within a section links and code are a set.
sets() {
    awk '/^inline: / { held[++n] = $0; next }
         { flush(); print } END { flush() }
         function flush(    i, j, t) {
             for (i = 2; i <= n; i++)
                 for (j = i; j > 1 && held[j - 1] > held[j]; j--) {
                     t = held[j]; held[j] = held[j - 1]; held[j - 1] = t
                 }
             for (i = 1; i <= n; i++) print held[i]
             n = 0
         }'
}

english=$top_srcdir/README.md chinese=$top_srcdir/README.zh-CN.md
shape "$english" | grep -v '](README\.' | sets >"$dir/english"
shape "$chinese" | grep -v '](README\.' | sets >"$dir/chinese"
clean "README.md has sections" "$([ "$(grep -c '^heading' "$dir/english")" -ge 10 ] || cat "$dir/english")"
clean "both say the same" "$(diff "$dir/english" "$dir/chinese")"
plan
