#include "agent/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE_TYPE "text/html; charset=utf-8"

static bool takes_gzip(const char *encodings);

struct page_choice page_choose(const char *known, const char *encodings)
{
    struct page_choice choice = {.is_packed = encodings && takes_gzip(encodings)};

    snprintf(choice.tag, sizeof choice.tag, "\"%s%s\"", page_data.tag,
             choice.is_packed ? "-gzip" : "");
    /* A list of tags, of which any may be weak: ours, with its quotes, is part of no other. */
    choice.is_known = known && (!strcmp(known, "*") || strstr(known, choice.tag));
    return choice;
}

void page_answer(void *arg, const char *path, struct admin_request *r)
{
    struct page_choice choice = page_choose(admin_request_header(r, "If-None-Match"),
                                            admin_request_header(r, "Accept-Encoding"));
    bool packed = choice.is_packed;

    (void)arg;
    (void)path;
    admin_reply_header(r, "ETag", choice.tag);
    admin_reply_header(r, "Vary", "Accept-Encoding");
    admin_reply_header(r, "Cache-Control", "no-cache");
    admin_reply_header(r, "Content-Security-Policy", page_data.policy);
    admin_reply_header(r, "Referrer-Policy", "no-referrer");
    admin_reply_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    if (packed && !choice.is_known)
        admin_reply_header(r, "Content-Encoding", "gzip");
    if (choice.is_known)
        admin_reply_fixed(r, 304, PAGE_TYPE, "", 0);
    else
        admin_reply_fixed(r, 200, PAGE_TYPE, packed ? page_data.packed : page_data.plain,
                          packed ? page_data.packed_len : page_data.plain_len);
}

/* Is "gzip" one of 'encodings', and not refused by a quality of 0? RFC 9110, 12.5.3. */
static bool takes_gzip(const char *encodings)
{
    for (const char *at = encodings; *at; at += *at == ',') {
        at += strspn(at, " \t");
        size_t len = strcspn(at, ",; \t"), rest = strcspn(at, ",");
        const char *quality = memchr(at, '=', rest);

        if (len == strlen("gzip") && !strncasecmp(at, "gzip", len))
            return !quality || strtod(quality + 1, NULL) > 0.;
        at += rest;
    }
    return false;
}
