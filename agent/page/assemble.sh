#!/bin/sh
# Puts the status page together: one file with its styles and its script, the policy that allows
# nothing else, and both as C.
#
#     assemble.sh OUT SOURCE...    the sources: page.html, page.css and the scripts in their order
#
# writes OUT.html, OUT.csp and OUT_data.c. Needs awk, gzip, od and sha256sum.
set -eu

out=$1 html=$2 css=$3
shift 3

# digest FILE: its SHA-256 in hexadecimal.
digest() {
    sum=$(sha256sum <"$1") || return 1
    printf '%s\n' "${sum%% *}"
}

# Hexadecimal to base64, as a policy has it.
base64() {
    awk '{
        digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (i = 1; i <= length($0); i++) {
            bits = bits * 16 + index("0123456789abcdef", substr($0, i, 1)) - 1
            if (i % 3) continue
            text = text substr(digits, int(bits / 64) + 1, 1) substr(digits, bits % 64 + 1, 1)
            bits = 0
        }
        # 32 bytes leave one digit of four bits.
        print text substr(digits, bits * 4 + 1, 1) "="
    }'
}

# bytes NAME FILE: a C array, and its length.
bytes() {
    printf 'static const unsigned char %s[] = {\n' "$1"
    od -An -v -tx1 <"$2" | sed 's/ \(..\)/0x\1,/g'
    printf '};\n'
}

script=$out.script style=$out.style
trap 'rm -f "$script" "$style" "$out.gz" "$out.new"' EXIT

{
    printf "(() => {\n'use strict';\n"
    cat "$@"
    printf '})();\n'
} >"$script"
cp "$css" "$style"

# A place is a line with its own mark; what takes it stands between the tags exactly as it is.
awk -v script="$script" -v style="$style" '
    function put(mark, file,    at, line) {
        at = index($0, mark)
        printf "%s", substr($0, 1, at - 1)
        while ((getline line <file) > 0) print line
        print substr($0, at + length(mark))
    }
    index($0, "/*page.css*/") { put("/*page.css*/", style); next }
    index($0, "/*page.js*/") { put("/*page.js*/", script); next }
    { print }' "$html" >"$out.html"

script_digest=$(digest "$script")
style_digest=$(digest "$style")
page_digest=$(digest "$out.html")

printf "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; connect-src 'self'; %s" \
    "$(printf '%s\n' "$script_digest" | base64)" "$(printf '%s\n' "$style_digest" | base64)" \
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
require-trusted-types-for 'script'; trusted-types 'none'" >"$out.csp"

gzip -9 -n -c "$out.html" >"$out.gz"
{
    printf '/* Made by agent/page/assemble.sh. */\n#include "agent/page.h"\n\n'
    bytes page_plain "$out.html"
    bytes page_packed "$out.gz"
    printf 'const struct page_data page_data = {\n'
    printf '    .plain = page_plain, .plain_len = sizeof page_plain,\n'
    printf '    .packed = page_packed, .packed_len = sizeof page_packed,\n'
    printf '    .tag = "%.16s",\n' "$page_digest"
    printf '    .policy =\n'
    sed "s/; /;\n/g" "$out.csp" | sed 's/;$/; /; s/.*/        "&"/'
    printf '\n};\n'
} >"$out.new"
mv "$out.new" "$out"_data.c
