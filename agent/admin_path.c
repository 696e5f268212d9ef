#include "agent/admin_path.h"

#include <string.h>

const struct admin_path *admin_path_find(const struct admin_path *v, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(path, v[i].path) ||
            (v[i].is & ADMIN_BENEATH && !strncmp(path, v[i].path, strlen(v[i].path))))
            return &v[i];
    return NULL;
}

bool admin_path_takes(const struct admin_path *p, const char *method)
{
    if (!strcmp(method, "GET") || !strcmp(method, "HEAD"))
        return p->is & ADMIN_READ;
    return !strcmp(method, "POST") && p->is & ADMIN_WRITE;
}

const char *admin_path_allows(const struct admin_path *p)
{
    if (!(p->is & ADMIN_WRITE))
        return "GET, HEAD";
    return p->is & ADMIN_READ ? "GET, HEAD, POST" : "POST";
}

void admin_path_list(const struct admin_path *v, size_t n, struct sbuf *out)
{
    sbuf_adds(out, "there is ");
    for (size_t i = 0; i < n; i++)
        sbuf_addf(out, "%s%s%s", i ? i + 1 < n ? ", " : " and " : "", v[i].path,
                  v[i].is & ADMIN_BENEATH ? "..." : "");
    sbuf_adds(out, " here\n");
}
