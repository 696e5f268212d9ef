#!/bin/sh
# What a header calls pure does no I/O: no socket, no file, no clock, no log.
. "$(dirname "$0")/tap.sh"

forbidden='<(sys/socket|sys/stat|sys/time|sys/wait|sys/un|fcntl|unistd|poll|ev|microhttpd'
forbidden="$forbidden|curl/.*|libmnl/.*|libnftnl/.*)\\.h>|\"lib/(http|file|log|proc|sync)\\.h\""
# <time.h> is there for timegm(); what reads the clock is not.
clocks='(^|[^A-Za-z0-9_])(time|clock_gettime|gettimeofday|ev_now|ev_time) *\('
pure=$(cd "$top_srcdir" && grep -lE '(^|[^a-z])Pure[.: ]' $(sources | grep '\.h$' | grep -v '^tests/'))

clean "some headers say that they are pure" "$([ -n "$pure" ] || echo none)"
for header in $pure; do
    files=$header
    [ ! -f "$top_srcdir/${header%.h}.c" ] || files="$files ${header%.h}.c"
    # shellcheck disable=SC2086 # a list
    clean "${header%.h} is pure" \
        "$(cd "$top_srcdir" && grep -nE "^[[:space:]]*#[[:space:]]*include ($forbidden)|$clocks" $files /dev/null)"
done
plan
