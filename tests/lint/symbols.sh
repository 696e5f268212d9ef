#!/bin/sh
# No visible name is defined twice. The linker takes the first of two archives without a word.
. "$(dirname "$0")/tap.sh"

cd "$top_builddir" || exit 99
archives=$(ls lib/*.a portmap/*.a registrator/*.a lb-template/*.a agent/*.a 2>/dev/null)
[ -n "$archives" ] || skip_all "the archives are not built"
command -v nm >/dev/null || skip_all "there is no nm"

# shellcheck disable=SC2086 # a list
twice=$(nm -A -g --defined-only $archives 2>/dev/null | awk '
    NF > 2 && $(NF - 1) ~ /^[BDRT]$/ { where[$NF] = where[$NF] " " $1; n[$NF]++ }
    END { if (!NR) print "nm lists nothing"; for (name in n) if (n[name] > 1) print name ":" where[name] }' | sort)
clean "no two rooms define the same name" "$twice"
plan
