#include "lb-template/mlb/servers.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/value.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

static void add_server(struct mlb_servers *l, const struct marathon_app *app,
                       const struct marathon_task *task, const struct mlb_service *s, bool draining,
                       const struct mlb_taking *taking);
static bool read_address(const char *address, const struct mlb_taking *taking, struct ipaddr *ret);
static uint16_t check_port(const struct marathon_app *app, const struct marathon_task *task,
                           const struct mlb_service *s);
static bool was_healthy(const struct strv *before, const char *id);
static int by_id(const void *key, const void *member);
static int by_host_and_port(const void *a, const void *b);
static void drop_doubles(struct mlb_servers *l);
static int by_name(const void *a, const void *b);
static char *make_name(const struct mlb_server *s);
static unsigned make_id(const char *name, uint8_t *taken);
static void make_cookie(struct mlb_server *s);
static void add_hex(struct sbuf *out, const uint8_t *bytes, size_t n);

void mlb_servers_add(struct mlb_servers *l, const struct marathon_app *app,
                     const struct mlb_service *s, size_t draining, const struct mlb_taking *taking)
{
    for (size_t i = 0; i < app->tasks.n; i++)
        if (mlb_takes_task(app, &app->tasks.v[i], taking))
            add_server(l, app, &app->tasks.v[i], s, i < draining, taking);
}

void mlb_servers_finish(struct mlb_servers *l)
{
    uint8_t taken[MLB_SERVER_ID_MAX / 8 + 1] = {0};

    if (!l->n)
        return;
    qsort(l->v, l->n, sizeof *l->v, by_host_and_port);
    for (size_t i = 0; i < l->n; i++)
        l->v[i].name = make_name(&l->v[i]);
    drop_doubles(l);
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].id = make_id(l->v[i].name, taken);
        make_cookie(&l->v[i]);
    }
}

void mlb_servers_done(struct mlb_servers *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i].name);
    free(l->v);
    *l = (struct mlb_servers){0};
}

bool mlb_takes_task(const struct marathon_app *app, const struct marathon_task *task,
                    const struct mlb_taking *taking)
{
    bool healthy = task->checked ? task->alive > 0 : was_healthy(taking->before, task->id);

    if (!marathon_state_serves(task->state))
        return false;
    if (!taking->healthy_only || !app->checks.n)
        return true;
    return healthy;
}

static void add_server(struct mlb_servers *l, const struct marathon_app *app,
                       const struct marathon_task *task, const struct mlb_service *s, bool draining,
                       const struct mlb_taking *taking)
{
    char text[IPADDR_STRLEN];
    const char *address;
    struct ipaddr a;
    uint16_t port;

    if (l->n >= MLB_SERVER_ID_MAX / 2 ||
        !marathon_app_reach(app, task, s->index, &address, &port) ||
        !read_address(address, taking, &a))
        return;
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct mlb_server){
        .host = task->host,
        .port = port,
        .check_port = check_port(app, task, s),
        .draining = draining,
    };
    snprintf(l->v[l->n++].address, sizeof l->v->address, a.family == AF_INET6 ? "[%s]" : "%s",
             ipaddr_format(&a, text));
}

static bool read_address(const char *address, const struct mlb_taking *taking, struct ipaddr *ret)
{
    return !ipaddr_parse(address, ret) ||
           (taking->resolve && taking->resolve(taking->arg, address, ret));
}

static uint16_t check_port(const struct marathon_app *app, const struct marathon_task *task,
                           const struct mlb_service *s)
{
    const char *address;
    uint16_t port;

    if (s->check < 0 || s->check_port < 0)
        return 0;
    return marathon_app_reach(app, task, (size_t)s->check_port, &address, &port) ? port : 0;
}

static bool was_healthy(const struct strv *before, const char *id)
{
    bool found = false;

    if (before)
        search_sorted(before->v, before->n, sizeof *before->v, id, by_id, &found);
    return found;
}

static int by_id(const void *key, const void *member)
{
    return strcmp(key, *(char *const *)member);
}

static int by_host_and_port(const void *a, const void *b)
{
    const struct mlb_server *x = a, *y = b;
    int order = strcmp(x->host, y->host);

    if (!order)
        order = (x->port > y->port) - (x->port < y->port);
    return order ? order : strcmp(x->address, y->address);
}

/* Two tasks cannot have one port of one host; documents from two moments can say so. */
static void drop_doubles(struct mlb_servers *l)
{
    const struct mlb_server **sorted = xcalloc(l->n, sizeof(struct mlb_server *));
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        sorted[i] = &l->v[i];
    qsort(sorted, l->n, sizeof(struct mlb_server *), by_name);
    for (size_t i = 1; i < l->n; i++)
        if (!strcmp(sorted[i]->name, sorted[i - 1]->name))
            l->v[sorted[i] - l->v].port = 0;
    free(sorted);
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].port)
            l->v[kept++] = l->v[i];
        else
            free(l->v[i].name);
    }
    l->n = kept;
}

static int by_name(const void *a, const void *b)
{
    const struct mlb_server *x = *(const struct mlb_server *const *)a;
    const struct mlb_server *y = *(const struct mlb_server *const *)b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x > y) - (x < y);
}

/* The address is left out where the host is one. */
static char *make_name(const struct mlb_server *s)
{
    CLEAN(free_str) char *bare = xstrdup(s->address);
    const char *address = bare;

    if (*bare == '[') {
        bare[strlen(bare) - 1] = '\0';
        address++;
    }
    CLEAN(free_str)
    char *text = strcmp(s->host, address) ? xasprintf("%s_%s_%u", s->host, address, s->port)
                                          : xasprintf("%s_%u", address, s->port);
    return mlb_clean(text);
}

/* SHA-256 of the name as a number, modulo 32767; where that is taken, of the name with the digest
 * behind it, and so on. */
static unsigned make_id(const char *name, uint8_t *taken)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    sbuf_adds(&text, name);
    for (;;) {
        uint8_t digest[SHA256_DIGEST_SIZE];
        struct sha256_ctx c;
        unsigned id = 0;

        sha256_init(&c);
        sha256_update(&c, text.len, (const uint8_t *)text.data);
        sha256_digest(&c, sizeof digest, digest);
        for (size_t i = 0; i < sizeof digest; i++)
            id = (id * 256 + digest[i]) % (MLB_SERVER_ID_MAX + 1);
        if (id && !(taken[id / 8] & 1 << id % 8)) {
            taken[id / 8] = (uint8_t)(taken[id / 8] | 1 << id % 8);
            return id;
        }
        sbuf_addch(&text, ' ');
        add_hex(&text, digest, sizeof digest);
    }
}

static void make_cookie(struct mlb_server *s)
{
    CLEAN(sbuf) struct sbuf hex = SBUF_INIT;
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx c;

    sha1_init(&c);
    sha1_update(&c, strlen(s->name), (const uint8_t *)s->name);
    sha1_digest(&c, sizeof digest, digest);
    add_hex(&hex, digest, MLB_COOKIE_LEN / 2);
    memcpy(s->cookie, sbuf_str(&hex), MLB_COOKIE_LEN + 1);
}

static void add_hex(struct sbuf *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        sbuf_addch(out, digits[bytes[i] >> 4]);
        sbuf_addch(out, digits[bytes[i] & 15]);
    }
}
