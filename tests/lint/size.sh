#!/bin/sh
# One noun, one file: none grows without end.
. "$(dirname "$0")/tap.sh"

lines_max=600
columns_max=110 # clang-format aims at 100 and leaves long strings alone

clean "no file has more than $lines_max lines" \
    "$(cd "$top_srcdir" && for f in $(sources); do
        lines=$(wc -l <"$f")
        [ "$lines" -le $lines_max ] || echo "$f has $lines"
    done)"
# shellcheck disable=SC2046 # a list
clean "no line has more than $columns_max columns" \
    "$(cd "$top_srcdir" && grep -nE "^.{$((columns_max + 1)),}" $(sources) /dev/null)"
# shellcheck disable=SC2046 # a list
clean "no tab, no blank at the end of a line" \
    "$(cd "$top_srcdir" && grep -nE "$(printf '\t')| +\$" $(sources) /dev/null)"
plan
