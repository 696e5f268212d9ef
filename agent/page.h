/* The status page: GET / of the admin address.
 *
 * Its sources are agent/page/; the build puts them together to one file that needs nothing from
 * elsewhere, and that is part of the program. It shows what /v1/state, /v1/changes and /v1/explain
 * say, and follows /v1/events. doc/status-page.md is for its readers. */
#ifndef AGENT_PAGE_H
#define AGENT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/admin.h"

/* What agent/page/assemble.sh makes. */
struct page_data {
    const unsigned char *plain;  /* the page */
    const unsigned char *packed; /* the same, by gzip */
    size_t plain_len;            /* bytes */
    size_t packed_len;           /* bytes */
    const char *tag;             /* names this version of it: hexadecimal */
    const char *policy;          /* its Content-Security-Policy, by hashes */
};

extern const struct page_data page_data;

/* How a request is answered. */
struct page_choice {
    bool is_packed; /* by gzip */
    bool is_known;  /* the browser has it already */
    char tag[32];   /* ETag of the form that is sent, with its quotes */
};

/* Chooses by the headers If-None-Match and Accept-Encoding; NULL: not sent. No I/O. */
struct page_choice page_choose(const char *known, const char *encodings);

/* Handler of the path. */
void page_answer(void *arg, const char *path, struct admin_request *r);

#endif
