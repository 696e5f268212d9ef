#!/bin/sh
# Every tracked file is in the tarball.
. "$(dirname "$0")/tap.sh"

# A checkout's own top, or git would answer for a repository around a tarball.
[ -e "$top_srcdir/.git" ] || skip_all "this is no git checkout"
git -C "$top_srcdir" rev-parse --git-dir >/dev/null 2>&1 || skip_all "git is missing, or refuses"

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
git -C "$top_srcdir" ls-files --cached | grep -v '^\.gitignore$' | sort >"$dir/tracked"
# make in make: the outer one's flags and job slots are not for us.
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" print-distfiles |
    sed "s,^$top_srcdir/,,; s,^\./,," | sort -u >"$dir/listed"
# A listed folder brings what lies below it.
while read -r name; do
    if [ -d "$top_srcdir/$name" ]; then
        (cd "$top_srcdir" && find "$name" -type f)
    else
        echo "$name"
    fi
done <"$dir/listed" | sort -u >"$dir/distributed"

# `make install` refuses a page that a list has twice.
installed=$(env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" print-docs)

clean "the list of installed pages can be read" "$([ -n "$installed" ] || echo "it is empty")"
clean "no page is installed twice" "$(echo "$installed" | sort | uniq -d)"
clean "every page of doc is installed" "$(cd "$top_srcdir" && for page in doc/*.md; do
    [ "$page" = doc/README.md ] || echo "$installed" | grep -qxF "$page" || echo "$page"
done)"
clean "the list of distributed files can be read" "$([ -s "$dir/distributed" ] || echo "it is empty")"
clean "no file has the marks of an unfinished merge" \
    "$(git -C "$top_srcdir" grep -nIE '^(<<<<<<<|>>>>>>>) ')"
clean "every tracked file is distributed" "$(comm -23 "$dir/tracked" "$dir/distributed")"
plan
