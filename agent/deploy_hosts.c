#include "agent/deploy_hosts.h"

#include <string.h>

#include "lib/ipaddr.h"
#include "lib/resolver.h"
#include "lib/xmalloc.h"

#define SCHEME "http://"

/* One URL in pieces, and its question. */
struct expansion {
    struct ev_loop *loop;
    const char *before; /* the scheme and who asks */
    size_t before_len;
    const char *behind; /* the port and what follows */
    struct strv *urls;
    struct err *err;
    bool done;
};

static int expand(struct ev_loop *loop, struct resolver *resolver, const char *url,
                  struct strv *ret, struct err **err);
static void on_answer(void *arg, const struct ipaddr *v, size_t n, double age,
                      const struct err *err);

int deploy_hosts_expand(struct ev_loop *loop, const char *urls, struct strv *ret, struct err **err)
{
    struct resolver *resolver = resolver_new(loop, err);
    int failed = resolver ? 0 : -1;

    for (const char *p = urls; *p && !failed;) {
        size_t len = strcspn(p, ", ");

        if (len) {
            CLEAN(free_str) char *url = xstrndup(p, len - (p[len - 1] == '/'));
            failed = expand(loop, resolver, url, ret, err);
        }
        p += len + strspn(p + len, ", ");
    }
    if (resolver)
        resolver_free(resolver);
    return failed;
}

static int expand(struct ev_loop *loop, struct resolver *resolver, const char *url,
                  struct strv *ret, struct err **err)
{
    const char *begin = url + strlen(SCHEME);
    struct ipaddr numeric;

    if (strncmp(url, SCHEME, strlen(SCHEME)) != 0) {
        strv_add(ret, url);
        return 0;
    }
    const char *at = memchr(begin, '@', strcspn(begin, "/"));
    const char *host = at ? at + 1 : begin;
    CLEAN(free_str) char *name = xstrndup(host, strcspn(host, ":/"));
    if (*host == '[' || !ipaddr_parse(name, &numeric)) {
        strv_add(ret, url);
        return 0;
    }
    struct expansion e = {.loop = loop,
                          .before = url,
                          .before_len = (size_t)(host - url),
                          .behind = host + strlen(name),
                          .urls = ret};
    resolver_ask(resolver, name, on_answer, &e);
    while (!e.done)
        ev_run(loop, EVRUN_ONCE);
    if (!e.err)
        return 0;
    int failed = err_set(err, "load balancer %s: %s", url, err_msg(e.err));
    err_free(e.err);
    return failed;
}

static void on_answer(void *arg, const struct ipaddr *v, size_t n, double age,
                      const struct err *err)
{
    struct expansion *e = arg;
    char text[IPADDR_STRLEN];

    (void)age;
    for (size_t i = 0; i < n; i++) {
        bool v6 = v[i].family == AF_INET6;
        CLEAN(free_str)
        char *url = xasprintf("%.*s%s%s%s%s", (int)e->before_len, e->before, v6 ? "[" : "",
                              ipaddr_format(&v[i], text), v6 ? "]" : "", e->behind);
        strv_add(e->urls, url);
    }
    if (err)
        err_set(&e->err, "%s", err_msg(err));
    else if (!n)
        err_set(&e->err, "the name has no address");
    e->done = true;
    ev_break(e->loop, EVBREAK_ONE);
}
