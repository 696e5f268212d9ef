#include "registrator/vmservice.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static void service_done(struct vm_service *s);

struct vm_service *vm_services_add(struct vm_services *l, const char *name)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    struct vm_service *s = &l->v[l->n++];
    *s = (struct vm_service){
        .name = xstrdup(name),
        .protocol = IPPROTO_TCP,
        .check = {.type = VM_CHECK_TCP, .interval = 10., .timeout = 2., .rise = 2, .fall = 3},
    };
    return s;
}

struct vm_service *vm_services_find(const struct vm_services *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->v[i].name, name))
            return &l->v[i];
    return NULL;
}

void vm_services_done(struct vm_services *l)
{
    for (size_t i = 0; i < l->n; i++)
        service_done(&l->v[i]);
    free(l->v);
    *l = (struct vm_services){0};
}

static void service_done(struct vm_service *s)
{
    free(s->name);
    strv_done(&s->addresses);
    free(s->vhost);
    free(s->mode);
    strv_done(&s->tags);
    kvs_done(&s->meta);
    free(s->check.path);
}
