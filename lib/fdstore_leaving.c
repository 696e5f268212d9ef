#include "lib/fdstore_leaving.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xmalloc.h"

static void drop(struct leaving *l);

void leaving_done(struct leaving_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        drop(&l->v[i]);
    free(l->v);
    *l = (struct leaving_list){0};
}

void leaving_add(struct leaving_list *l, char *name, int fd)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct leaving){.name = name, .fd = fd};
}

int leaving_take(struct leaving_list *l, const char *name, bool *ret_told)
{
    for (size_t i = 0; i < l->n; i++) {
        struct leaving *at = &l->v[i];

        if (strcmp(at->name, name) != 0)
            continue;
        int fd = at->fd;
        *ret_told = at->told;
        free(at->name);
        l->n--;
        memmove(at, at + 1, (l->n - i) * sizeof *at);
        return fd;
    }
    return -1;
}

bool leaving_wants_fence(const struct leaving_list *l)
{
    return l->n && !l->v[l->n - 1].fenced;
}

void leaving_set_fenced(struct leaving_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        l->v[i].fenced = true;
}

size_t leaving_close_fenced(struct leaving_list *l)
{
    size_t n = 0;

    while (n < l->n && l->v[n].fenced)
        drop(&l->v[n++]);
    l->n -= n;
    if (n)
        memmove(l->v, l->v + n, l->n * sizeof *l->v);
    return n;
}

static void drop(struct leaving *l)
{
    close(l->fd);
    free(l->name);
}
