#!/bin/sh
# What berth is built from stands in one list, deb/control, and wherever else somebody installs it.
. "$(dirname "$0")/tap.sh"

# libraries FILE: Debian's packages of libraries that it names.
libraries() { grep -oE '\b(lib[a-z0-9-]+|nettle)-dev\b' "$top_srcdir/$1" | grep -v '^libc6-dev$' | sort -u; }

wanted=$(libraries deb/control)
clean "deb/control names libraries" "$([ "$(printf '%s\n' "$wanted" | wc -l)" -ge 12 ] || echo "$wanted")"
for file in quickstart run-tests conf/container/Dockerfile conf/container/Dockerfile.scratch \
    conf/container/static-build; do
    clean "$file names all of them" \
        "$(for library in $wanted; do libraries "$file" | grep -qxF "$library" || echo "$library"; done)"
done
plan
