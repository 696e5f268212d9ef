#!/bin/sh
# The manual pages make no warning.
. "$(dirname "$0")/tap.sh"

command -v groff >/dev/null || skip_all "there is no groff"
# The plain groff-base of a small machine has it without the macros.
printf '.TH T 1\n' | groff -man -z 2>/dev/null || skip_all "groff lacks the man macros"

for page in "$top_srcdir"/doc/*.[0-9]; do
    clean "${page##*/} has no warnings" "$(groff -man -ww -b -rCHECKSTYLE=1 -Tutf8 -z "$page" 2>&1)"
done
plan
