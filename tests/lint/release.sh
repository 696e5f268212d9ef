#!/bin/sh
# The version stands in configure.ac; what repeats it says the same, and CHANGELOG.md has its form.
. "$(dirname "$0")/tap.sh"

version=$(sed -n 's/^AC_INIT(\[berth\], \[\([^]]*\)\].*/\1/p' "$top_srcdir/configure.ac")

# other FILE PATTERN: what stands first in FILE where PATTERN has \(...\), if it is another version.
other() { sed -n "s/$2/\\1/p" "$top_srcdir/$1" | head -n 1 | grep -vxF "$version"; }

# misshapen: lines of CHANGELOG.md that are neither heading, entry, its continuation, nor blank.
misshapen() {
    sed 1d "$top_srcdir/CHANGELOG.md" | grep -vE '^$|^- [^ ]|^  [^ ]' |
        grep -vE '^## [0-9]+\.[0-9]+\.[0-9]+, (not released yet|20[0-9]{2}-[01][0-9]-[0-3][0-9])$'
}

# Newest first; only the newest may not be released yet.
disorder() {
    versions=$(sed -n 's/^## \([^,]*\),.*/\1/p' "$top_srcdir/CHANGELOG.md")
    [ "$versions" = "$(printf '%s\n' "$versions" | sort -rV)" ] || printf '%s\n' "$versions"
    sed -n 's/^## //p' "$top_srcdir/CHANGELOG.md" | sed 1d | grep 'not released'
}

clean "configure.ac says a version" "$(printf '%s\n' "$version" | grep -vE '^[0-9]+\.[0-9]+\.[0-9]+$')"
clean "deb/changelog says it" "$(other deb/changelog '^berth (\([^)-]*\).*')"
clean "CHANGELOG.md begins with it" "$(other CHANGELOG.md '^## \([^,]*\),.*')"
clean "CHANGELOG.md has its form" "$(misshapen; disorder)"
clean "README.md says it" "$(other README.md '.*berth_\([0-9][0-9.]*\)_.*')"
clean "README.zh-CN.md says it" "$(other README.zh-CN.md '.*berth_\([0-9][0-9.]*\)_.*')"
plan
