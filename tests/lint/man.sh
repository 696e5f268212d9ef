#!/bin/sh
# The manual pages make no warning, and say what the program says.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"

# page NAME: where it lies; a release brings those that the program has a part in.
page() {
    if [ -e "$top_builddir/doc/$1" ]; then echo "$top_builddir/doc/$1"; else echo "$top_srcdir/doc/$1"; fi
}

# lacks PAGE SECTION...: those of the sections that it has not.
lacks() {
    page=$1 && shift
    for section; do
        grep -qE "^\\.SH \"?$section\"?\$" "$page" || echo "no section $section"
    done
}

# plain PAGE: its words, without roff's marks.
plain() { sed 's/\\f[BIRP]//g; s/\\&//g; s/\\-/-/g' "$1"; }

# flags COMMAND: the flags that its --help lists, with the dashes that it says them with.
flags() { "$berth" "$1" --help 2>&1 | grep -oE '(^| )--?[a-zA-Z][a-zA-Z0-9-]+' | tr -d ' ' | sort -u; }

# untold COMMAND PAGE: its flags that the page does not know.
untold() {
    plain "$2" >"$dir/plain"
    flags "$1" | while read -r flag; do
        grep -qE -- "(^|[^a-zA-Z0-9-])$flag([^a-zA-Z0-9-]|\$)" "$dir/plain" || echo "$flag"
    done
}

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
version=$("$berth" --version)
pages=$(cd "$top_srcdir/doc" && for f in *.[158] *.[158].in; do
    [ ! -e "$f" ] || echo "${f%.in}"
done | sort -u)

# refused NAME WANTED LINE...: manual.awk takes such a source, or says something else of it than WANTED.
refused() {
    name=$1 wanted=$2
    shift 2
    printf '%s\n' "$@" >"$dir/bad.in"
    said=$(${AWK:-awk} -v berth="$berth" -f "$top_srcdir/doc/manual.awk" "$dir/bad.in" 2>&1 >/dev/null)
    status=$?
    [ "$status" = 1 ] && [ "$said" = "$dir/bad.in:$wanted" ] || said="status $status: $said"
    clean "manual.awk refuses $name" "$([ "$said" = "$dir/bad.in:$wanted" ] || echo "$said")"
}

refused "more of an option that is not there" "2: there is no option --nothing" \
    "@usage status" "@more --nothing" "@end"
refused "more outside of a list" "1: there is no option --json" "@more --json"
refused "a list without its end" "1: @end is missing" "@usage status"
refused "a list in a list" "2: @end is missing before this" "@usage status" "@options lb"
refused "text of no option" "2: text stands below an option: @more NAME" "@options lb" "text" "@end"
refused "no such section" "1: berth.conf has no section [nothing]" "@options nothing" "@end"
refused "no such command" "1: berth nothing --help lists no option" "@usage nothing" "@end"
refused "a word that it does not know" "1: what is @nothing?" "@nothing"

clean "there are pages" "$([ "$(echo "$pages" | wc -l)" -ge 5 ] || echo "$pages")"
for name in $pages; do
    file=$(page "$name")
    clean "$name is of $version" "$(head -n 1 "$file" | grep -vF "\"$version\"")"
    sections="NAME SYNOPSIS DESCRIPTION FILES EXAMPLES SEE.ALSO"
    [ "${name##*.}" = 5 ] || sections="$sections EXIT.STATUS ENVIRONMENT SIGNALS"
    # shellcheck disable=SC2086 # a list
    clean "$name has its sections" "$(lacks "$file" $sections)"
    # The plain groff-base of a small machine has groff without the macros.
    if printf '.TH T 1\n' | groff -man -z 2>/dev/null; then
        clean "groff has no warning for $name" \
            "$(groff -man -ww -b -rCHECKSTYLE=1 -Tutf8 -z "$file" 2>&1)"
    fi
    if command -v mandoc >/dev/null; then
        clean "mandoc has no warning for $name" "$(mandoc -Tlint -Wwarning "$file" 2>&1)"
    fi
done

sed -n 's/^    {"\([a-z-]*\)", check_[a-z0-9_]*},$/\1/p' "$top_srcdir/agent/doctor.c" >"$dir/checks"
plain "$(page berth-doctor.8)" | sed -n '/^\.SH CHECKS/,/^\.SH "/s/^\.SS //p' >"$dir/told"
clean "doctor has checks" "$([ "$(wc -l <"$dir/checks")" -ge 20 ] || cat "$dir/checks")"
clean "berth-doctor(8) tells them in their order" "$(diff "$dir/checks" "$dir/told")"
clean "berth(8) tells registrator's flags" "$(untold registrator "$(page berth.8)")"
clean "berth(8) tells marathon-lb's flags" "$(untold marathon-lb "$(page berth.8)")"
clean "berth-render(1) tells consul-template's flags" \
    "$(untold consul-template "$(page berth-render.1)")"
plan
