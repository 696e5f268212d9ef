#include "agent/render_source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/file.h"
#include "lib/xmalloc.h"

#define DOCUMENT_MAX (256 * 1024 * 1024) /* bytes of the document */
#define ROUTES_MAX (1024 * 1024)         /* bytes of the kernel's list of routes */

int render_source_init(struct render_source *s, const char *path, struct err **err)
{
    size_t len;

    *s = (struct render_source){0};
    if (!path)
        return 0;
    CLEAN(free_str) char *text = file_read(path, DOCUMENT_MAX, &len, err);
    CLEAN(json) json_t *document = text ? json_parse(text, len, err) : NULL;
    if (document)
        s->data = tmpl_data_new(document, err);
    if (s->data)
        return 0;
    return text ? err_wrap(err, "%s", path) : -1;
}

void render_source_done(struct render_source *s)
{
    tmpl_data_free(s->data);
}

/* Is 'path', with its links followed, below the folder 'sandbox'? What is not there is. */
static int check_sandbox(const char *sandbox, const char *path, struct err **err)
{
    CLEAN(free_str) char *real = realpath(path, NULL);
    CLEAN(free_str) char *folder = realpath(sandbox, NULL);
    size_t len = folder ? strlen(folder) : 0;

    if (!real && errno == ENOENT)
        return 0;
    if (real && folder && !strncmp(real, folder, len) && (real[len] == '/' || len == 1))
        return 0;
    return err_set(err, "'%s' is outside of sandbox", path);
}

static enum tmpl_answer get_file(const char *path, struct tmpl_arena *arena, struct tmpl_value *ret,
                                 struct err **err)
{
    size_t len;
    CLEAN(free_str) char *text = file_read(path, RENDER_FILE_MAX, &len, err);

    if (!text && err_code(*err) == ENOENT) {
        err_free(*err);
        *err = NULL;
        return TMPL_ABSENT;
    }
    if (!text)
        return TMPL_ERROR;
    *ret = tmpl_str(tmpl_copy(arena, text, len), len);
    return TMPL_FOUND;
}

enum tmpl_answer render_source_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                                   struct tmpl_arena *arena, struct tmpl_value *ret,
                                   struct err **err)
{
    const struct render_source *s = arg;
    CLEAN(free_str) char *name = xstrndup(text, len);
    struct tmpl_query ignored;

    if (kind == TMPL_DEP_FILE && s->sandbox && check_sandbox(s->sandbox, name, err))
        return TMPL_ERROR;
    if (kind == TMPL_DEP_FILE)
        return get_file(name, arena, ret, err);
    if (kind == TMPL_DEP_ENV) {
        const char *value = getenv(name);

        *ret = value ? tmpl_cstr(value) : tmpl_none();
        return value ? TMPL_FOUND : TMPL_ABSENT;
    }
    if (s->data)
        return tmpl_data_get(s->data, kind, text, len, arena, ret, err);
    if (s->consul)
        return render_watch_get(s->consul, kind, text, len, arena, ret, err);
    return tmpl_query_parse(kind, text, len, &ignored, err) ? TMPL_ERROR : TMPL_PENDING;
}

/* The interface of the first default route, "" without one. */
static void default_interface(char ret[IF_NAMESIZE])
{
    CLEAN(free_str) char *text = file_read("/proc/net/route", ROUTES_MAX, NULL, NULL);
    char name[IF_NAMESIZE];
    unsigned long target;

    ret[0] = '\0';
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');

        if (sscanf(line, "%15s %lx", name, &target) == 2 && !target) {
            snprintf(ret, IF_NAMESIZE, "%s", name);
            return;
        }
        line = end ? end + 1 : NULL;
    }
}

static bool read_address(const struct sockaddr *from, struct ipaddr *ret)
{
    *ret = (struct ipaddr){0};
    if (from && from->sa_family == AF_INET)
        memcpy(ret->b, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    else if (from && from->sa_family == AF_INET6)
        memcpy(ret->b, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
    else
        return false;
    ret->family = (uint8_t)from->sa_family;
    return true;
}

void render_addrs_read(struct render_addrs *l)
{
    char interface[IF_NAMESIZE];
    struct ifaddrs *all;

    if (getifaddrs(&all))
        return;
    default_interface(interface);
    for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
        struct ipaddr addr;

        if (!(a->ifa_flags & IFF_UP) || !read_address(a->ifa_addr, &addr))
            continue;
        l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
        l->v[l->n++] = (struct tmpl_addr){.interface = xstrdup(a->ifa_name),
                                          .addr = addr,
                                          .is_default = !strcmp(a->ifa_name, interface)};
    }
    freeifaddrs(all);
}

void render_addrs_done(struct render_addrs *l)
{
    for (size_t i = 0; i < l->n; i++) {
        union {
            const char *in;
            char *out;
        } name = {.in = l->v[i].interface};

        free(name.out);
    }
    free(l->v);
}
