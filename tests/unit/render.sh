#!/bin/sh
# berth render, from end to end: files in, files out, commands, exit statuses.
. "$(dirname "$0")/../lint/tap.sh"

berth=$top_builddir/berth
[ -x "$berth" ] || skip_all "berth is not built"
berth=$(cd "$(dirname "$berth")" && pwd)/berth

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cd "$dir" || exit 99

# is GOT WANTED NAME
is() {
    clean "$3" "$([ "$1" = "$2" ] || printf 'got: %s\nwanted: %s\n' "$1" "$2")"
}

# status WANTED NAME ARGUMENT...: the exit status of berth render --once
status() {
    wanted=$1 name=$2
    shift 2
    timeout 60 "$berth" render --once "$@" >out 2>err
    is "$?" "$wanted" "$name"
}

echo '{"services": {"web": [{"Address": "10.0.0.1", "Port": 80}]}, "keys": {"a": "1"}}' >data
printf 'x {{env "RENDER_TEST"}}\n{{range service "web"}}{{.Address}}:{{.Port}}\n{{end}}' >in
unset CONSUL_HTTP_ADDR
export RENDER_TEST=value
text='x value
10.0.0.1:80'

status 0 "a template goes to standard output" -t in --data data
is "$(cat out)" "$text" "and that is its text"
status 0 "a template goes to a file" -t "in:sub/dir/file:echo run >>ran" --data data
is "$(cat sub/dir/file)" "$text" "whose folders are made"
is "$(cat ran)" run "the command was run"
is "$(stat -c %a sub/dir/file)" 644 "a new file has the mode 0644"
chmod 600 sub/dir/file
inode=$(stat -c %i sub/dir/file)
status 0 "the same again" -t "in:sub/dir/file:echo run >>ran" --data data
is "$(stat -c %i sub/dir/file)" "$inode" "is not written again"
is "$(cat ran)" run "nor is the command run"
status 0 "--diff without a difference" --diff -t in:sub/dir/file --data data
is "$(cat out)" "" "says nothing"

sed -i s/80/81/ data
status 3 "--diff with a difference" --diff -t in:sub/dir/file --data data
is "$(grep '^[-+][^-+]' out)" "-10.0.0.1:80
+10.0.0.1:81" "shows it"
status 0 "--dry" --dry -t "in:sub/dir/file:echo run >>ran" --data data
is "$(cat out)" "> sub/dir/file
x value
10.0.0.1:81" "prints the name and the text"
is "$(cat sub/dir/file; cat ran)" "$text
run" "and changes nothing"
status 0 "a change is written" -t "in:sub/dir/file:echo run >>ran" -t "in:other:echo run >>ran" --data data
is "$(stat -c %a sub/dir/file)" 600 "the file keeps its mode"
is "$(cat ran)" "run
run" "the same command is run once for two files"

status 1 "a command that fails" -t "in:third:echo broken; exit 4" --data data
is "$(cat out err)" "broken
berth: command 'echo broken; exit 4' failed with status 4" "is reported with its output"
status 1 "data that is missing" -t in:never
is "$(cat err; ls never 2>/dev/null)" 'berth: in: not rendered, this is missing:
    service "web"' "is named, and nothing is written"

printf 'ok\n{{.a.b' >bad
status 2 "a template that cannot be parsed" -t bad
is "$(cat err)" 'berth: template: bad:2:1: unclosed action
    {{.a.b
    ^' "is shown with the place"
printf '{{index (sprig_list) 1}}' >bad
status 1 "a template that fails" -t bad:never
is "$(head -n 1 err)" 'berth: template: bad:1:3: executing "bad" at <index (sprig_list) 1>: error calling index: index out of range: 1' \
    "says where"
echo '{' >bad
status 2 "data that is no JSON" -t in --data bad
status 2 "a template that is not there" -t none
status 2 "no template"
status 2 "an argument too many" -t in more
status 2 "an unknown option" --nothing
status 0 "--help" --help

printf '{{file "part"}}{{writeToFile "extra" "" "" "0640" "newline" "more"}}' >in
printf part >part
status 0 "files are read and written" -t in:file
is "$(cat file extra; stat -c %a extra)" "partmore
640" "as the template says"
printf '{{writeToFile "extra" "" "" "0640" "append,newline" "again"}}' >in
status 0 "writeToFile appends" -t in:file
is "$(cat extra)" "more
again" "where it is told to"
plan
