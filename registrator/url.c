#include "registrator/url.h"

#include <string.h>

#include "lib/xmalloc.h"

static const char unreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

void url_add_escaped(struct sbuf *b, const char *s)
{
    for (; *s; s++) {
        if (strchr(unreserved, *s))
            sbuf_addch(b, *s);
        else
            sbuf_addf(b, "%%%02X", (unsigned)(unsigned char)*s);
    }
}

void url_add_path(struct sbuf *b, const char *path)
{
    for (;;) {
        size_t len = strcspn(path, "/");
        CLEAN(free_str) char *part = xstrndup(path, len);

        url_add_escaped(b, part);
        if (!path[len])
            return;
        sbuf_addch(b, '/');
        path += len + 1;
    }
}

bool url_is_addressable(const char *s)
{
    for (;; s++) {
        size_t len = strcspn(s, "/");

        if (!len || (len == 1 && s[0] == '.') || (len == 2 && s[0] == '.' && s[1] == '.'))
            return false;
        s += len;
        if (!*s)
            return true;
    }
}

bool url_is_base(const char *s)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i]);
        const char *host = s + len;

        if (!strncmp(s, schemes[i], len))
            return *host && *host != ':' &&
                   strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                ".-_:[]%") == strlen(host);
    }
    return false;
}
