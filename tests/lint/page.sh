#!/bin/sh
# The status page's sources: text stays text, nothing comes from elsewhere, and files are readable.
. "$(dirname "$0")/tap.sh"

cd "$top_srcdir/agent/page" || exit 99

clean "nothing reads markup or code out of a string" \
    "$(grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function' \
        ./*.js)"
clean "no attribute of the page is a script or a style" \
    "$(grep -nE '[[:space:]](on[a-z]+|style)=' page.html)"
clean "the only address is SVG's name" \
    "$(grep -nE '\b(https?|wss?):' ./*.js page.css page.html | grep -v "^./dom.js:[0-9]*:const SVG = ")"
clean "no line has more than 100 columns, no tab, no blank at its end" \
    "$(grep -nE "^.{101,}|$(printf '\t')| +\$" ./*)"
clean "no script has more than 350 lines" \
    "$(wc -l ./*.js | awk '$2 != "total" && $1 > 350 { print }')"
clean "every element that a script names is in the page" \
    "$(grep -ohE "\\\$\\('[a-z-]+'\\)" ./*.js | sort -u | sed "s/.*'\\(.*\\)'.*/\\1/" |
        while read -r id; do grep -q "id=\"$id\"" page.html || echo "$id"; done)"
if command -v node >/dev/null; then
    clean "the scripts are valid" "$(for f in ./*.js; do node --check "$f" 2>&1; done)"
fi
plan
