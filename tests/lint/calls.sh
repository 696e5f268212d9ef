#!/bin/sh
# Calls that berth does without: each has a safer or a non-blocking way.
. "$(dirname "$0")/tap.sh"

# forbid NAME REASON
forbid() {
    # shellcheck disable=SC2046 # a list
    clean "no $1(): $2" \
        "$(cd "$top_srcdir" && grep -nE "(^|[^A-Za-z0-9_>.])$1[[:space:]]*\\(" $(sources) /dev/null)"
}

for name in strcpy strcat sprintf vsprintf gets strncat; do
    forbid $name "use lib/sbuf.h"
done
for name in atoi atol atof; do
    forbid $name "it cannot fail; use strtoul and look at what is left"
done
forbid strtok "it keeps state"
forbid alloca "use the heap"
for name in system popen; do
    forbid $name "use lib/proc.h"
done
for name in getaddrinfo gethostbyname sleep usleep nanosleep; do
    forbid $name "it blocks the loop"
done
# shellcheck disable=SC2046 # a list
clean "no typedef for a struct" \
    "$(cd "$top_srcdir" && grep -nE '^[[:space:]]*typedef[[:space:]]+(struct|enum|union)' $(sources) /dev/null)"
# shellcheck disable=SC2046 # a list
clean "malloc() and its kin are called in lib/xmalloc.c only" \
    "$(cd "$top_srcdir" && grep -nE '(^|[^A-Za-z0-9_])(malloc|calloc|realloc|strdup|strndup|asprintf) *\(' \
        $(sources | grep -vE '^lib/xmalloc\.c$') /dev/null)"
plan
