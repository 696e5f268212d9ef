#!/bin/sh
# Every command that `berth --help` lists has a --help, and refuses what it does not know with exit
# status 2 and one line that names the help.
. "$(dirname "$0")/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"

# refusal COMMAND...: empty if it is refused as it should be, else what was said.
refusal() {
    said=$("$berth" "$@" 2>&1 >/dev/null </dev/null)
    status=$?
    [ "$status" = 2 ] && [ "$(printf '%s\n' "$said" | wc -l)" = 1 ] &&
        printf '%s\n' "$said" | grep -q "^berth: .*see .berth .*--help" ||
        printf 'status %s: %s\n' "$status" "$said"
}

# usage COMMAND: empty if --help begins with the command's usage, within 100 columns.
usage() {
    "$berth" "$1" --help 2>&1 | awk -v command="$1" '
        NR == 1 && index($0, "usage: berth " command " ") != 1 { print }
        length($0) > 100 { print "long: " $0 }
        END { if (NR < 5) print "short: " NR " lines" }'
}

commands=$("$berth" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
clean "berth --help lists commands" "$([ "$(echo "$commands" | wc -l)" -ge 8 ] || echo "$commands")"
clean "no such command" "$(refusal nonsense)"
for command in $commands; do
    # registrator's are those of the program that it takes the place of.
    [ "$command" != registrator ] || continue
    clean "$command --help" "$(usage "$command")"
    clean "$command --wrong" "$(refusal "$command" --wrong)"
done
clean "an option without its value" "$(refusal agent -c)"
# It could not run either, for want of a run_dir.
clean "agent --json without a dry run" "$(refusal agent -c /dev/null -o portmap.enabled=no \
    -o agent.run_dir=/dev/null/none --json)"
plan
