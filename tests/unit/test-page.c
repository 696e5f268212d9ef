/* The status page: which form of it is sent, and what it is made of. */
#include "agent/page.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define SIZE_MAX_PAGE ((size_t)100 * 1024)

static void check_encodings(void)
{
    static const struct {
        const char *encodings;
        bool is_packed;
    } rows[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"deflate,\tGZIP", true},
        {"br;q=1.0, gzip;q=0.5", true},
        {"gzip;q=0", false},
        {"gzip ; q=0.0, br", false},
        {"identity", false},
        {"xgzip, gzipx, x-gzip", false},
        {",,;=,", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ok(page_choose(NULL, rows[i].encodings).is_packed == rows[i].is_packed, "encodings '%s'",
           rows[i].encodings ? rows[i].encodings : "(none)");
}

static void check_known(void)
{
    CLEAN(free_str) char *plain = xstrdup(page_choose(NULL, NULL).tag);
    CLEAN(free_str) char *packed = xstrdup(page_choose(NULL, "gzip").tag);
    CLEAN(free_str) char *among = xasprintf("\"other\", W/%s", plain);
    CLEAN(free_str) char *longer = xasprintf("\"x%s", plain + 1);

    ok(strcmp(plain, packed) != 0, "the two forms have two tags");
    ok(page_choose(plain, NULL).is_known, "the tag is known");
    ok(page_choose(packed, "gzip").is_known, "the packed form's, too");
    ok(!page_choose(plain, "gzip").is_known, "the other form's is not");
    ok(page_choose(among, NULL).is_known, "a weak one among others");
    ok(page_choose("*", NULL).is_known, "any");
    ok(!page_choose(NULL, NULL).is_known && !page_choose("", NULL).is_known, "none");
    ok(!page_choose(longer, NULL).is_known, "one that ends alike");
}

static void check_page(void)
{
    CLEAN(free_str) char *page = xstrndup((const char *)page_data.plain, page_data.plain_len);
    size_t len = strlen(page);

    is_int((long long)len, (long long)page_data.plain_len, "it is text");
    ok(len < SIZE_MAX_PAGE, "it has %zu bytes, fewer than %zu", len, SIZE_MAX_PAGE);
    ok(page_data.packed_len < len / 2 && page_data.packed[0] == 0x1f && page_data.packed[1] == 0x8b,
       "%zu bytes by gzip", page_data.packed_len);
    ok(!strncmp(page, "<!DOCTYPE html>", 15) && strstr(page, "</html>"), "it is whole");
    ok(!strstr(page, "/*page.css*/") && !strstr(page, "/*page.js*/"), "nothing is left to put in");
    ok(!strstr(page, " src=") && !strstr(page, "url(") && !strstr(page, "@import"),
       "it takes nothing from elsewhere");
    ok(strlen(page_data.tag) == 16, "its tag");
    ok(!strncmp(page_data.policy, "default-src 'none'; script-src 'sha256-", 39), "its policy: %s",
       page_data.policy);
}

int main(void)
{
    check_encodings();
    check_known();
    check_page();
    return tap_done();
}
