# Makes a manual page of its source, FILE.in, which is roff but for these lines:
#
#   @synopsis [COMMAND]    how it, or every command, is called, as its --help begins
#   @usage COMMAND         its options, as its --help lists them; until @end
#   @options SECTION       berth.conf's options in that section, with defaults; until @end
#   @more NAME             within those two: what stands below the option of that name
#   @end                   ends @usage and @options
#
# @VERSION@ anywhere is the program's version. What the program says of itself is told by itself
# alone: the page adds to it. -v berth=PROGRAM names it.

function fail(what) {
    print FILENAME ":" FNR ": " what > "/dev/stderr"
    failed = 1
    exit 1
}

# 'text' as roff takes it; `...` is bold.
function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    while (sub(/`/, "\\fB", text) && sub(/`/, "\\fP", text))
        ;
    return text ~ /^[.']/ ? "\\&" text : text
}

# A usage: what is typed is bold, what stands for something is italic and in small letters.
function fonts(text,    out, word) {
    while (text != "") {
        if (match(text, /^[A-Z][A-Z0-9]*/)) {
            word = substr(text, 1, RLENGTH)
            out = out "\\fI" tolower(word) "\\fP"
        } else if (match(text, /^[-a-z0-9]+( [-a-z0-9]+)*/)) {
            word = substr(text, 1, RLENGTH)
            out = out "\\fB" roff(word) "\\fP"
        } else {
            RLENGTH = 1
            out = out substr(text, 1, 1)
        }
        text = substr(text, RLENGTH + 1)
    }
    return out
}

# The help of an option as a sentence.
function sentence(text) {
    if (text ~ /^[a-z]+[;:]? /)
        text = toupper(substr(text, 1, 1)) substr(text, 2)
    return roff(text ~ /[].]$/ ? text : text ".")
}

# Keeps what is said of the option 'name': how it is headed, and its help.
function add(name, head, help) {
    names[++n_names] = name
    heads[name] = head
    helps[name] = help
    more[name] = ""
}

# Prints how every command is called.
function synopsis(    run, line) {
    run = berth " --help"
    while ((run | getline line) > 0)
        if (sub(/^  /, "", line)) {
            sub(/ .*/, "", line)
            print_synopsis(line)
        }
    close(run)
}

# Prints how 'command' is called, a line for each way. registrator says it in a form of its own.
function print_synopsis(command,    run, line, way) {
    run = berth " " command " --help 2>&1 </dev/null"
    while ((run | getline line) > 0 && line != "") {
        if (sub(/^  registrator \[options\] <registry URI>/, "       berth registrator ", line))
            line = line "[OPTION]... REGISTRY-URI"
        sub(/^usage: /, "       ", line)
        if (line ~ /^       berth /) {
            if (way != "")
                print_way(way)
            way = line
        } else if (line ~ /^        +[^ ]/) {
            way = way line
        }
    }
    close(run)
    if (way == "")
        fail("berth " command " --help says no usage")
    print_way(way)
}

function print_way(way) {
    gsub(/  +/, " ", way)
    sub(/^ /, "", way)
    print (ways++ ? ".br\n" : "") fonts(way)
}

# Reads the options of 'command': lines that begin with a dash, and those that go on below.
function read_usage(command,    run, line, head, help, name) {
    run = berth " " command " --help 2>/dev/null </dev/null"
    while ((run | getline line) > 0) {
        if (match(line, /^ +-[^ ]/) && line !~ /^                  /) {
            sub(/^ +/, "", line)
            head = line
            sub(/  +.*$/, "", head)
            help = substr(line, length(head) + 1)
            sub(/^ +/, "", help)
            name = head
            sub(/^-[^-], /, "", name)
            sub(/ .*/, "", name)
            add(name, ".TP\n" fonts(head), help)
        } else if (name != "" && line ~ /^            +[^ ]/) {
            sub(/^ +/, " ", line)
            helps[name] = helps[name] line
        } else {
            name = ""
        }
    }
    close(run)
    if (!n_names)
        fail("berth " command " --help lists no option")
}

# Reads the options of [section]: a comment with help and default, then the key.
function read_options(section,    run, line, in_it, help, key, value) {
    run = berth " check -c /dev/null --dump"
    while ((run | getline line) > 0) {
        sub(/^#\[/, "[", line)
        if (line ~ /^\[/) {
            in_it = line == "[" section "]"
        } else if (in_it && sub(/^# /, "", line)) {
            help = line
        } else if (in_it && match(line, /^#?[a-z0-9_]+ =/)) {
            key = substr(line, 1, RLENGTH - 2)
            sub(/^#/, "", key)
            value = help
            sub(/^.* Default: /, "", value)
            sub(/ Default: .*$/, "", help)
            add(key, ".TP\n.B " key " = " (value == "(none)" ? "" : roff(value)), help)
        }
    }
    close(run)
    if (!n_names)
        fail("berth.conf has no section [" section "]")
}

# Opens a list of options.
function begin() {
    if (collecting)
        fail("@end is missing before this")
    collecting = 1
    into = ""
}

# Prints the list, and forgets it.
function finish(    i, name) {
    for (i = 1; i <= n_names; i++) {
        name = names[i]
        printf "%s\n%s\n%s", heads[name], sentence(helps[name]), more[name]
        delete more[name]
    }
    n_names = 0
    collecting = 0
}

BEGIN {
    run = berth " --version"
    run | getline version
    close(run)
    if (!sub(/^berth /, "", version)) {
        print "manual.awk: " berth " does not say its version" > "/dev/stderr"
        failed = 1
        exit 1
    }
}

{ gsub(/@VERSION@/, version) }

/^@synopsis$/ {
    synopsis()
    next
}

/^@synopsis / {
    print_synopsis($2)
    next
}

/^@usage / {
    begin()
    read_usage($2)
    next
}

/^@options / {
    begin()
    sub(/^@options /, "")
    read_options($0)
    next
}

/^@more / {
    into = $2
    if (!collecting || !(into in more))
        fail("there is no option " into)
    next
}

/^@end$/ {
    finish()
    next
}

/^@/ { fail("what is " $1 "?") }

collecting && into == "" { fail("text stands below an option: @more NAME") }

collecting {
    more[into] = more[into] $0 "\n"
    next
}

{ print }

END {
    if (!failed && collecting)
        fail("@end is missing")
    exit failed
}
