#!/bin/sh
# Who may include whom. Rooms see lib/ and themselves; agent/ sees all; lb-template/ reads the
# catalog through three headers of registrator/.
. "$(dirname "$0")/tap.sh"

# includes FOLDER: "file header" for each quoted include below it.
includes() {
    for file in $(sources "$1"); do
        sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$top_srcdir/$file" |
            sed "s,^,$file ,"
    done
}

# may FOLDER PATTERN: every quoted include below FOLDER matches.
may() {
    clean "$1/ includes only what it may" "$(includes "$1" | grep -vE "^[^ ]+ ($2)")"
}

may lib 'lib/'
may portmap 'lib/|portmap/'
may registrator 'lib/|registrator/'
may lb-template 'lib/|lb-template/|registrator/(catalog|instance|registry)\.h$'
may agent 'lib/|portmap/|registrator/|lb-template/|agent/'
clean "every quoted include is written from the top" \
    "$(for f in lib portmap registrator lb-template agent tests; do includes $f; done |
        while read -r file header; do
            [ -f "$top_srcdir/$header" ] || echo "$file includes \"$header\""
        done)"
plan
