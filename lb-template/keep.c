#include "lb-template/keep.h"

#include <stdbool.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/words.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

static bool list_headers(const char *piece, struct strv *ret);
static char *header_of(const struct strv *words);

/* What stands between two headers belongs to the first one. */
char *keep_sections(const char *file, const char *piece)
{
    struct strv headers = {0};
    struct sbuf kept = SBUF_INIT;
    bool within = false;

    bool named = list_headers(piece, &headers);
    for (const char *next, *line = file; named && line && *line; line = next) {
        struct strv words = {0};

        next = words_split(line, &words);
        if (words.n && haproxy_cfg_is_section(words.v[0])) {
            CLEAN(free_str) char *header = header_of(&words);

            within = header && strv_contains(&headers, header);
        }
        if (within)
            sbuf_add(&kept, line, next ? (size_t)(next - line) : strlen(line));
        strv_done(&words);
    }
    if (kept.len && kept.data[kept.len - 1] != '\n')
        sbuf_addch(&kept, '\n');
    strv_done(&headers);
    if (kept.len)
        return sbuf_take(&kept);
    sbuf_done(&kept);
    return NULL;
}

/* Returns whether there is one, and all have a name. */
static bool list_headers(const char *piece, struct strv *ret)
{
    bool named = true;

    for (const char *line = piece; line && *line;) {
        struct strv words = {0};

        line = words_split(line, &words);
        if (words.n && haproxy_cfg_is_section(words.v[0])) {
            char *header = header_of(&words);

            named &= header != NULL;
            if (header)
                strv_add_take(ret, header);
        }
        strv_done(&words);
    }
    return named && ret->n;
}

/* "backend web"; NULL for one without a name. The caller frees it. */
static char *header_of(const struct strv *words)
{
    return words->n > 1 ? xasprintf("%s %s", words->v[0], words->v[1]) : NULL;
}
